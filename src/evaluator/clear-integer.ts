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
import {
  constant,
  type Exact,
  exactOf,
  exchangedRows,
  largestOf,
  product,
  sum,
  toBigints,
  toDoubles,
  turnedRows,
  weightedSums,
} from './exact.ts';
import { commonScale, weightScale } from './integer-scales.ts';
import { integersOf } from './integers.ts';
import type { Plain } from './verbs.ts';

/** One integer per slot; what it stands for is integer / scale. */
export interface Integers {
  readonly scale: number;
  readonly exact: Exact;
}

export interface IntegerEvaluator extends Evaluator<Integers> {
  /** Integers of any size (beyond 2^53 as bigint); missing slots are zeros. Throws 'invalid-argument', 'shape-mismatch'. */
  fresh(values: ArrayLike<number> | readonly bigint[], scale?: number): Integers;
}

/**
 * The integer model in the clear, exactly, whatever the size of its values: the oracle of encrypted integer networks.
 * Same rules as under BFV: `linear` applies the integers `rows.values` and multiplies the scale by `rows.scale`;
 * plaintexts are integers at the scale of their ciphertext (`addPlain`) or at their own (`linearPlain`, default 1), to
 * 2^-20, and are refused otherwise; summands have one scale. Rotations turn each of two rows of slots / 2, conjugation
 * exchanges the rows; both need an even number of slots. Rescaling, relinearisation and levels change nothing.
 */
export function createIntegerEvaluator(slots: number): IntegerEvaluator {
  const plain = (value: Plain, scale: number, where: string): Exact => {
    const integers = integersOf(value, scale, where);
    return typeof integers === 'bigint' ? constant(integers, slots) : exactOf(integers, slots);
  };
  const ev: IntegerEvaluator = {
    slots,
    fresh: (values, scale = 1) => {
      checkValues(values, slots);
      return { scale, exact: exactOf(values, slots) };
    },
    linear: (cts, rows) => {
      checkLinear(cts.length, rows);
      const scale = commonScale('linear', cts) * rows.scale;
      return weightedSums(cts.map(exactly), rows, slots).map((exact) => ({ scale, exact }));
    },
    linearPlain: (cts, rows) => {
      checkPlainRows(cts.length, rows, slots);
      return rows.rows.map((row) => {
        const terms = row.map((term) => {
          const [ct, scale] = [cts[term.from]!, weightScale(term, rows)];
          const exact = product(ct.exact, plain(term.weight, scale, 'linearPlain'));
          return { scale: ct.scale * scale, exact };
        });
        return { scale: commonScale('linearPlain', terms), exact: terms.map(exactly).reduce(sum) };
      });
    },
    addPlain: (cts, plains) => {
      checkConstants(cts.length, plains, slots);
      return cts.map(({ scale, exact }, i) => ({ scale, exact: sum(exact, plain(plains[i]!, scale, 'addPlain')) }));
    },
    squareAll: (cts) => cts.map((ct) => times(ct, ct)),
    multiplyPairs: (cts, pairs) => {
      checkPairs(cts.length, pairs);
      return pairs.map(([i, j]) => times(cts[i]!, cts[j]!));
    },
    rotateMany: (cts, steps) => {
      checkSteps(steps);
      checkHalves(slots);
      return cts.flatMap(({ scale, exact }) => steps.map((step) => ({ scale, exact: turnedRows(exact, step) })));
    },
    rotateSum: (cts, steps) => {
      checkRotateSum(cts.length, steps);
      checkHalves(slots);
      const exact = cts.map((ct, i) => turnedRows(ct.exact, steps[i]!)).reduce(sum);
      return [{ scale: commonScale('rotateSum', cts), exact }];
    },
    conjugateAll: (cts) => {
      checkHalves(slots);
      return cts.map(({ scale, exact }) => ({ scale, exact: exchangedRows(exact) }));
    },
    relinearizeAll: (cts) => [...cts],
    rescaleAll: (cts) => [...cts],
    dropLevelAll: (cts) => [...cts],
    pointwise: (cts, steps) => stepByStep(ev, cts, steps),
  };
  return ev;
}

const exactly = ({ exact }: Integers): Exact => exact;

const times = (a: Integers, b: Integers): Integers => ({ scale: a.scale * b.scale, exact: product(a.exact, b.exact) });

export const bigintsOf = ({ exact }: Integers): bigint[] => toBigints(exact);

/** What the integers stand for, to the precision of doubles. */
export const numbersOf = ({ exact, scale }: Integers): Float64Array => toDoubles(exact).map((value) => value / scale);

/** Largest |integer| of any slot. */
export const largestInteger = ({ exact }: Integers): bigint => largestOf(exact);

function checkHalves(slots: number): void {
  if (slots % 2 === 0) return;
  throw new HesperError('invalid-argument', 'Slots that are no two rows cannot be turned', {
    met: `${slots} slots`,
    wanted: 'an even number',
    remedy: 'Use circuits without rotations, or two rows of slots.',
  });
}

function checkValues(values: ArrayLike<number> | readonly bigint[], slots: number): void {
  if (values.length > slots) {
    throw new HesperError('shape-mismatch', 'More values than slots', {
      met: values.length,
      wanted: `at most ${slots}`,
      remedy: 'Split the batch.',
    });
  }
  for (let j = 0; j < values.length; j++) {
    const value = values[j]!;
    if (typeof value === 'bigint' || Number.isSafeInteger(value)) continue;
    throw new HesperError('invalid-argument', 'A value is not an integer', {
      met: `value ${j}`,
      wanted: 'integers below 2^53, or bigint',
      remedy: 'Round the inputs at their scale.',
    });
  }
}
