/*
 * What the known answers are made of: every object from fixed seeds, and the result of an evaluation. `he` is the engine:
 * the built package for make.mjs, the source for the test. No kernel may give other bytes, and no later release of
 * this version of the format (docs/format.md).
 */

export const RING_DEGREE = 4096;
export const PASSPHRASE = 'known answers';
const seed = (byte) => ({ insecureSeedForTests: new Uint8Array(32).fill(byte) });

/** The slots that were encrypted: halves and quarters, so that no rounding of a machine shows. */
export const columns = [1, 2].map((c) => Float64Array.from({ length: 2048 }, (_, j) => (((c * j) % 17) - 8) / 4));
/** What the evaluation does: product, rotation by one, at level 0. */
export const productRotated = () => columns[0].map((_, j) => columns[0][(j + 1) % 2048] * columns[1][(j + 1) % 2048]);

export const integers = [3, 5].map((c) => Int32Array.from({ length: 4096 }, (_, j) => ((c * j) % 101) - 50));
export const integerProduct = () => integers[0].map((x, j) => x * integers[1][j] + integers[0][j]);

export function ckksParameters(he) {
  const primes = he.generatePrimes(RING_DEGREE, [35, 35, 36]);
  return he.createParameters({
    ringDegree: RING_DEGREE,
    dataPrimes: primes.slice(0, 2),
    specialPrimes: primes.slice(2),
  });
}

export function bfvParameters(he) {
  const primes = he.generatePrimes(RING_DEGREE, [35, 35, 36]);
  return he.createParameters({
    ringDegree: RING_DEGREE,
    dataPrimes: primes.slice(0, 2),
    specialPrimes: primes.slice(2),
    plaintextModuli: he.generatePrimes(RING_DEGREE, [17]),
  });
}

/** Name of the file -> bytes, for CKKS. */
export function ckksAnswers(he, kernel) {
  const parameters = ckksParameters(he);
  const context = he.createContext(parameters, kernel);
  const generator = new he.KeyGenerator(context, seed(1));
  const secretKey = generator.secretKey();
  const publicKey = generator.publicKey(secretKey);
  const relinearizationKey = generator.relinearizationKey(secretKey, { parts: 3 });
  const galoisKeys = generator.galoisKeys(secretKey, { steps: [1], conjugation: true, level: 0 });
  const plaintexts = he.encode(context, columns, { scale: 2 ** 30 });
  const seeded = he.encryptSymmetricSeededToBytes(secretKey, columns, { scale: 2 ** 30, ...seed(2) });
  const fromPublic = he.encryptPublic(publicKey, plaintexts.slice(0, 1), seed(3));
  const inputs = he.loadCiphertexts(context, seeded);
  const evaluator = he.createCkksEvaluator(context, { relinearizationKey, galoisKeys });
  const result = evaluator.scoped(() => {
    const products = evaluator.relinearizeAll(evaluator.multiplyPairs(inputs, [[0, 1]]));
    return evaluator.rotateMany(evaluator.rescaleAll(products), [1]);
  });
  const answers = {
    'ckks-parameters': he.saveParameters(parameters),
    'ckks-public-key': he.savePublicKey(publicKey),
    'ckks-relinearization-key': he.saveRelinearizationKey(relinearizationKey),
    'ckks-galois-keys': he.saveGaloisKeys(galoisKeys),
    'ckks-plaintexts': he.savePlaintexts(plaintexts.slice(0, 1)),
    'ckks-seeded': seeded,
    'ckks-public': he.saveCiphertexts(fromPublic),
    'ckks-result': he.saveCiphertexts(result),
  };
  for (const object of [...result, ...inputs, ...fromPublic, ...plaintexts]) object.dispose();
  for (const object of [evaluator, galoisKeys, relinearizationKey, publicKey, secretKey, context]) object.dispose();
  return answers;
}

/** The same for BFV. */
export function bfvAnswers(he, kernel) {
  const parameters = bfvParameters(he);
  const [t] = parameters.plaintextModuli;
  const context = he.createContext(parameters, kernel);
  const generator = new he.KeyGenerator(context, seed(4));
  const secretKey = generator.secretKey();
  const publicKey = generator.publicKey(secretKey);
  const relinearizationKey = generator.relinearizationKey(secretKey, { parts: 3 });
  const [polynomials] = he.encodeIntegers(context, integers.slice(0, 1), { encoding: 'slots' });
  const options = { encoding: 'slots' };
  const [seeded] = he.encryptIntegersToBytes(secretKey, integers, { ...options, ...seed(5) });
  const [fromPublic] = he.encryptIntegersPublic(publicKey, integers.slice(0, 1), { ...options, ...seed(6) });
  const inputs = he.loadIntegerCiphertexts(context, seeded);
  const evaluator = he.createBfvEvaluator(context, { plaintextModulus: t, encoding: 'slots', relinearizationKey });
  const result = evaluator.scoped(() => {
    const products = evaluator.relinearizeAll(evaluator.multiplyPairs(inputs, [[0, 1]]));
    return evaluator.rescaleAll(he.addAll(evaluator, products, inputs.slice(0, 1)));
  });
  const answers = {
    'bfv-parameters': he.saveParameters(parameters),
    'bfv-public-key': he.savePublicKey(publicKey),
    'bfv-relinearization-key': he.saveRelinearizationKey(relinearizationKey),
    'bfv-plaintexts': he.saveIntegerPlaintexts(context, { plaintextModulus: t, polynomials }),
    'bfv-seeded': seeded,
    'bfv-public': he.saveCiphertexts(fromPublic),
    'bfv-result': he.saveCiphertexts(result),
  };
  for (const object of [...result, ...inputs, ...fromPublic]) object.dispose();
  for (const object of [evaluator, relinearizationKey, publicKey, secretKey, context]) object.dispose();
  return answers;
}

/**
 * The secret keys of both, under a passphrase that everybody knows. Their files have a random key id, so that they are
 * written once and only read from then on.
 */
export async function secretKeyFiles(he, kernel) {
  const files = {};
  for (const [name, parameters, byte] of [
    ['ckks-secret-key', ckksParameters(he), 1],
    ['bfv-secret-key', bfvParameters(he), 4],
  ]) {
    const context = he.createContext(parameters, kernel);
    const secretKey = new he.KeyGenerator(context, seed(byte)).secretKey();
    files[name] = await he.saveSecretKey(secretKey, {
      passphrase: PASSPHRASE,
      insecureLogCostForTests: 10,
      ...seed(7),
    });
    secretKey.dispose();
    context.dispose();
  }
  return files;
}
