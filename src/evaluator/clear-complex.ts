import {
  checkConstants,
  checkLinear,
  checkPairs,
  checkPlainRows,
  checkRotateSum,
  checkSteps,
  stepByStep,
} from './check.ts';
import { addTo, linearColumns, rotated } from './columns.ts';
import type { Evaluator } from './evaluator.ts';
import { componentsOf, isVector } from './plain.ts';
import type { ComplexVector, Plain } from './verbs.ts';

/** As createClearEvaluator, over vectors of `slots` complex numbers. */
export function createComplexEvaluator(slots: number): Evaluator<ComplexVector> {
  const zero = (): ComplexVector => ({ re: new Float64Array(slots), im: new Float64Array(slots) });
  const ev: Evaluator<ComplexVector> = {
    slots,
    linear: (cts, rows) => {
      checkLinear(cts.length, rows);
      const part = (name: keyof ComplexVector) =>
        linearColumns(
          cts.map((ct) => ct[name]),
          rows,
          slots,
        );
      const [re, im] = [part('re'), part('im')];
      return re.map((column, r) => ({ re: column, im: im[r]! }));
    },
    linearPlain: (cts, rows) => {
      checkPlainRows(cts.length, rows, slots);
      return rows.rows.map((row) => {
        const sum = zero();
        for (const { from, weight } of row) addProduct(sum, cts[from]!, weight);
        return sum;
      });
    },
    addPlain: (cts, plains) => {
      checkConstants(cts.length, plains, slots);
      return cts.map((ct, i) => {
        const sum = { re: ct.re.slice(), im: ct.im.slice() };
        return addPlain(sum, plains[i]!);
      });
    },
    squareAll: (cts) => cts.map((ct) => addProduct(zero(), ct, ct)),
    multiplyPairs: (cts, pairs) => {
      checkPairs(cts.length, pairs);
      return pairs.map(([i, j]) => addProduct(zero(), cts[i]!, cts[j]!));
    },
    rotateMany: (cts, steps) => {
      checkSteps(steps);
      return cts.flatMap((ct) => steps.map((step) => turned(ct, step)));
    },
    rotateSum: (cts, steps) => {
      checkRotateSum(cts.length, steps);
      const sum = zero();
      cts.forEach((ct, i) => {
        const { re, im } = turned(ct, steps[i]!);
        addTo(sum.re, re);
        addTo(sum.im, im);
      });
      return [sum];
    },
    conjugateAll: (cts) => cts.map(({ re, im }) => ({ re, im: im.map((y) => -y) })),
    relinearizeAll: (cts) => [...cts],
    rescaleAll: (cts) => [...cts],
    dropLevelAll: (cts) => [...cts],
    pointwise: (cts, steps) => stepByStep(ev, cts, steps),
  };
  return ev;
}

const turned = ({ re, im }: ComplexVector, step: number): ComplexVector => ({
  re: rotated(re, step),
  im: rotated(im, step),
});

/** sum += a * weight; slots beyond a short vector are zeros. */
function addProduct(sum: ComplexVector, a: ComplexVector, weight: Plain): ComplexVector {
  const { re, im } = componentsOf(weight);
  const each = isVector(weight) ? 1 : 0;
  const end = isVector(weight) ? re.length : a.re.length;
  for (let j = 0; j < end; j++) {
    const [x, y] = [re[j * each]!, im?.[j * each] ?? 0];
    sum.re[j] = sum.re[j]! + a.re[j]! * x - a.im[j]! * y;
    sum.im[j] = sum.im[j]! + a.re[j]! * y + a.im[j]! * x;
  }
  return sum;
}

function addPlain(sum: ComplexVector, plain: Plain): ComplexVector {
  const { re, im } = componentsOf(plain);
  const each = isVector(plain) ? 1 : 0;
  const end = isVector(plain) ? re.length : sum.re.length;
  for (let j = 0; j < end; j++) {
    sum.re[j] = sum.re[j]! + re[j * each]!;
    sum.im[j] = sum.im[j]! + (im?.[j * each] ?? 0);
  }
  return sum;
}
