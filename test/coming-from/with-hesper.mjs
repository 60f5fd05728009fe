import {
  addAll,
  chooseBfvParameters,
  createBfvEvaluator,
  createContext,
  decryptIntegers,
  encryptIntegersPublic,
  KeyGenerator,
  loadKernel,
  measureNoise,
  multiplyAll,
} from 'hesper/he';

const parameters = chooseBfvParameters({ depth: 1, plaintextBits: 20 });
const context = createContext(parameters, await loadKernel());

const generator = new KeyGenerator(context);
const secretKey = generator.secretKey();
const publicKey = generator.publicKey(secretKey);
const relinearizationKey = generator.relinearizationKey(secretKey);
const galoisKeys = generator.galoisKeys(secretKey, { steps: [1] });

const evaluator = createBfvEvaluator(context, { relinearizationKey, galoisKeys });
const scope = evaluator.scope();

const [[a, b]] = encryptIntegersPublic(publicKey, [Int32Array.of(1, -2, 3, 4), Int32Array.of(5, 6, -7, 8)]);
const products = evaluator.relinearizeAll(multiplyAll(evaluator, [a], [b]));
const rotated = evaluator.rotateMany(products, [1]);
const sums = addAll(evaluator, products, rotated);

const decoded = decryptIntegers(secretKey, [sums]).integers(0);
const { budgetBits } = measureNoise(secretKey, sums).of(0);
console.log(decoded.slice(0, 3).join(' '), `budget left: ${budgetBits > 4}`);

for (const object of [scope, a, b, evaluator, secretKey, publicKey, relinearizationKey, galoisKeys]) object.dispose();
context.dispose();
