// Two sides: the owner of the data makes keys for exactly the rotations that the server will take, cut to the level at
// which it takes them; the server smooths an encrypted series, y[t] = (x[t-1] + 2 x[t] + x[t+1]) / 4, squared.
import {
  createCkksEvaluator,
  createContext,
  createParameters,
  decryptPrivate,
  encryptSymmetricSeededToBytes,
  generatePrimes,
  KeyGenerator,
  loadCiphertexts,
  loadGaloisKeys,
  loadKernel,
  loadRelinearizationKey,
  saveCiphertexts,
  saveGaloisKeys,
  saveRelinearizationKey,
} from 'hesper/he';

const kernel = await loadKernel();
const [special, ...dataPrimes] = generatePrimes(8192, [48, 45, 40, 40]);
const parameters = createParameters({ ringDegree: 8192, dataPrimes, specialPrimes: [special!] });

// The owner: the secret key never leaves.
using owner = createContext(parameters, kernel);
const generator = new KeyGenerator(owner);
using secretKey = generator.secretKey();
using rotations = generator.galoisKeys(secretKey, { steps: [-1, 1], level: 1 });
using relinearization = generator.relinearizationKey(secretKey, { level: 1 });
const series = Float64Array.from({ length: 4096 }, (_, t) => Math.sin(t / 10) + 0.1 * Math.cos(7 * t));
const request = {
  keys: [saveGaloisKeys(rotations), saveRelinearizationKey(relinearization)] as const,
  series: encryptSymmetricSeededToBytes(secretKey, [series], { scale: 2 ** 40, level: 1 }),
};

// The server: parameters, keys and ciphertexts that came as bytes.
function smooth({ keys, series: bytes }: typeof request): Uint8Array {
  using server = createContext(parameters, kernel);
  using galoisKeys = loadGaloisKeys(server, keys[0]);
  using relinearizationKey = loadRelinearizationKey(server, keys[1]);
  using ev = createCkksEvaluator(server, { galoisKeys, relinearizationKey });
  const inputs = loadCiphertexts(server, bytes);
  const weights = {
    outputs: 1,
    inputs: 3,
    rowStart: Int32Array.of(0, 3),
    columns: Int32Array.of(0, 1, 2),
    values: Int32Array.of(1, 2, 1),
    scale: 4,
  };
  // A scope disposes of every ciphertext that the evaluator makes in it, except those that are returned.
  const answer = ev.scoped(() => {
    const smoothed = ev.linear(ev.rotateMany(inputs, [-1, 0, 1]), weights);
    const squares = ev.relinearizeAll(ev.squareAll(smoothed, undefined), undefined);
    return saveCiphertexts(ev.rescaleAll(squares, undefined));
  });
  for (const ct of inputs) ct.dispose();
  return answer;
}

const [answer] = loadCiphertexts(owner, smooth(request));
const met = decryptPrivate(secretKey, [answer!]).column(0);
const at = (t: number) => series[(t + 4096) % 4096]!;
const error = met.reduce((max, y, t) => Math.max(max, Math.abs(y - ((at(t - 1) + 2 * at(t) + at(t + 1)) / 4) ** 2)), 0);
console.log(
  `smoothed: ${[...met.subarray(1, 4)].map((y) => y.toFixed(4)).join(', ')}, error below 2^-20: ${error < 2 ** -20}`,
);
