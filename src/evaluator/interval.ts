import { HesperError } from '../errors.ts';
import {
  checkConstants,
  checkLinear,
  checkPairs,
  checkPlainRows,
  checkRotateSum,
  checkSteps,
  stepByStep,
} from './check.ts';
import type { Evaluator } from './evaluator.ts';
import { commonScale, weightScale } from './integer-scales.ts';
import { integersOf } from './integers.ts';
import { lengthOf } from './plain.ts';
import type { LinearRows, Plain } from './verbs.ts';

/** All slots of a ciphertext hold integers of [lo, hi]; what they stand for is integer / scale. */
export interface Interval {
  readonly lo: bigint;
  readonly hi: bigint;
  readonly scale: number;
}

export interface IntervalEvaluator extends Evaluator<Interval> {
  /** Throws 'invalid-argument' unless lo <= hi. */
  fresh(lo: bigint | number, hi: bigint | number, scale?: number): Interval;
}

/**
 * Runs a circuit on exact intervals of integers: what each value can come to, for any inputs within theirs. Terms of a
 * sum are taken as independent, which is exact for weighted sums of inputs; the square of an interval is not negative.
 * Rules of scales and integer plaintexts as in createIntegerEvaluator.
 */
export function createIntervalEvaluator(slots: number): IntervalEvaluator {
  const ev: IntervalEvaluator = {
    slots,
    fresh: (lo, hi, scale = 1) => ordered(BigInt(lo), BigInt(hi), scale),
    linear: (cts, rows) => {
      checkLinear(cts.length, rows);
      const scale = commonScale('linear', cts) * rows.scale;
      return Array.from({ length: rows.outputs }, (_, r) => ({ ...weightedSum(cts, rows, r), scale }));
    },
    linearPlain: (cts, rows) => {
      checkPlainRows(cts.length, rows, slots);
      return rows.rows.map((row) =>
        sum(
          'linearPlain',
          row.map((term) =>
            times(cts[term.from]!, rangeOf(term.weight, weightScale(term, rows), slots, 'linearPlain')),
          ),
        ),
      );
    },
    addPlain: (cts, plains) => {
      checkConstants(cts.length, plains, slots);
      return cts.map((ct, i) => sum('addPlain', [ct, rangeOf(plains[i]!, ct.scale, slots, 'addPlain')]));
    },
    squareAll: (cts) => cts.map(square),
    multiplyPairs: (cts, pairs) => {
      checkPairs(cts.length, pairs);
      return pairs.map(([i, j]) => (cts[i] === cts[j] ? square(cts[i]!) : times(cts[i]!, cts[j]!)));
    },
    rotateMany: (cts, steps) => {
      checkSteps(steps);
      return cts.flatMap((ct) => steps.map(() => ct));
    },
    rotateSum: (cts, steps) => {
      checkRotateSum(cts.length, steps);
      return [sum('rotateSum', cts)];
    },
    conjugateAll: (cts) => [...cts],
    relinearizeAll: (cts) => [...cts],
    rescaleAll: (cts) => [...cts],
    dropLevelAll: (cts) => [...cts],
    pointwise: (cts, steps) => stepByStep(ev, cts, steps),
  };
  return ev;
}

/** Largest |integer|. */
export const magnitudeOf = ({ lo, hi }: Pick<Interval, 'lo' | 'hi'>): bigint => (-lo > hi ? -lo : hi);

function weightedSum(cts: readonly Interval[], rows: LinearRows, r: number): Pick<Interval, 'lo' | 'hi'> {
  let [lo, hi] = [0n, 0n];
  for (let k = rows.rowStart[r]!; k < rows.rowStart[r + 1]!; k++) {
    const ct = cts[rows.columns[k]!]!;
    const weight = BigInt(rows.values[k]!);
    const positive = weight > 0n;
    lo += weight * (positive ? ct.lo : ct.hi);
    hi += weight * (positive ? ct.hi : ct.lo);
  }
  return { lo, hi };
}

function sum(verb: string, cts: readonly Interval[]): Interval {
  const [lo, hi] = [cts.reduce((total, ct) => total + ct.lo, 0n), cts.reduce((total, ct) => total + ct.hi, 0n)];
  return { lo, hi, scale: commonScale(verb, cts) };
}

function times(a: Interval, b: Interval): Interval {
  const corners = [a.lo * b.lo, a.lo * b.hi, a.hi * b.lo, a.hi * b.hi];
  return { ...rangeOfAll(corners), scale: a.scale * b.scale };
}

function square(a: Interval): Interval {
  const ends = [a.lo * a.lo, a.hi * a.hi];
  const { lo, hi } = rangeOfAll(ends);
  return { lo: a.lo <= 0n && a.hi >= 0n ? 0n : lo, hi, scale: a.scale * a.scale };
}

/** Of a plaintext at `scale`, with the zeros that fill it up. */
function rangeOf(plain: Plain, scale: number, slots: number, where: string): Interval {
  const integers = integersOf(plain, scale, where);
  if (typeof integers === 'bigint') return { lo: integers, hi: integers, scale };
  return { ...rangeOfAll(lengthOf(plain) < slots ? [...integers, 0n] : integers), scale };
}

function rangeOfAll(values: readonly bigint[]): Pick<Interval, 'lo' | 'hi'> {
  let [lo, hi] = [values[0]!, values[0]!];
  for (const value of values) {
    if (value < lo) lo = value;
    if (value > hi) hi = value;
  }
  return { lo, hi };
}

function ordered(lo: bigint, hi: bigint, scale: number): Interval {
  if (lo <= hi) return { lo, hi, scale };
  throw new HesperError('invalid-argument', 'An interval is empty', {
    met: `${lo} to ${hi}`,
    wanted: 'its lower end first',
    remedy: 'Give the range of the inputs as [lowest, highest].',
  });
}
