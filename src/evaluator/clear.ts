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
import { addTo, linearColumns, linearPlainColumns, product, rotated, shifted, squared } from './columns.ts';
import type { Evaluator } from './evaluator.ts';
import { componentsOf, sizeOf } from './plain.ts';
import type { Plain } from './verbs.ts';

/**
 * "Encryption" is the identity: vectors of `slots` real numbers. The oracle of every test, and, on a plan's program,
 * the same integer plan without encryption. `relinearizeAll`, `rescaleAll`, `dropLevelAll` and `conjugateAll` change
 * nothing; plaintexts with imaginary parts are refused ('invalid-argument'): see createComplexEvaluator.
 */
export function createClearEvaluator(slots: number): Evaluator<Float64Array> {
  const ev: Evaluator<Float64Array> = {
    slots,
    linear: (cts, rows) => {
      checkLinear(cts.length, rows);
      return linearColumns(cts, rows, slots);
    },
    linearPlain: (cts, rows) => {
      checkPlainRows(cts.length, rows, slots);
      return rows.rows.map((row) => linearPlainColumns(cts, row, realOf, slots));
    },
    addPlain: (cts, plains) => {
      checkConstants(cts.length, plains, slots);
      return cts.map((ct, i) => shifted(ct, realOf(plains[i]!)));
    },
    squareAll: (cts) => cts.map(squared),
    multiplyPairs: (cts, pairs) => {
      checkPairs(cts.length, pairs);
      return pairs.map(([i, j]) => product(cts[i]!, cts[j]!));
    },
    rotateMany: (cts, steps) => {
      checkSteps(steps);
      return cts.flatMap((ct) => steps.map((step) => rotated(ct, step)));
    },
    rotateSum: (cts, steps) => {
      checkRotateSum(cts.length, steps);
      const sum = new Float64Array(slots);
      cts.forEach((ct, i) => {
        addTo(sum, rotated(ct, steps[i]!));
      });
      return [sum];
    },
    conjugateAll: (cts) => [...cts],
    relinearizeAll: (cts) => [...cts],
    rescaleAll: (cts) => [...cts],
    dropLevelAll: (cts) => [...cts],
    pointwise: (cts, steps) => stepByStep(ev, cts, steps),
  };
  return ev;
}

function realOf(plain: Plain): number | Float64Array {
  if (typeof plain === 'number') return plain;
  if (!sizeOf(plain).imaginary)
    return 're' in plain && typeof plain.re === 'number' ? plain.re : componentsOf(plain).re;
  throw new HesperError('invalid-argument', 'A complex plaintext meets an evaluator of real numbers', {
    met: 'an imaginary part',
    wanted: 'real numbers',
    remedy: 'Use the complex clear evaluator.',
  });
}
