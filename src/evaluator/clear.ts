import { checkConstants, checkLinear, checkPairs, stepByStep } from './check.ts';
import { linearColumns, product, shifted, squared } from './columns.ts';
import type { Evaluator } from './evaluator.ts';

/**
 * "Encryption" is the identity: vectors of `slots` numbers. The oracle of every test, and, on a plan's program, the
 * same integer plan without encryption. `relinearizeAll`, `rescaleAll` and `dropLevelAll` change nothing.
 */
export function createClearEvaluator(slots: number): Evaluator<Float64Array> {
  const ev: Evaluator<Float64Array> = {
    slots,
    linear: (cts, rows) => {
      checkLinear(cts.length, rows);
      return linearColumns(cts, rows, slots);
    },
    addPlain: (cts, constants) => {
      checkConstants(cts.length, constants);
      return cts.map((ct, i) => shifted(ct, constants[i]!));
    },
    squareAll: (cts) => cts.map(squared),
    multiplyPairs: (cts, pairs) => {
      checkPairs(cts.length, pairs);
      return pairs.map(([i, j]) => product(cts[i]!, cts[j]!));
    },
    relinearizeAll: (cts) => [...cts],
    rescaleAll: (cts) => [...cts],
    dropLevelAll: (cts) => [...cts],
    pointwise: (cts, steps) => stepByStep(ev, cts, steps),
  };
  return ev;
}
