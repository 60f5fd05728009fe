import { expect, it } from 'vitest';
import { createRandom } from '../../evaluator/random.ts';
import { linearRows } from '../../evaluator/rows.ts';
import { loadKernel } from '../../kernel/load.ts';
import { decryptIntegers } from '../../rlwe/secret/decrypt-integers.ts';
import { encryptIntegers } from '../../rlwe/secret/encrypt-integers.ts';
import { measureNoise } from '../../rlwe/secret/measure-noise.ts';
import { bfvParameters, openBfvEngine, slotModuli } from './engine.conformance.ts';

const SLOT_VALUES = 10 ** 8;
const [INPUTS, OUTPUTS] = [16, 64];

/**
 * One hidden layer at 128 bits of security, batch by batch with new inputs and weights: weighted sums, biases, squares,
 * weighted sums, the modulus switched down. Every integer is compared with the clear one.
 */
it('gives 10^8 slot values, and none of them wrong', async () => {
  const n = 8192;
  const parameters = bfvParameters(n, [47, 47, 40], [48], slotModuli(n, [23]));
  const [t] = parameters.plaintextModuli as [number];
  const kernel = await loadKernel();
  const { ev, secretKey, close } = openBfvEngine(kernel, parameters, 'slots');
  const random = createRandom(9);
  const integer = (size: number): number => Math.round((2 * random.uniform() - 1) * size);
  const matrix = (rows: number, columns: number, size: number): number[][] =>
    Array.from({ length: rows }, () => Array.from({ length: columns }, () => integer(size)));

  let [seen, wrong, budget] = [0, 0, 0];
  while (seen < SLOT_VALUES) {
    const x = Array.from({ length: INPUTS }, () => Float64Array.from({ length: n }, () => integer(255)));
    const [first, second] = [matrix(INPUTS, INPUTS, 31), matrix(OUTPUTS, INPUTS, 31)];
    const bias = first.map(() => integer(2 ** 20));
    const hidden = sums(first, x, t).map((column, i) => column.map((v) => balanced(balanced(v + bias[i]!, t) ** 2, t)));
    const wanted = sums(second, hidden, t);

    const inputs = encryptIntegers(secretKey, x, { encoding: 'slots' })[0]!;
    const outputs = ev.scoped(() => {
      const plus = ev.addPlain(ev.linear(inputs, linearRows(first, INPUTS)), bias);
      return ev.dropLevelAll(ev.linear(ev.squareAll(plus, undefined), linearRows(second, INPUTS)), 0);
    });
    using values = decryptIntegers(secretKey, [outputs], { encoding: 'slots' });
    outputs.forEach((_, i) => {
      const got = values.numbers(i);
      for (let j = 0; j < n; j++) if (got[j] !== wanted[i]![j]) wrong++;
      seen += n;
    });
    if (seen === OUTPUTS * n) budget = measureNoise(secretKey, outputs).overall.budgetBits;
    for (const ct of [...inputs, ...outputs]) ct.dispose();
  }
  expect({ wrong, enough: seen >= SLOT_VALUES }).toEqual({ wrong: 0, enough: true });
  expect(budget).toBeGreaterThan(1);
  close();
  kernel.close();
});

/** Weighted sums of columns, modulo t. All sums stay below 2^53. */
function sums(weights: readonly (readonly number[])[], columns: readonly Float64Array[], t: number): Float64Array[] {
  return weights.map((row) => {
    const out = new Float64Array(columns[0]!.length);
    row.forEach((weight, c) => {
      const column = columns[c]!;
      for (let j = 0; j < out.length; j++) out[j]! += weight * column[j]!;
    });
    return out.map((v) => balanced(v, t));
  });
}

function balanced(x: number, t: number): number {
  const r = x % t;
  if (r > t / 2) return r - t;
  return r < -t / 2 ? r + t : r;
}
