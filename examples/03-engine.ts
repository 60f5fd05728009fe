// The engine by itself: encrypt numbers, compute 3 x^2 - 1 on the ciphertext, decrypt.
import {
  createCkksEvaluator,
  createContext,
  createParameters,
  decryptPrivate,
  encryptSymmetric,
  generatePrimes,
  KeyGenerator,
  loadKernel,
} from 'hesper/he';

const kernel = await loadKernel();

// Two primes of 45 and 40 bits at ring degree 4096: 128 bits of security by the 2024 tables, or this throws.
const parameters = createParameters({ ringDegree: 4096, dataPrimes: generatePrimes(4096, [45, 40]) });
using context = createContext(parameters, kernel);
using secretKey = new KeyGenerator(context).secretKey();
using evaluator = createCkksEvaluator(context);

// One ciphertext holds 2048 numbers; the rest are zeros here.
const numbers = Float64Array.of(0.5, -1.2, 2);
const [x] = encryptSymmetric(secretKey, [numbers], { scale: 2 ** 30 });

// A square has three components. Nothing forces a relinearisation: it can be scaled, sent and decrypted as it is.
const [squared] = evaluator.squareAll([x!], undefined);
const three = {
  outputs: 1,
  inputs: 1,
  rowStart: Int32Array.of(0, 1),
  columns: Int32Array.of(0),
  values: Int32Array.of(3),
  scale: 1,
};
const [result] = evaluator.addPlain(evaluator.linear([squared!], three), [-1]);

// Only the key owner decrypts, and what comes out refuses to be serialised.
const values = decryptPrivate(secretKey, [result!]).column(0);
console.log(
  `3 x^2 - 1 at ${[...numbers].join(', ')}: ${[...values.subarray(0, 3)].map((v) => v.toFixed(3)).join(', ')}`,
);
