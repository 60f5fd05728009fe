import { HesperError } from '../../errors.ts';
import type { Evaluator } from '../../evaluator/evaluator.ts';
import { disposeAll, fill } from '../../rlwe/buffers.ts';
import type { Ciphertext } from '../../rlwe/ciphertext.ts';

/** Where ciphertexts have to be to be added or compared. */
export interface Alignment {
  readonly level: number;
  readonly scale: number;
}

/** A factor of fewer bits would err by more than 2^-20 of the value. */
const MIN_FACTOR = 2 ** 20;

const EQUAL = 2 ** -40;

/**
 * Brings ciphertexts exactly to a level and a scale. Where the scale is right already, primes are dropped. Elsewhere
 * the value is multiplied by 1 at the scale that makes up the difference and rescaled, which uses the prime above the
 * target level: one level. The factor is an integer w, so values err by 1/(2w) of themselves; w below 2^20 is refused.
 * @throws 'level-mismatch' where the target is not below, 'scale-mismatch' where the factor would be too small,
 *   'scale-overflow'
 */
export function align(
  ev: Pick<Evaluator<Ciphertext<'ckks'>>, 'dropLevelAll' | 'linearPlain' | 'rescaleAll'>,
  primes: readonly number[],
  cts: readonly Ciphertext<'ckks'>[],
  { level, scale }: Alignment,
): Ciphertext<'ckks'>[] {
  for (const ct of cts) checkReachable(ct, primes, { level, scale });
  return fill<Ciphertext<'ckks'>>([], (out) => {
    for (const ct of cts) {
      if (hasScale(ct, scale)) out.push(...ev.dropLevelAll([ct], level));
      else out.push(...changed(ev, ct, { level, scale: (scale * primes[level + 1]!) / ct.scale }));
    }
  });
}

const hasScale = (ct: Ciphertext<'ckks'>, scale: number): boolean => Math.abs(ct.scale / scale - 1) <= EQUAL;

/** Times 1 at a scale, rescaled to the level. */
function changed(
  ev: Pick<Evaluator<Ciphertext<'ckks'>>, 'dropLevelAll' | 'linearPlain' | 'rescaleAll'>,
  ct: Ciphertext<'ckks'>,
  { level, scale }: Alignment,
): Ciphertext<'ckks'>[] {
  const made: Ciphertext<'ckks'>[] = [];
  try {
    made.push(...ev.dropLevelAll([ct], level + 1));
    made.push(...ev.linearPlain([made[0]!], { inputs: 1, rows: [[{ from: 0, weight: 1, scale }]] }));
    return ev.rescaleAll([made[1]!], undefined);
  } finally {
    disposeAll(made);
  }
}

function checkReachable(ct: Ciphertext<'ckks'>, primes: readonly number[], { level, scale }: Alignment): void {
  if (hasScale(ct, scale)) {
    if (level <= ct.level) return;
    throw tooHigh(ct.level, level);
  }
  if (level >= ct.level) throw tooHigh(ct.level - 1, level);
  const factor = (scale * primes[level + 1]!) / ct.scale;
  if (factor >= MIN_FACTOR) return;
  throw new HesperError('scale-mismatch', 'alignAll: the scales are too far apart', {
    met: `2^${Math.log2(ct.scale).toFixed(1)}`,
    wanted: `at most 2^${Math.log2((scale * primes[level + 1]!) / MIN_FACTOR).toFixed(1)}`,
    remedy: 'Rescale this one first, or align the other one to it',
  });
}

const tooHigh = (met: number, wanted: number): HesperError =>
  new HesperError('level-mismatch', 'alignAll: this level cannot be reached, changing the scale costs one', {
    met: wanted,
    wanted: `at most ${met}`,
    remedy: 'Align to a lower level',
  });
