import { HesperError } from '../errors.ts';
import type { Handle } from '../kernel/kernel.ts';
import { disposeAll, fill } from './buffers.ts';
import { MAX_PARTS } from './ciphertext.ts';
import type { Context } from './context.ts';
import { digitCount } from './digits.ts';
import type { Scheme } from './parameters.ts';
import { SEED_BYTES } from './seeds.ts';
import { requireSpecialPrimes, SwitchingKey } from './switching-key.ts';

export const MIN_RELINEARIZED_PARTS = 3;

/**
 * Takes ciphertexts of 3 .. `parts` components, at `level` or below, back to two: one switching key from each power
 * s^2 .. s^(parts-1) of the secret to s.
 */
export class RelinearizationKey<S extends Scheme = Scheme> {
  readonly context: Context<S>;
  /** The largest number of components it serves. */
  readonly parts: number;
  /** The highest level it serves. */
  readonly level: number;
  /** From s^2 on. */
  readonly powers: readonly SwitchingKey[];

  /**
   * A key with undefined contents, to be filled; or made of switching keys that it takes over.
   * @param made seeds: 32 bytes for each pair (power, digit), power major: the uniform halves; none for a key from another library
   * @throws 'invalid-parameters' without special primes, 'parts-mismatch', 'invalid-argument', 'out-of-memory'
   */
  constructor(
    context: Context<S>,
    { parts, level }: RelinearizationShape,
    made: Uint8Array | readonly SwitchingKey[] | undefined,
  ) {
    requireSpecialPrimes(context);
    requireKeyParts(parts);
    context.requireLevel(level);
    this.context = context;
    this.parts = parts;
    this.level = level;
    this.powers =
      made instanceof Uint8Array || made === undefined ? emptyPowers(context, { parts, level }, made) : made;
  }

  /** The same key with an owner of its own; the memory is shared. @throws 'disposed' */
  share(): RelinearizationKey<S> {
    const powers = fill<SwitchingKey>([], (shared) => {
      for (const key of this.powers) shared.push(key.share());
    });
    return new RelinearizationKey(this.context, this, powers);
  }

  /** Handles for the kernel's `relinearize`: powers up to parts - 1, digits of the level. @throws 'disposed' */
  handlesFor(parts: number, level: number): Int32Array {
    const handles: Handle[] = [];
    for (const key of this.powers.slice(0, parts - 2)) handles.push(...key.handlesFor(level));
    return Int32Array.from(handles);
  }

  /** Gives its memory back. A second call does nothing. */
  dispose(): void {
    disposeAll(this.powers);
  }

  /** For `using`: the same as `dispose()`. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}

function emptyPowers(
  context: Context,
  { parts, level }: RelinearizationShape,
  seeds: Uint8Array | undefined,
): SwitchingKey[] {
  const each = digitCount(context.parameters, level) * SEED_BYTES;
  return fill<SwitchingKey>([], (powers) => {
    for (let i = 0; i < parts - 2; i++)
      powers.push(new SwitchingKey(context, level, seeds?.subarray(i * each, (i + 1) * each)));
  });
}

export interface RelinearizationShape {
  readonly parts: number;
  readonly level: number;
}

/** How many encryptions such a key consists of. */
export const encryptionsOf = (context: Context, { parts, level }: RelinearizationShape): number =>
  (parts - 2) * digitCount(context.parameters, level);

export function requireKeyParts(parts: number): void {
  if (Number.isInteger(parts) && parts >= MIN_RELINEARIZED_PARTS && parts <= MAX_PARTS) return;
  throw new HesperError('parts-mismatch', 'no relinearisation key for this many parts', {
    met: parts,
    wanted: `${MIN_RELINEARIZED_PARTS} .. ${MAX_PARTS}`,
    remedy: 'Name the largest number of parts that has to be relinearised',
  });
}
