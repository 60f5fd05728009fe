import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import {
  createContext,
  createParameters,
  decryptIntegers,
  decryptPrivate,
  encode,
  encryptIntegers,
  encryptIntegersPublic,
  encryptIntegersToBytes,
  encryptPublic,
  encryptSymmetric,
  encryptSymmetricSeededToBytes,
  type Kernel,
  KeyGenerator,
  loadCiphertexts,
  loadIntegerCiphertexts,
  loadPublicKey,
  loadSecretKey,
  saveCiphertexts,
  saveGaloisKeys,
  savePublicKey,
  saveRelinearizationKey,
  saveSecretKey,
} from '../../src/client.ts';
import { openClientKernel } from '../../src/kernel/load-client.ts';
import { generatePrimes } from '../../src/ring/primes.ts';

const n = 4096;
const primes = generatePrimes(n, [34, 34, 36]);
const literal = { ringDegree: n, dataPrimes: primes.slice(0, 2), specialPrimes: primes.slice(2) };
const insecureSeedForTests = new Uint8Array(32).fill(42);
const seeded = { insecureSeedForTests };

/** SHA-256 of all that a client makes, by name: from one test seed every kernel has to make the same bytes. */
export async function artefacts(kernel: Kernel): Promise<Record<string, string>> {
  const made = { ...(await approximate(kernel)), ...exact(kernel) };
  return Object.fromEntries(Object.entries(made).map(([name, bytes]) => [name, bytesToHex(sha256(bytes))]));
}

/** The last bits of a slot are those of the engine's sine and cosine, which need not be another engine's. */
const bytesOf = (numbers: Float64Array): Uint8Array =>
  new Uint8Array(numbers.map((x) => Math.round(x * 2 ** 24) + 0).buffer);

async function approximate(kernel: Kernel): Promise<Record<string, Uint8Array>> {
  const context = createContext(createParameters(literal), kernel);
  const generator = new KeyGenerator(context, seeded);
  const secretKey = generator.secretKey();
  const publicKey = generator.publicKey(secretKey);
  const columns = [3, 5].map((k) => Float64Array.from({ length: n / 2 }, (_, i) => Math.fround(Math.sin(k * i))));
  const scale = 2 ** 28;
  const request = encryptSymmetricSeededToBytes(secretKey, columns, { scale, ...seeded });
  const symmetric = encryptSymmetric(secretKey, columns, { scale, ...seeded });
  const publics = encryptPublic(publicKey, encode(context, columns, { scale, level: 0 }), seeded);
  const passphrase = 'of a test';
  const file = await saveSecretKey(secretKey, { passphrase, insecureLogCostForTests: 2, ...seeded });
  const again = await loadSecretKey(context, file, { passphrase });
  const read = decryptPrivate(again, loadCiphertexts(context, request), { complex: true });
  const out = {
    'public key': savePublicKey(publicKey),
    'public key, read': savePublicKey(loadPublicKey(context, savePublicKey(publicKey))),
    'relinearisation key': saveRelinearizationKey(generator.relinearizationKey(secretKey, { parts: 4 })),
    'Galois keys': saveGaloisKeys(generator.galoisKeys(secretKey, { steps: [1, -5], conjugation: true })),
    request,
    symmetric: saveCiphertexts(symmetric),
    'under the public key': saveCiphertexts(publics),
    decrypted: bytesOf(read.complexColumn(1).re),
    'decrypted, imaginary': bytesOf(read.complexColumn(0).im),
    'from the public key': bytesOf(decryptPrivate(secretKey, publics).column(0)),
    'secret key file without the name': Uint8Array.of(...file.subarray(0, 48), ...file.subarray(64, 92)),
  };
  context.dispose();
  return out;
}

function exact(kernel: Kernel): Record<string, Uint8Array> {
  const plaintextModuli = generatePrimes(n, [17, 20]);
  const context = createContext(createParameters({ ...literal, plaintextModuli }), kernel);
  const generator = new KeyGenerator(context, seeded);
  const secretKey = generator.secretKey();
  const publicKey = generator.publicKey(secretKey);
  const columns = [7, 11].map((k) => Int32Array.from({ length: n }, (_, i) => ((k * i * i) % 1000) - 500));
  const out: Record<string, Uint8Array> = {
    'exact relinearisation key': saveRelinearizationKey(generator.relinearizationKey(secretKey)),
  };
  for (const encoding of ['slots', 'coefficients'] as const) {
    const list = encoding === 'slots' ? columns : columns.map((column) => column.subarray(0, 1));
    const requests = encryptIntegersToBytes(secretKey, list, { encoding, ...seeded });
    const sides = requests.map((bytes) => loadIntegerCiphertexts(context, bytes));
    requests.forEach((bytes, side) => {
      out[`exact request, ${encoding}, ${side}`] = bytes;
    });
    const values = decryptIntegers(secretKey, sides, { encoding });
    out[`exact decrypted, ${encoding}`] = bytesOf(values.numbers(1));
    const others = [
      encryptIntegers(secretKey, list, { encoding, ...seeded }),
      encryptIntegersPublic(publicKey, list, { encoding, ...seeded }),
    ];
    others.forEach((made, i) => {
      for (const [side, cts] of made.entries()) out[`exact ${i}, ${encoding}, ${side}`] = saveCiphertexts(cts);
    });
    const numbers = list.map((_, i) => values.numbers(i));
    if (list.some((column, i) => column.some((x, at) => x !== numbers[i]![at])))
      throw new Error(`${encoding}: other integers came back`);
  }
  context.dispose();
  return out;
}

/** In a page: with the client's kernel. */
export async function clientArtefacts(
  relaxed: boolean,
): Promise<{ features: readonly string[]; digests: Record<string, string> }> {
  const kernel = await openClientKernel(relaxed);
  return { features: kernel.features, digests: await artefacts(kernel) };
}
