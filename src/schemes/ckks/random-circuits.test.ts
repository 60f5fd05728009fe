import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createComplexEvaluator } from '../../evaluator/clear-complex.ts';
import { createRandom } from '../../evaluator/random.ts';
import { linearRows } from '../../evaluator/rows.ts';
import type { Arguments, ComplexVector, Plain, Verb } from '../../evaluator/verbs.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { loadKernel } from '../../kernel/load.ts';
import type { Ciphertext } from '../../rlwe/ciphertext.ts';
import { decryptPrivate } from '../../rlwe/secret/decrypt.ts';
import { encryptSymmetric } from '../../rlwe/secret/encrypt-symmetric.ts';
import { type Engine, engineParameters, openEngine } from './engine.conformance.ts';

const n = 1024;
const slots = n / 2;
const SCALE = 2 ** 40;
const difference = linearRows([[1, -1]], 2);
const STEPS = [1, -3, 64];

/** One step: takes values by index (modulo how many there are) and makes another of at most the same size. */
type Step =
  | { readonly kind: 'product'; readonly a: number; readonly b: number }
  | { readonly kind: 'weighted'; readonly a: number; readonly b: number; readonly weights: readonly [Plain, Plain] }
  | { readonly kind: 'difference'; readonly a: number; readonly b: number }
  | { readonly kind: 'shift'; readonly a: number; readonly by: Plain }
  | { readonly kind: 'turn'; readonly a: number; readonly step: number }
  | { readonly kind: 'turned sum'; readonly a: number; readonly b: number; readonly step: number }
  | { readonly kind: 'conjugate'; readonly a: number };

/** Circuits of any steps in any order, with no one to manage levels and scales but `align`. */
describe('random circuits under encryption', () => {
  let kernel: Kernel;
  let engine: Engine;
  const random = createRandom(3);
  const numbers = () => Float64Array.from({ length: slots }, () => random.uniform() - 0.5);
  const inputs = [0, 1, 2].map((): ComplexVector => ({ re: numbers(), im: numbers() }));
  const operand = fc.constantFrom<Plain>(0.5, { re: 0.3, im: -0.4 }, numbers(), { re: numbers(), im: numbers() });
  const index = fc.nat(9);
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.record({ kind: fc.constant('product' as const), a: index, b: index }),
    fc.record({ kind: fc.constant('weighted' as const), a: index, b: index, weights: fc.tuple(operand, operand) }),
    fc.record({ kind: fc.constant('difference' as const), a: index, b: index }),
    fc.record({ kind: fc.constant('shift' as const), a: index, by: operand }),
    fc.record({ kind: fc.constant('turn' as const), a: index, step: fc.constantFrom(...STEPS) }),
    fc.record({ kind: fc.constant('turned sum' as const), a: index, b: index, step: fc.constantFrom(...STEPS) }),
    fc.record({ kind: fc.constant('conjugate' as const), a: index }),
  );

  beforeAll(async () => {
    kernel = await loadKernel();
    const parameters = engineParameters(n, [48, 40, 40, 40, 40, 40], 44, 44);
    engine = openEngine(kernel, parameters, 3, { steps: STEPS, conjugation: true });
  });
  afterAll(() => {
    engine.close();
    const { liveBuffers } = kernel.poolStats();
    kernel.close();
    expect(liveBuffers).toBe(0);
  });

  /** A ciphertext and what is meant by it. */
  interface Pair {
    readonly ct: Ciphertext<'ckks'>;
    readonly clear: ComplexVector;
  }

  const clear = createComplexEvaluator(slots);
  type Run<C, A> = (cts: readonly C[], argument: A) => C[];
  /** One verb on both. */
  function both<V extends Verb>(verb: V, list: readonly Pair[], argument: Arguments[V]): Pair[] {
    const inClear = clear[verb] as Run<ComplexVector, Arguments[V]>;
    const encrypted = engine.ev[verb] as Run<Ciphertext<'ckks'>, Arguments[V]>;
    const [wanted, cts] = [list.map((pair) => pair.clear), list.map((pair) => pair.ct)];
    const results = inClear(wanted, argument);
    return encrypted(cts, argument).map((ct, i) => ({ ct, clear: results[i]! }));
  }

  /** At the lower of two levels, or one below if the scales have to be made equal at one level; null if there is none. */
  function meet(a: Pair, b: Pair): Pair[] | null {
    const low = a.ct.level <= b.ct.level ? a.ct : b.ct;
    const same = Math.abs(a.ct.scale / b.ct.scale - 1) < 2 ** -40;
    const level = same || a.ct.level !== b.ct.level ? low.level : low.level - 1;
    if (level < 0) return null;
    const cts = engine.ev.alignAll([a.ct, b.ct], { level, scale: low.scale });
    return [a, b].map((pair, i) => ({ ct: cts[i]!, clear: pair.clear }));
  }

  /** The result of a step, or nothing where no level is left for it. */
  function take(step: Step, at: (i: number) => Pair): Pair[] {
    const a = at(step.a);
    if (step.kind === 'turn') return both('rotateMany', [a], [step.step]);
    if (step.kind === 'conjugate') return both('conjugateAll', [a], undefined);
    if (step.kind === 'shift') return both('addPlain', [a], [step.by]);
    const pair = meet(a, at(step.b));
    if (pair === null) return [];
    if (step.kind === 'difference') return both('linear', pair, difference);
    if (step.kind === 'turned sum') return both('rotateSum', pair, [step.step, 0]);
    if (pair[0]!.ct.level === 0) return [];
    if (step.kind === 'product')
      return both('rescaleAll', both('relinearizeAll', both('multiplyPairs', pair, [[0, 1]]), undefined), undefined);
    const rows = { inputs: 2, rows: [step.weights.map((weight, from) => ({ from, weight }))] };
    return both('rescaleAll', both('linearPlain', pair, rows), undefined);
  }

  it('give the values of the clear ones', () => {
    let [deepest, made] = [Number.POSITIVE_INFINITY, 0];
    const check = (steps: readonly Step[]): void => {
      const cts = encryptSymmetric(engine.secretKey, inputs, { scale: SCALE });
      engine.ev.scoped(() => {
        const values = cts.map((ct, i): Pair => ({ ct, clear: inputs[i]! }));
        for (const step of steps) {
          const results = take(step, (i) => values[i % values.length]!);
          values.push(...results.filter((pair) => largest(pair.clear) < 16));
        }
        for (const { ct, clear: wanted } of values) {
          deepest = Math.min(deepest, ct.level);
          made++;
          expect(errorOf(ct, wanted)).toBeLessThan(2 ** -20);
        }
      });
      for (const ct of cts) ct.dispose();
    };
    fc.assert(fc.property(fc.array(step, { minLength: 4, maxLength: 20 }), check), { numRuns: 40 });
    expect(made).toBeGreaterThan(200);
    expect(deepest).toBeLessThan(3);
  });

  const largest = ({ re, im }: ComplexVector): number =>
    re.reduce((max, x, j) => Math.max(max, Math.hypot(x, im[j]!)), 0);

  function errorOf(ct: Ciphertext<'ckks'>, wanted: ComplexVector): number {
    using values = decryptPrivate(engine.secretKey, [ct], { complex: true });
    const { re, im } = values.complexColumn(0);
    return largest({ re: re.map((x, j) => x - wanted.re[j]!), im: im.map((y, j) => y - wanted.im[j]!) });
  }
});
