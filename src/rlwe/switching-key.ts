import { HesperError } from '../errors.ts';
import { disposed, SharedBuffer } from './buffers.ts';
import type { Context } from './context.ts';
import { digitCount } from './digits.ts';
import { requireSeeds, SEED_BYTES } from './seeds.ts';

/**
 * Takes c * s1, s1 one secret, to a ciphertext (u0, u1) under another one, u0 + u1 * s2 = c * s1 and noise, at `level`
 * or below: for each digit d of the level one encryption (b, a) under s2 of P * g_d * s1, with g_d = 1 modulo the
 * primes of digit d and 0 modulo the other data primes, P the product of the special primes (hybrid key switching,
 * eprint 2019/688). NTT form, [limb][2][n], the limbs in the order of `Context.keyBasis(level)`; `a` is the expansion
 * of a public seed. Which secrets these are is the owner's knowledge: `RelinearizationKey`, `GaloisKeys`.
 */
export class SwitchingKey {
  readonly context: Context;
  /** The highest level it serves. */
  readonly level: number;
  /** 32 bytes for each digit; none in a key from another library, whose uniform halves are other expansions. */
  readonly seeds: Uint8Array | undefined;
  readonly #buffers: SharedBuffer[];

  /**
   * A key with undefined contents, to be filled; or another owner of the contents of a key.
   * @throws 'out-of-memory'
   */
  constructor(context: Context, level: number, seeds: Uint8Array | undefined, shared?: readonly SharedBuffer[]) {
    this.context = context;
    this.level = level;
    this.seeds = seeds?.slice(0, digitCount(context.parameters, level) * SEED_BYTES);
    this.#buffers = shared?.map((buffer) => buffer.share()) ?? [];
    if (shared === undefined) this.#allocate();
  }

  #allocate(): void {
    const { context, level } = this;
    const doubles = context.keyBasis(level).length * 2 * context.n;
    try {
      for (let digit = 0; digit < digitCount(context.parameters, level); digit++)
        this.#buffers.push(SharedBuffer.take(context.kernel, doubles, 'evaluation key'));
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  /** One handle for each digit of a level up to that of the key. @throws 'disposed' */
  handlesFor(level: number): Int32Array {
    if (this.#buffers.length === 0) throw disposed('evaluation key');
    return Int32Array.from({ length: digitCount(this.context.parameters, level) }, (_, d) => this.#buffers[d]!.handle);
  }

  /** @throws 'not-serializable' for a key from another library */
  requireSeeds(): Uint8Array {
    return requireSeeds(this.seeds);
  }

  /** The same key with an owner of its own; the memory is shared. @throws 'disposed' */
  share(): SwitchingKey {
    if (this.#buffers.length === 0) throw disposed('evaluation key');
    return new SwitchingKey(this.context, this.level, this.seeds, this.#buffers);
  }

  dispose(): void {
    for (const buffer of this.#buffers.splice(0)) buffer.letGo();
  }
}

/** @throws 'invalid-parameters' */
export function requireSpecialPrimes(context: Context): void {
  if (context.parameters.specialPrimes.length > 0) return;
  throw new HesperError(
    'invalid-parameters',
    'these parameters have no special primes, so there can be no evaluation key',
    {
      met: 0,
      wanted: 'at least 1',
      remedy: 'Add a special prime to the parameters, or never relinearise or rotate',
    },
  );
}
