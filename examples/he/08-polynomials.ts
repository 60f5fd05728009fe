// 8. Polynomials: functions that ciphertexts cannot compute, by polynomials that they can.
import assert from 'node:assert/strict';
import { chebyshevFit, evaluatePolynomial, polynomialDepth, seriesValue } from 'hesper/circuits';
import {
  chooseCkksParameters,
  createCkksEvaluator,
  createContext,
  decryptPrivate,
  encryptSymmetric,
  KeyGenerator,
  loadKernel,
  managedCkks,
  precisionReport,
} from 'hesper/he';

// The logistic function is no polynomial, and on an interval close to one. Chebyshev series are nearly as good as any
// polynomial of their degree; the interval has to hold every input, since outside a polynomial runs away.
const logistic = (x: number): number => 1 / (1 + Math.exp(-x));
const series = chebyshevFit(logistic, 31, [-8, 8]);

// A degree of 31 takes five levels, by squaring, and one more brings [-8, 8] to [-1, 1].
const depth = polynomialDepth(31) + 1;
using context = createContext(chooseCkksParameters({ depth, scaleBits: 42 }), await loadKernel());
const generator = new KeyGenerator(context);
using secretKey = generator.secretKey();
using relinearizationKey = generator.relinearizationKey(secretKey);
using evaluator = createCkksEvaluator(context, { relinearizationKey });

// Circuits are functions over any evaluator. They do not say when to rescale; the managed one does, as late as it can.
const x = Float64Array.from({ length: context.parameters.slots }, (_, j) => 8 * Math.sin(j));
const cts = encryptSymmetric(secretKey, [x]);
const [y] = evaluator.scoped(() => {
  const ev = managedCkks(evaluator);
  return ev.settle(evaluatePolynomial(ev, series, cts));
});
assert.equal(y!.level, 0);

// Two errors: that of the fit, which more degrees make smaller, and that of encryption, which a larger scale does.
using values = decryptPrivate(secretKey, [y!]);
const bits = {
  fit: precisionReport(
    x.map(logistic),
    x.map((v) => seriesValue(series, v)),
  ).bitsMin,
  encryption: precisionReport(
    x.map((v) => seriesValue(series, v)),
    values.column(0),
  ).bitsMin,
};
assert(bits.fit > 12 && bits.encryption > 20);
console.log(
  `logistic(${x[1]!.toFixed(3)}) = ${values.column(0)[1]!.toFixed(4)} in ${context.parameters.slots} slots at once`,
);
for (const ct of [...cts, y!]) ct.dispose();
