// 6. Noise, precision, and results that leave the owner.
import assert from 'node:assert/strict';
import { createTracer } from 'hesper/circuits';
import {
  createCkksEvaluator,
  createContext,
  createParameters,
  decryptForRelease,
  decryptPrivate,
  type Evaluator,
  encryptSymmetric,
  generatePrimes,
  KeyGenerator,
  linearRows,
  loadKernel,
  precisionReport,
  ReleaseCounter,
} from 'hesper/he';

// Squared distances from the origin, written once for whatever `C` an evaluator works on.
const distances = <C>(ev: Evaluator<C>, points: readonly C[]): C[] =>
  ev.linear(ev.squareAll(points), linearRows([[1, 1]], 2));

// Decryptions for others cost about 31 bits, so this time the primes are written down: 186 bits for a scale of 2^62.
const ringDegree = 8192;
const dataPrimes = generatePrimes(ringDegree, [48, 46, 46, 46]);
const scale = 2 ** 62;
using context = createContext(createParameters({ ringDegree, dataPrimes }), await loadKernel());
using secretKey = new KeyGenerator(context).secretKey();
using evaluator = createCkksEvaluator(context);
using _scope = evaluator.scope();
const [xs, ys] = [Float64Array.of(0.25, -1, 0.6), Float64Array.of(0.5, 1, -0.8)];
const points = encryptSymmetric(secretKey, [xs, ys], { scale });
const results = distances(evaluator, points);

// How precise is it? Compare with arithmetic in the clear.
using values = decryptPrivate(secretKey, results);
const exact = xs.map((x, i) => x * x + ys[i]! * ys[i]!);
const { bitsMin } = precisionReport(exact, values.column(0));
assert(bitsMin > 40);

// The error that is left depends on the secret key. Who sees many of these values learns the key (eprint 2020/1533).
// So they stay with the owner: JSON, messages to workers and strings all throw.
assert.throws(() => JSON.stringify(values), { code: 'not-serializable' });
assert.throws(() => structuredClone(values), { code: 'not-serializable' });

// To release a result, first trace the same function for the largest error that it could have: nothing is measured.
const tracer = createTracer({ ringDegree, primes: dataPrimes });
const coordinate = tracer.fresh(scale, 1, dataPrimes.length - 1, { encoded: true });
const traced = distances(tracer.ev, [coordinate, coordinate]);

// Then decrypt with noise that drowns that error. Each release is counted, and the count is stored before the values are
// shown; a key allows 1,024. What is left is rounded to the bits that were asked for.
const disk = { state: '' };
const counter = ReleaseCounter.start(secretKey, (state) => {
  disk.state = JSON.stringify(state);
});
const released = await decryptForRelease(secretKey, results, { traced, counter, precisionBits: 10, slots: 3 });
assert(released.columns[0]!.every((value, i) => Math.abs(value - exact[i]!) <= 2 ** -10));
assert.equal(JSON.parse(JSON.stringify(released)).columns[0].length, 3);

// More bits than the noise leaves are not to be had.
const greedy = decryptForRelease(secretKey, results, { traced, counter, precisionBits: 40, slots: 3 });
await assert.rejects(greedy, { code: 'insufficient-precision' });
console.log(`released ${[...released.columns[0]!].map((v) => v.toFixed(2)).join(', ')}, ${counter.state.used} of 1024`);
for (const ct of points) ct.dispose();
