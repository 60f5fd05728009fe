// 5. Exact integers (BFV): the decrypted answer is the integer that plain arithmetic gives, not one close to it.
import assert from 'node:assert/strict';
import {
  chooseBfvParameters,
  createBfvEvaluator,
  createContext,
  decryptIntegers,
  encryptIntegers,
  KeyGenerator,
  loadKernel,
  measureNoise,
  multiplyAll,
  subtractAll,
} from 'hesper/he';

// Say how large results become (here below 2^35 in size, with their sign: 36 bits) and how many products follow
// on each other. Integers are kept modulo a prime t a little above that, the plaintext modulus.
const parameters = chooseBfvParameters({ depth: 1, plaintextBits: 36 });
using context = createContext(parameters, await loadKernel());
const generator = new KeyGenerator(context);
using secretKey = generator.secretKey();
using relinearizationKey = generator.relinearizationKey(secretKey);
using evaluator = createBfvEvaluator(context, { relinearizationKey });
using _scope = evaluator.scope();

// The scheme is a type: an evaluator of CKKS does not compile with these ciphertexts, nor does `decryptPrivate`.
const prices = Int32Array.of(1999, 250, 89999);
const sold = Int32Array.of(3, 120000, 770);
const returned = Int32Array.of(1, 2000, 0);
const [encrypted] = encryptIntegers(secretKey, [prices, sold, returned]);
const [price, plus, minus] = encrypted!;

// There is no scale here, and nothing to rescale.
const difference = subtractAll(evaluator, [plus!], [minus!]);
const [turnover] = evaluator.relinearizeAll(multiplyAll(evaluator, [price!], difference));

using result = decryptIntegers(secretKey, [[turnover!]]);
const integers = result.integers(0).slice(0, 3);
assert.deepEqual(integers, [3998n, 29500000n, 69299230n]);

// Noise grows all the same, and past a limit every digit is wrong. The parameters were chosen so that this does not
// happen; the key owner can look: the budget is what is left, in bits.
const [before, after] = [price!, turnover!].map((ct) => measureNoise(secretKey, [ct]).of(0).budgetBits);
assert(before! > after! && after! > 4);

// What does not fit the modulus wraps around, as integers of a processor do, so state how large inputs may be and
// anything larger is refused.
assert.throws(() => encryptIntegers(secretKey, [[2n ** 40n]]), { code: 'value-out-of-range' });
assert.throws(() => encryptIntegers(secretKey, [Int32Array.of(101)], { range: [0, 100] }), {
  code: 'value-out-of-range',
});
console.log(`turnover: ${integers.join(', ')}; noise budget ${before!.toFixed(0)} bits, then ${after!.toFixed(0)}`);
for (const ct of encrypted!) ct.dispose();
