// 4. Products and relinearisation: what a product is made of, and when to make it small again.
import assert from 'node:assert/strict';
import {
  chooseCkksParameters,
  createCkksEvaluator,
  createContext,
  decryptPrivate,
  encryptSymmetric,
  KeyGenerator,
  linearRows,
  loadKernel,
} from 'hesper/he';

using context = createContext(chooseCkksParameters({ depth: 1 }), await loadKernel());
const generator = new KeyGenerator(context);
using secretKey = generator.secretKey();
using relinearizationKey = generator.relinearizationKey(secretKey);
using evaluator = createCkksEvaluator(context, { relinearizationKey });
using _scope = evaluator.scope();

const a = [1, 2, 3].map((i) => Float64Array.of(i / 4, -i / 8));
const b = [1, 2, 3].map((i) => Float64Array.of(0.5, i / 2));
const cts = encryptSymmetric(secretKey, [...a, ...b]);

// A ciphertext is a polynomial in the secret s: two parts, c0 + c1 s. A product of two of them has three.
const products = evaluator.multiplyPairs(cts, [
  [0, 3],
  [1, 4],
  [2, 5],
]);
assert.deepEqual(
  products.map(({ parts }) => parts),
  [3, 3, 3],
);

// Three parts are no mistake: they can be added, rescaled, sent and decrypted. Only rotations want two, and a product
// of them would have five. So sum first and relinearise once, which costs more than everything else here.
const [sum] = evaluator.linear(products, linearRows([[1, 1, 1]], 3));
using early = decryptPrivate(secretKey, [sum!]);

// Relinearisation brings s^2 back to s with the key made for that: two parts again.
const [short] = evaluator.relinearizeAll([sum!]);
const [result] = evaluator.rescaleAll([short!]);
assert.equal(result!.parts, 2);
using values = decryptPrivate(secretKey, [result!]);

const wanted = [0, 1].map((j) => a.reduce((total, column, i) => total + column[j]! * b[i]![j]!, 0));
for (const decrypted of [early, values])
  assert(wanted.every((value, j) => Math.abs(decrypted.column(0)[j]! - value) < 2 ** -18));

// Without the key the evaluator refuses before any work.
using bare = createCkksEvaluator(context);
assert.throws(() => bare.relinearizeAll([sum!]), { code: 'missing-evaluation-key' });

// Whole powers can be left unrelinearised: a key for more parts, { parts: 5 }, takes x^4 back to two in one go.
console.log(`sums of three products: ${wanted.map((_, j) => values.column(0)[j]!.toFixed(4)).join(', ')}`);
for (const ct of cts) ct.dispose();
