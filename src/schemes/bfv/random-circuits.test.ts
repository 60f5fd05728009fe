import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bigintsOf, createIntegerEvaluator, type Integers } from '../../evaluator/clear-integer.ts';
import { createRandom } from '../../evaluator/random.ts';
import { linearRows } from '../../evaluator/rows.ts';
import type { Arguments, Plain, Verb } from '../../evaluator/verbs.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { loadKernel } from '../../kernel/load.ts';
import { balancedResidue } from '../../ring/modulus.ts';
import { decryptIntegers } from '../../rlwe/secret/decrypt-integers.ts';
import { encryptIntegers } from '../../rlwe/secret/encrypt-integers.ts';
import { type BfvEngine, bfvParameters, type Cipher, openBfvEngine, slotModuli } from './engine.conformance.ts';

const n = 1024;
const STEPS = [1, -3, 64];
/** Products one after the other, for which the modulus is made. */
const MAX_DEPTH = 3;

/** One step: takes values by index (modulo how many there are) and makes another. */
type Step =
  | ({ readonly kind: 'product'; readonly relinearized: boolean } & Pair)
  | ({ readonly kind: 'difference' } & Pair)
  | ({ readonly kind: 'weighted'; readonly weights: readonly [Plain, Plain] } & Pair)
  | ({ readonly kind: 'turned sum'; readonly step: number } & Pair)
  | { readonly kind: 'turn'; readonly a: number; readonly step: number }
  | { readonly kind: 'shift'; readonly a: number; readonly by: Plain }
  | { readonly kind: 'swap'; readonly a: number }
  | { readonly kind: 'lower'; readonly a: number };

interface Pair {
  readonly a: number;
  readonly b: number;
}

/** A ciphertext, what is meant by it, and how many products are in it. */
interface Value {
  readonly ct: Cipher;
  readonly clear: Integers;
  readonly depth: number;
}

describe('random circuits on encrypted integers', () => {
  let kernel: Kernel;
  let engine: BfvEngine;
  const [t] = slotModuli(n, [16]) as [number];
  const random = createRandom(4);
  const numbers = (size: number) =>
    Float64Array.from({ length: n }, () => Math.round((2 * random.uniform() - 1) * size));
  const inputs = [0, 1, 2].map(() => numbers((t - 1) / 2));
  const operand = fc.constantFrom<Plain>(1, -3, 12345, numbers(100), numbers((t - 1) / 2).slice(0, 100));
  const index = fc.nat(30);
  const [pair, step] = [{ a: index, b: index }, fc.constantFrom(...STEPS)];
  const product = fc.record({ kind: fc.constant('product' as const), ...pair, relinearized: fc.boolean() });
  const steps: fc.Arbitrary<Step> = fc.oneof(
    { arbitrary: product, weight: 3 },
    fc.record({ kind: fc.constant('difference' as const), ...pair }),
    fc.record({ kind: fc.constant('weighted' as const), ...pair, weights: fc.tuple(operand, operand) }),
    fc.record({ kind: fc.constant('turned sum' as const), ...pair, step }),
    fc.record({ kind: fc.constant('turn' as const), a: index, step }),
    fc.record({ kind: fc.constant('shift' as const), a: index, by: operand }),
    fc.record({ kind: fc.constant('swap' as const), a: index }),
    fc.record({ kind: fc.constant('lower' as const), a: index }),
  );

  beforeAll(async () => {
    kernel = await loadKernel();
    const parameters = bfvParameters(n, [47, 47, 47, 47, 47, 47, 47, 47], [48, 48], [t]);
    engine = openBfvEngine(kernel, parameters, 'slots', { parts: 5, galois: { steps: STEPS, conjugation: true } });
  });
  afterAll(() => {
    engine.close();
    const { liveBuffers } = kernel.poolStats();
    kernel.close();
    expect(liveBuffers).toBe(0);
  });

  const clear = createIntegerEvaluator(n);
  type Run<C, A> = (cts: readonly C[], argument: A) => C[];
  /** One verb on both. Clear integers are kept within t / 2, as encrypted ones are. */
  function both<V extends Verb>(verb: V, list: readonly Value[], argument: Arguments[V], products = 0): Value[] {
    const inClear = clear[verb] as Run<Integers, Arguments[V]>;
    const encrypted = engine.ev[verb] as Run<Cipher, Arguments[V]>;
    const results = inClear(
      list.map((value) => value.clear),
      argument,
    );
    const depth = Math.max(...list.map((value) => value.depth)) + products;
    return encrypted(
      list.map((value) => value.ct),
      argument,
    ).map((ct, i) => ({ ct, clear: clear.fresh(reduced(results[i]!)), depth }));
  }

  const reduced = (value: Integers): Float64Array => Float64Array.from(bigintsOf(value), (x) => balancedResidue(x, t));

  const short = (list: readonly Value[]): Value[] => both('relinearizeAll', list, undefined);

  /** Two of one level and number of parts. */
  function meet(a: Value, b: Value): Value[] {
    const level = Math.min(a.ct.level, b.ct.level);
    return both('dropLevelAll', a.ct.parts === b.ct.parts ? [a, b] : short([a, b]), level);
  }

  /** The result of a step, or nothing where the noise has no room for it. */
  function take(one: Step, at: (i: number) => Value): Value[] {
    const a = at(one.a);
    if (one.kind === 'swap') return both('conjugateAll', short([a]), undefined);
    if (one.kind === 'lower') return a.ct.level > 5 ? both('rescaleAll', [a], undefined) : [];
    if (one.kind === 'shift') return both('addPlain', [a], [one.by]);
    if (one.kind === 'turn') return both('rotateMany', short([a]), [one.step]);
    const b = at(one.b);
    if (one.kind === 'turned sum') return both('rotateSum', short(meet(a, b)), [one.step, 0]);
    const operands = meet(a, b);
    if (one.kind === 'difference') return both('linear', operands, linearRows([[2, -1]], 2));
    if (one.kind === 'weighted')
      return both('linearPlain', operands, {
        inputs: 2,
        rows: [one.weights.map((weight, from) => ({ from, weight }))],
      });
    if (operands[0]!.depth === MAX_DEPTH || operands[0]!.ct.parts > 3) return [];
    const product = both('multiplyPairs', operands, [[0, 1]], 1);
    return one.relinearized ? short(product) : product;
  }

  it('give the integers of the clear ones', () => {
    let [made, deepest, widest] = [0, 0, 0];
    const check = (list: readonly Step[]): void => {
      const cts = encryptIntegers(engine.secretKey, inputs, { encoding: 'slots' })[0]!;
      engine.ev.scoped(() => {
        const values = cts.map((ct, i): Value => ({ ct, clear: clear.fresh(inputs[i]!), depth: 0 }));
        for (const one of list) values.push(...take(one, (i) => values[i % values.length]!));
        for (const { ct, clear: wanted, depth } of values) {
          [made, deepest, widest] = [made + 1, Math.max(deepest, depth), Math.max(widest, ct.parts)];
          using got = decryptIntegers(engine.secretKey, [[ct]], { encoding: 'slots' });
          expect(got.numbers(0)).toEqual(reduced(wanted));
        }
      });
      for (const ct of cts) ct.dispose();
    };
    fc.assert(fc.property(fc.array(steps, { minLength: 8, maxLength: 25 }), check), { numRuns: 30, seed: 7 });
    expect(made).toBeGreaterThan(200);
    expect([deepest, widest]).toEqual([MAX_DEPTH, 5]);
  });
});
