// 1. The first encryption: two lists of numbers, multiplied by someone who cannot read them.
import assert from 'node:assert/strict';
import {
  chooseCkksParameters,
  createCkksEvaluator,
  createContext,
  decryptPrivate,
  encryptSymmetric,
  KeyGenerator,
  loadKernel,
  managedCkks,
  multiplyAll,
} from 'hesper/he';

// Say what will be computed: no product of products, so a depth of 1; twenty bits after the binary point are to be right.
// The ring and its primes follow from that, at 128 bits of security, or this throws and says why.
using context = createContext(chooseCkksParameters({ depth: 1, precisionBits: 20 }), await loadKernel());

// Whoever has the secret key can decrypt. The relinearisation key gives nothing away: products need it.
const generator = new KeyGenerator(context);
using secretKey = generator.secretKey();
using relinearizationKey = generator.relinearizationKey(secretKey);

// A ciphertext holds a whole list, one number in each of its slots. Verbs take lists of ciphertexts: here of one each.
const litres = Float64Array.of(1.5, 0.25, 2);
const prices = Float64Array.of(0.8, 3.2, 1.1);
const [x, y] = encryptSymmetric(secretKey, [litres, prices]);

// This half could be on another machine: it has ciphertexts and a public key. `managedCkks` looks after scales and levels,
// which are the matter of lesson 2.
using evaluator = createCkksEvaluator(context, { relinearizationKey });
const [product] = multiplyAll(managedCkks(evaluator), [x], [y]);

// Back with the owner. Decrypted values can be read, but refuse to be serialised: lesson 6 says why.
using values = decryptPrivate(secretKey, [product]);
const costs = values.column(0).subarray(0, 3);
assert(costs.every((cost, i) => Math.abs(cost - litres[i]! * prices[i]!) < 2 ** -20));
console.log(`costs: ${[...costs].map((cost) => cost.toFixed(4)).join(', ')}`);

// Ciphertexts lie in the kernel's memory. `using` and `dispose()` give it back at once; what was forgotten is given back
// when it is garbage-collected, with a warning in development.
for (const ct of [x, y, product]) ct.dispose();
