import { HesperError } from '../../errors.ts';
import type { Handle, Kernel } from '../../kernel/kernel.ts';
import { disposed, withScratch } from '../buffers.ts';
import type { Context } from '../context.ts';
import { birthplace, unwatch, watch } from '../leaks.ts';
import { randomId, type SeedSource, seedSource } from '../seeds.ts';

/**
 * A uniform ternary secret s. It lives in kernel memory only (NTT form over all primes), never as a JavaScript number,
 * has no serialised form, and is wiped by `dispose()`.
 */
export class SecretKey {
  readonly context: Context;
  /** Public name of the key, 32 hexadecimal digits, drawn apart from the key: what a `ReleaseCounter` belongs to. */
  readonly id: string = randomId();
  #handle: Handle | undefined;
  /** By number of parts: 1, s, .., s^(parts-1) over the data primes, [limb][part][n]. */
  readonly #powers = new Map<number, Handle>();
  /** All buffers of the key, for `dispose()` and for the day when nobody called it. */
  readonly #handles: Handle[] = [];

  /** Draws a fresh key from the operating system. @throws 'kernel-unavailable' without secure random numbers */
  constructor(context: Context, source: SeedSource = seedSource()) {
    this.context = context;
    const { kernel, ring, allPrimes, n } = context;
    this.#handle = withScratch(kernel, { secret: true }, (scratch) => {
      const row = scratch.list(1, n);
      const element = scratch.list(1, allPrimes.length * n);
      const seed = source.next(1);
      kernel.sampleTernary(ring, row, seed);
      seed.fill(0);
      kernel.spread(ring, element, row, allPrimes);
      kernel.nttForward(ring, element, allPrimes, 1);
      return scratch.keep(element[0]!);
    });
    this.#handles.push(this.#handle);
    watch(this, { kind: 'secret key', place: birthplace(), giveBack: wiping(kernel, this.#handles) });
  }

  /** s over all primes, NTT form. @throws 'disposed' */
  get handle(): Handle {
    if (this.#handle === undefined) throw disposed('secret key');
    return this.#handle;
  }

  /** One buffer of `parts` components 1, s, s^2, .. for the kernel's `dotParts`; made once. @throws 'disposed' */
  powers(parts: number): Handle {
    const secret = Int32Array.of(this.handle);
    const known = this.#powers.get(parts);
    if (known !== undefined) return known;
    const { kernel, ring, n, parameters } = this.context;
    const basis = this.context.basis(parameters.maxLevel);
    const made = withScratch(kernel, { secret: true }, (scratch) => {
      const all = scratch.list(1, basis.length * parts * n);
      const power = scratch.list(1, basis.length * n);
      kernel.write(power[0]!, 0, new Float64Array(basis.length * n).fill(1));
      for (let part = 0; part < parts; part++) {
        if (part > 0) kernel.multiply(ring, power, power, secret, basis, 1, 1);
        kernel.insertPart(ring, all, power, basis, parts, part);
      }
      return scratch.keep(all[0]!);
    });
    this.#powers.set(parts, made);
    this.#handles.push(made);
    return made;
  }

  /** Overwrites the key with zeros. A second call does nothing. */
  dispose(): void {
    unwatch(this);
    wiping(this.context.kernel, this.#handles)();
    this.#powers.clear();
    this.#handle = undefined;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  toJSON(): never {
    throw new HesperError('not-serializable', 'a secret key has no serialised form', {
      remedy: 'Keep it in the process that made it',
    });
  }
}

const wiping =
  (kernel: Kernel, handles: Handle[]): (() => void) =>
  () => {
    for (const handle of handles.splice(0)) kernel.wipe(handle);
  };
