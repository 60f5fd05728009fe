// Runs 1,000 small batches in a process of its own and prints its memory, as the operating system counts it, after 50
// and after 1,000. Every tenth batch fails on the way. Usage: node memory-batches.mjs VARIANT (or nothing: the best).
import {
  createCkksEvaluator,
  createContext,
  createParameters,
  decryptPrivate,
  encryptSymmetricSeededToBytes,
  generatePrimes,
  KeyGenerator,
  loadCiphertexts,
  loadKernel,
  saveCiphertexts,
} from '../dist/he.js';

const kernel = await loadKernel({ variant: process.argv[2] });
const [special, ...dataPrimes] = generatePrimes(4096, [37, 36, 32]);
const parameters = createParameters({ ringDegree: 4096, dataPrimes, specialPrimes: [special] });
const context = createContext(parameters, kernel);
const generator = new KeyGenerator(context);
const secretKey = generator.secretKey();
const relinearizationKey = generator.relinearizationKey(secretKey);
const evaluator = createCkksEvaluator(context, { relinearizationKey });

const inputs = 16;
const outputs = 8;
const columns = Array.from({ length: inputs }, (_, k) =>
  Float64Array.from({ length: 2048 }, (_, i) => Math.sin(i + k)),
);
const rows = {
  outputs,
  inputs,
  rowStart: Int32Array.from({ length: outputs + 1 }, (_, o) => o * inputs),
  columns: Int32Array.from({ length: outputs * inputs }, (_, i) => i % inputs),
  values: Int32Array.from({ length: outputs * inputs }, (_, i) => ((i * 5) % 31) - 15),
  scale: 1,
};
const steps = [{ verb: 'linear', argument: rows }, { verb: 'squareAll' }];
// Bytes of a request and of an answer, used again for every batch, as a service does.
const request = new Uint8Array(2 ** 20);
const answer = new Uint8Array(2 ** 20);

/** From numbers to numbers; everything made on the way is disposed of, by a failure too. */
function batch(fail) {
  const owned = [];
  const own = (list) => {
    owned.push(...list);
    return list;
  };
  try {
    const bytes = encryptSymmetricSeededToBytes(secretKey, columns, { scale: 2 ** 14, into: request });
    const squares = own(evaluator.pointwise(own(loadCiphertexts(context, bytes)), steps));
    const short = own(evaluator.relinearizeAll(squares));
    if (fail) own(evaluator.linear([...short, ...squares], rows)); // wrong number of operands
    const results = own(evaluator.rescaleAll(short));
    const back = own(loadCiphertexts(context, saveCiphertexts(results, { into: answer })));
    decryptPrivate(secretKey, back).dispose();
  } catch (error) {
    if (!fail || error.name !== 'HesperError') throw error;
  } finally {
    for (const ct of owned) ct.dispose();
  }
}

batch(false); // makes what is made once: packed weights, powers of the secret
const held = kernel.poolStats().liveBytes;
const resident = [];
for (let i = 1; i <= 1000; i++) {
  batch(i % 10 === 0);
  if (i === 50 || i === 1000) resident.push(process.memoryUsage.rss());
}
const kept = kernel.poolStats().liveBytes - held;
console.log(JSON.stringify({ kernel: kernel.variant, after50: resident[0], after1000: resident[1], kept }));
kernel.close();
