// 3. Slots and rotations: arithmetic goes slot by slot, rotations move values between slots.
import assert from 'node:assert/strict';
import { innerSum, innerSumRotations } from 'hesper/circuits';
import {
  chooseCkksParameters,
  createCkksEvaluator,
  createContext,
  decryptPrivate,
  encryptSymmetric,
  KeyGenerator,
  linearRows,
  loadKernel,
} from 'hesper/he';

const parameters = chooseCkksParameters({ depth: 1, slots: 4096 });
using context = createContext(parameters, await loadKernel());
const generator = new KeyGenerator(context);
using secretKey = generator.secretKey();

// Every rotation has a key of its own, a Galois key. They are large, so make those that are needed and no others: here
// steps of one to either side, and those with which 4096 slots are summed by doubling.
const { slots } = parameters;
const steps = [1, -1, ...innerSumRotations(slots, { count: slots })];
using galoisKeys = generator.galoisKeys(secretKey, { steps });
using evaluator = createCkksEvaluator(context, { galoisKeys });
using _scope = evaluator.scope();

// A temperature for each of 4096 minutes.
const series = Float64Array.from({ length: slots }, (_, t) => 20 + 5 * Math.sin(t / 100) + (t % 7) / 10);
const [x] = encryptSymmetric(secretKey, [series]);

// Slot k of a rotation by a step is slot k + step. One ciphertext rotated by several steps is cut into digits once only,
// so ask for all of them in one call.
const neighbours = evaluator.rotateMany([x], [-1, 0, 1]);

// A weighted sum with integer weights costs no level: (1, 2, 1) / 4 of the three, the division in the scale.
const [smoothed] = evaluator.linear(neighbours, linearRows([[1, 2, 1]], 3, 4));

// The mean of all slots: twelve doublings, and a weight that is no integer, so it takes the level.
const total = innerSum(evaluator, [x], { count: slots });
const [mean] = evaluator.rescaleAll(
  evaluator.linearPlain(total, { inputs: 1, rows: [[{ from: 0, weight: 1 / slots }]] }),
);

using values = decryptPrivate(secretKey, [smoothed!, mean!]);
const at = (t: number): number => series[(t + slots) % slots]!;
const wanted = series.map((_, t) => (at(t - 1) + 2 * at(t) + at(t + 1)) / 4);
assert(values.column(0).every((value, t) => Math.abs(value - wanted[t]!) < 2 ** -12));
const exact = series.reduce((sum, value) => sum + value / slots, 0);
assert(values.column(1).every((value) => Math.abs(value - exact) < 2 ** -8));

// A step without a key is refused before any work. Nothing is composed of other steps behind your back.
assert.throws(() => evaluator.rotateMany([x], [3]), { code: 'missing-evaluation-key' });

// Slots may also hold complex numbers; conjugation has a key of its own, `conjugation: true`.
const [z] = encryptSymmetric(secretKey, [{ re: Float64Array.of(3), im: Float64Array.of(-4) }]);
using complex = decryptPrivate(secretKey, [z], { complex: true });
assert.equal(complex.complexColumn(0).im[0]!.toFixed(6), '-4.000000');
console.log(`mean ${values.column(1)[0]!.toFixed(2)}, ${steps.length} rotation keys`);
for (const ct of [x, z]) ct.dispose();
