// Exact integers: the decrypted answer is the integer that plain arithmetic gives, not one close to it.
import {
  createBfvEvaluator,
  createContext,
  createParameters,
  decryptIntegers,
  encryptIntegers,
  generatePrimes,
  KeyGenerator,
  loadKernel,
} from 'hesper/he';

const kernel = await loadKernel();

// Integers are computed modulo several plaintext primes side by side: 2^39 in all, one ciphertext under each prime.
const parameters = createParameters({
  ringDegree: 4096,
  dataPrimes: generatePrimes(4096, [45, 45]),
  plaintextModuli: generatePrimes(4096, [20, 20]),
});
using context = createContext(parameters, kernel);
using secretKey = new KeyGenerator(context).secretKey();

// Prices in cents, numbers sold and returned, of 4096 articles at most; three are enough here.
const prices = Int32Array.of(1999, 250, 89999);
const sold = Int32Array.of(3, 120000, 770);
const returned = Int32Array.of(1, 2000, 0);
const encrypted = encryptIntegers(secretKey, [prices, sold, returned], { encoding: 'slots' });

// price * sold - price * returned: the same program under each prime.
const difference = {
  outputs: 1,
  inputs: 2,
  rowStart: Int32Array.of(0, 2),
  columns: Int32Array.of(0, 1),
  values: Int32Array.of(1, -1),
  scale: 1,
};
const turnover = encrypted.map((columns, i) => {
  using evaluator = createBfvEvaluator(context, { plaintextModulus: parameters.plaintextModuli[i]! });
  const products = evaluator.multiplyPairs(columns, [
    [0, 1],
    [0, 2],
  ]);
  return evaluator.linear(products, difference);
});

// Only the key owner decrypts; the residues under all moduli make the integer.
using result = decryptIntegers(secretKey, turnover, { encoding: 'slots' });
console.log(`turnover: ${result.integers(0).slice(0, 3).join(', ')}`);
