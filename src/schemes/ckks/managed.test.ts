import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addAll, multiplyAll } from '../../circuits/combine.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { loadKernel } from '../../kernel/load.ts';
import { createContext } from '../../rlwe/context.ts';
import { decryptPrivate } from '../../rlwe/secret/decrypt.ts';
import { encryptSymmetric } from '../../rlwe/secret/encrypt-symmetric.ts';
import { KeyGenerator } from '../../rlwe/secret/key-generator.ts';
import { chooseCkksParameters } from './choose-parameters.ts';
import { createCkksEvaluator } from './evaluator.ts';
import { managedCkks } from './managed.ts';

const coded = (code: string) => expect.objectContaining({ name: 'HesperError', code });

describe('managed evaluators of CKKS', () => {
  let kernel: Kernel;
  beforeAll(async () => {
    kernel = await loadKernel();
  });
  afterAll(() => kernel.close());

  it.each([
    { depth: 1, precisionBits: 10 },
    { depth: 2, precisionBits: 20 },
    { depth: 5, precisionBits: 26 },
  ])('depth $depth: defaults of encryption give $precisionBits bits, and no more levels', (demand) => {
    using context = createContext(chooseCkksParameters(demand), kernel);
    const generator = new KeyGenerator(context);
    using secretKey = generator.secretKey();
    using relinearizationKey = generator.relinearizationKey(secretKey);
    using evaluator = createCkksEvaluator(context, { relinearizationKey });
    const ev = managedCkks(evaluator);
    const column = (seed: number) => Float64Array.from({ length: context.n / 2 }, (_, j) => Math.cos(seed * j));
    const [u, v] = [column(1), column(2)];
    const [x, y] = encryptSymmetric(secretKey, [u, v]);
    const error = evaluator.scoped(() => {
      let ct = x;
      for (let i = 0; i < demand.depth; i++) [ct] = multiplyAll(ev, [ct], [y]);
      const sums = addAll(ev, [ct], [y]);
      using values = decryptPrivate(secretKey, sums);
      expect(() => multiplyAll(ev, ev.settle(sums), [y])).toThrowError(coded('level-exhausted'));
      const wanted = u.map((a, j) => a * v[j]! ** demand.depth + v[j]!);
      return values.column(0).reduce((max, met, j) => Math.max(max, Math.abs(met - wanted[j]!)), 0);
    });
    expect(error).toBeLessThan(2 ** -demand.precisionBits);
    expect(error).toBeGreaterThan(2 ** -(demand.precisionBits + 14));
    for (const ct of [x, y]) ct.dispose();
  });

  it('lists have to be of one length', () => {
    using context = createContext(chooseCkksParameters({ depth: 1 }), kernel);
    using secretKey = new KeyGenerator(context).secretKey();
    using evaluator = createCkksEvaluator(context);
    const cts = encryptSymmetric(secretKey, [Float64Array.of(1), Float64Array.of(2)]);
    expect(cts[0].scale).toBe(2 ** 40);
    expect(() => multiplyAll(evaluator, cts, cts.slice(1))).toThrowError(coded('shape-mismatch'));
    expect(() => addAll(evaluator, cts.slice(1), cts)).toThrowError(coded('shape-mismatch'));
    for (const ct of cts) ct.dispose();
  });
});
