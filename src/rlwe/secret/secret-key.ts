import { HesperError } from '../../errors.ts';
import type { Handle, Kernel } from '../../kernel/kernel.ts';
import { disposed, type Scratch, withScratch } from '../buffers.ts';
import type { Context } from '../context.ts';
import { birthplace, unwatch, watch } from '../leaks.ts';
import type { Scheme } from '../parameters.ts';
import { randomId, type SeedSource, seedSource } from '../seeds.ts';

/** The ring's first prime: enough for integers. */
export const FIRST_PRIME = Int32Array.of(0);

/** A secret that exists already: its name, and what writes its row of n integers -1, 0, 1 into a buffer. */
export interface KnownSecret {
  readonly id: string;
  readonly fill: (row: Handle) => void;
}

/**
 * A uniform ternary secret s. It lives in kernel memory only (NTT form over all primes), never as a JavaScript number,
 * leaves it under a passphrase only (`saveSecretKey`), and is wiped by `dispose()`.
 */
export class SecretKey<S extends Scheme = Scheme> {
  readonly context: Context<S>;
  /** Public name of the key, 32 hexadecimal digits, drawn apart from the key: what a `ReleaseCounter` belongs to. */
  readonly id: string;
  #handle: Handle | undefined;
  /** Other forms of the secret; powers by their number of parts: 1, s, .., s^(parts-1) over the data primes. */
  readonly #derived = new Map<string | number, Handle>();
  /** All buffers of the key, for `dispose()` and for the day when nobody called it. */
  readonly #handles: Handle[] = [];

  /** Draws a fresh key, unless one is given. @throws 'kernel-unavailable' without secure random numbers, what `fill` throws */
  constructor(context: Context<S>, source: SeedSource | KnownSecret = seedSource()) {
    this.context = context;
    const { id, fill } = 'fill' in source ? source : drawn(context, source);
    this.id = id;
    const { kernel, ring, allPrimes, n } = context;
    this.#handle = withScratch(kernel, { secret: true }, (scratch) => {
      const row = scratch.list(1, n);
      const element = scratch.list(1, allPrimes.length * n);
      fill(row[0]!);
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
    return this.#once(parts, (scratch, secret) => {
      const { kernel, ring, n, parameters } = this.context;
      const basis = this.context.basis(parameters.maxLevel);
      const all = scratch.list(1, basis.length * parts * n);
      const power = scratch.list(1, basis.length * n);
      kernel.write(power[0]!, 0, new Float64Array(basis.length * n).fill(1));
      for (let part = 0; part < parts; part++) {
        if (part > 0) kernel.multiply(ring, power, power, secret, basis, 1, 1);
        kernel.insertPart(ring, all, power, basis, parts, part);
      }
      return all[0]!;
    });
  }

  /** One row of the integers -1, 0, 1; made once. @throws 'disposed' */
  get integers(): Handle {
    return this.#once('integers', (scratch, secret) => {
      const { kernel, ring, n } = this.context;
      const row = scratch.list(1, n);
      kernel.multiplyScalars(ring, row, secret, Float64Array.of(1), FIRST_PRIME, 1);
      kernel.nttInverse(ring, row, FIRST_PRIME, 1);
      return row[0]!;
    });
  }

  /** s over all primes in the order of evaluation keys, special primes first, NTT form; made once. @throws 'disposed' */
  get inKeyOrder(): Handle {
    const integers = this.integers;
    return this.#once('key order', (scratch) => {
      const { kernel, ring, n, parameters } = this.context;
      const basis = this.context.keyBasis(parameters.maxLevel);
      const element = scratch.list(1, basis.length * n);
      kernel.spread(ring, element, Int32Array.of(integers), basis);
      kernel.nttForward(ring, element, basis, 1);
      return element[0]!;
    });
  }

  #once(name: string | number, make: (scratch: Scratch, secret: Int32Array) => Handle): Handle {
    const secret = Int32Array.of(this.handle);
    const known = this.#derived.get(name);
    if (known !== undefined) return known;
    const made = withScratch(this.context.kernel, { secret: true }, (scratch) => scratch.keep(make(scratch, secret)));
    this.#derived.set(name, made);
    this.#handles.push(made);
    return made;
  }

  /** Overwrites the key with zeros. A second call does nothing. */
  dispose(): void {
    unwatch(this);
    wiping(this.context.kernel, this.#handles)();
    this.#derived.clear();
    this.#handle = undefined;
  }

  /** For `using`: the same as `dispose()`. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  /** Refuses. @throws 'not-serializable' */
  toJSON(): never {
    throw new HesperError('not-serializable', 'a secret key has no serialised form', {
      remedy: 'Keep it in the process that made it, or under a passphrase: saveSecretKey',
    });
  }
}

const drawn = ({ kernel, ring }: Context, source: SeedSource): KnownSecret => ({
  id: randomId(),
  fill: (row) => {
    const seed = source.next(1);
    kernel.sampleTernary(ring, Int32Array.of(row), seed);
    seed.fill(0);
  },
});

const wiping =
  (kernel: Kernel, handles: Handle[]): (() => void) =>
  () => {
    for (const handle of handles.splice(0)) kernel.wipe(handle);
  };
