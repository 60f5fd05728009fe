// 2. Levels, scales, rescaling: what `managedCkks` did in lesson 1, by hand.
import assert from 'node:assert/strict';
import {
  addAll,
  chooseCkksParameters,
  createCkksEvaluator,
  createContext,
  decryptPrivate,
  encryptSymmetric,
  type HesperError,
  KeyGenerator,
  loadKernel,
} from 'hesper/he';

// CKKS computes with integers. A number is multiplied by a scale and rounded, so the scale decides how precise it is. All
// integers are taken modulo Q, a product of primes: one of 48 bits and, for depth 2, two of 40.
const parameters = chooseCkksParameters({ depth: 2, scaleBits: 40 });
using context = createContext(parameters, await loadKernel());
const generator = new KeyGenerator(context);
using secretKey = generator.secretKey();
using relinearizationKey = generator.relinearizationKey(secretKey);
using evaluator = createCkksEvaluator(context, { relinearizationKey });

// A scope disposes of everything that the evaluator makes in it, when the program leaves the block.
using _scope = evaluator.scope();

// Level 2 means three primes are left; the scale is 2^40 unless one is named.
const numbers = Float64Array.of(1.5, -0.75, 0.3);
const [x] = encryptSymmetric(secretKey, [numbers]);
assert.deepEqual([x.level, x.scale, x.parts], [2, 2 ** 40, 2]);

// A product has the product of the scales, 2^80 of the 128 bits that Q has.
const [square] = evaluator.relinearizeAll(evaluator.squareAll([x]));
assert.equal(square!.scale, 2 ** 80);

// Rescaling divides by the last prime and drops it: a level less, and the scale is near 2^40 again. Scales are
// exact: that prime is not quite 2^40.
const [rescaled] = evaluator.rescaleAll([square!]);
assert.equal(rescaled!.level, 1);
assert.equal(rescaled!.scale, 2 ** 80 / parameters.dataPrimes[2]!);

// x^2 + x does not go together now: x is a level higher, at another scale. A sum of the two would be a wrong number,
// so it is refused, and says what to do.
assert.throws(
  () => addAll(evaluator, [rescaled!], [x]),
  (error: HesperError) => error.code === 'level-mismatch' && error.remedy === 'Bring all operands to one level',
);

// `alignAll` brings ciphertexts to one level and scale; where the scale has to change it multiplies by 1 at another scale,
// which takes the level that x has to give anyway.
const [aligned] = evaluator.alignAll([x], { level: 1, scale: rescaled!.scale });
const [sum] = addAll(evaluator, [rescaled!], [aligned!]);

using values = decryptPrivate(secretKey, [sum]);
const met = values.column(0).subarray(0, 3);
assert(met.every((value, i) => Math.abs(value - (numbers[i]! ** 2 + numbers[i]!)) < 2 ** -18));

// One more product is possible, from level 1 to level 0; then the primes are used up.
const [last] = evaluator.rescaleAll(evaluator.squareAll([sum]));
assert.throws(() => evaluator.rescaleAll([last!]), { code: 'level-exhausted' });
console.log(`x^2 + x: ${[...met].map((value) => value.toFixed(4)).join(', ')}; level ${last!.level} at the end`);
x.dispose();
