// Publish an encrypted result: the same circuit is traced for its worst-case error, run on ciphertexts, and decrypted
// with noise that hides the error, because the error of a decryption depends on the secret key.

import { createTracer } from 'hesper/circuits';
import {
  createCkksEvaluator,
  createContext,
  createParameters,
  decryptForRelease,
  type Evaluator,
  encryptSymmetric,
  generatePrimes,
  KeyGenerator,
  loadKernel,
  ReleaseCounter,
} from 'hesper/he';

/** Distances from the origin, squared: a function over any evaluator. */
function squaredDistances<C>(ev: Evaluator<C>, [x, y]: readonly C[]): C[] {
  const sum = [
    { from: 0, weight: 1 },
    { from: 1, weight: 1 },
  ];
  return ev.linearPlain(ev.squareAll([x!, y!], undefined), { inputs: 2, rows: [sum], scale: 1 });
}

// 1. Flooding costs about 31 bits at the defaults, so the scale is large: 2^62, squared at the output.
const ringDegree = 8192;
const dataPrimes = generatePrimes(ringDegree, [48, 46, 46, 46]);
const scale = 2 ** 62;

// 2. What can go wrong at most, for any coordinates of [-1, 1]. Nothing is measured.
const tracer = createTracer({ ringDegree, primes: dataPrimes });
const coordinate = tracer.fresh(scale, 1, dataPrimes.length - 1, { encoded: true });
const traced = squaredDistances(tracer.ev, [coordinate, coordinate]);

// 3. The key owner encrypts; whoever evaluates sees ciphertexts only.
const kernel = await loadKernel();
using context = createContext(createParameters({ ringDegree, dataPrimes }), kernel);
using secretKey = new KeyGenerator(context).secretKey();
using evaluator = createCkksEvaluator(context);
using _scope = evaluator.scope(); // disposes of what the evaluator makes
const [xs, ys] = [Float64Array.of(0.25, -1, 0.6), Float64Array.of(0.5, 1, -0.8)];
const inputs = encryptSymmetric(secretKey, [xs, ys], { scale });
const results = squaredDistances(evaluator, inputs);
for (const ct of inputs) ct.dispose();

// 4. Every release is counted, and the count is stored before the values are shown: 1,024 at most for this key.
const disk = { state: '' };
const counter = ReleaseCounter.start(secretKey, (state) => {
  disk.state = JSON.stringify(state);
});
const released = await decryptForRelease(secretKey, results, { traced, counter, precisionBits: 10, slots: 3 });
const shown = Array.from(released.columns[0]!, (value) => value.toFixed(2)).join(', ');
console.log(`squared distances ${shown}, ${counter.state.used} of ${counter.state.limit} releases used`);
