import { HesperError } from '../errors.ts';
import { disposed, SharedBuffer } from './buffers.ts';
import { MAX_PARTS } from './ciphertext.ts';
import type { Context } from './context.ts';
import { SEED_BYTES } from './seeds.ts';

export const MIN_RELINEARIZED_PARTS = 3;

/**
 * Takes ciphertexts of 3 .. `parts` components back to two. For each power s^2 .. s^(parts-1) and each data prime q_j
 * one encryption (b, a) of P * g_j * s^k over all primes, with g_j = 1 mod q_j and 0 mod the others, P the special
 * prime; NTT form, [limb][2][n]. One digit per prime, one special prime (hybrid key switching, eprint 2019/688).
 */
export class RelinearizationKey {
  readonly context: Context;
  /** The largest number of components it serves. */
  readonly parts: number;
  /** 32 bytes for each pair (power, digit), power major: the uniform halves. */
  readonly seeds: Uint8Array;
  readonly #buffers: SharedBuffer[] = [];

  /**
   * A key with undefined contents, to be filled.
   * @throws 'invalid-parameters' without a special prime, 'parts-mismatch', 'out-of-memory'
   */
  constructor(context: Context, parts: number, seeds: Uint8Array) {
    requireSpecialPrime(context);
    requireKeyParts(parts);
    this.context = context;
    this.parts = parts;
    this.seeds = seeds.slice(0, keyCount(context, parts) * SEED_BYTES);
    try {
      for (let i = 0; i < keyCount(context, parts); i++)
        this.#buffers.push(new SharedBuffer(context.kernel, keyDoubles(context)));
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  /** Handles for the kernel's `relinearize`: powers up to parts - 1, digits of the level. @throws 'disposed' */
  handlesFor(parts: number, level: number): Int32Array {
    if (this.#buffers.length === 0) throw disposed('relinearisation key');
    const digits = this.context.parameters.dataPrimes.length;
    return Int32Array.from({ length: (parts - 2) * (level + 1) }, (_, i) => {
      const [power, digit] = [Math.floor(i / (level + 1)), i % (level + 1)];
      return this.#buffers[power * digits + digit]!.handle;
    });
  }

  /** All handles, power major. @throws 'disposed' */
  get handles(): Int32Array {
    return this.handlesFor(this.parts, this.context.parameters.maxLevel);
  }

  dispose(): void {
    for (const buffer of this.#buffers.splice(0)) buffer.letGo();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** How many encryptions such a key consists of. */
export const keyCount = (context: Context, parts: number): number => (parts - 2) * context.parameters.dataPrimes.length;

const keyDoubles = (context: Context): number => context.keyBasis.length * 2 * context.n;

export function requireKeyParts(parts: number): void {
  if (Number.isInteger(parts) && parts >= MIN_RELINEARIZED_PARTS && parts <= MAX_PARTS) return;
  throw new HesperError('parts-mismatch', 'no relinearisation key for this many parts', {
    met: parts,
    wanted: `${MIN_RELINEARIZED_PARTS} .. ${MAX_PARTS}`,
    remedy: 'Name the largest number of parts that has to be relinearised',
  });
}

export function requireSpecialPrime(context: Context): void {
  if (context.parameters.specialPrimes.length === 1) return;
  throw new HesperError(
    'invalid-parameters',
    'these parameters have no special prime, so there can be no evaluation key',
    {
      met: 0,
      wanted: 1,
      remedy: 'Add a special prime to the parameters, or never relinearise',
    },
  );
}
