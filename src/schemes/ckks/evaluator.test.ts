import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CONFORMANCE_STEPS, describeEvaluator } from '../../evaluator/evaluator.conformance.ts';
import { describeComplexEvaluator } from '../../evaluator/evaluator-complex.conformance.ts';
import type { Plain } from '../../evaluator/verbs.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { loadKernel } from '../../kernel/load.ts';
import type { Ciphertext } from '../../rlwe/ciphertext.ts';
import { decryptPrivate } from '../../rlwe/secret/decrypt.ts';
import { encryptSymmetric } from '../../rlwe/secret/encrypt-symmetric.ts';
import { disposing, expectRefusal } from '../common/refusals.conformance.ts';
import { denseRows, type Engine, engineParameters, openEngine, sampleColumns } from './engine.conformance.ts';
import { createCkksEvaluator } from './evaluator.ts';

const keys = { steps: CONFORMANCE_STEPS, conjugation: true };

describeEvaluator<Ciphertext<'ckks'>>('ckks', async () => {
  const kernel = await loadKernel();
  const engine = openEngine(kernel, engineParameters(8192, [45, 45, 40], 47), 5, keys);
  return {
    ev: engine.ev,
    encrypt: (columns) => encryptSymmetric(engine.secretKey, columns, { scale: 2 ** 20 }),
    decrypt: (cts) => {
      const values = decryptPrivate(engine.secretKey, cts);
      return cts.map((_, i) => values.column(i));
    },
    tolerance: 2 ** -5,
    levels: 1,
    release: (ct) => ct.dispose(),
    close: () => {
      engine.close();
      kernel.close();
    },
  };
});

describeComplexEvaluator<Ciphertext<'ckks'>>('ckks', async () => {
  const kernel = await loadKernel();
  const engine = openEngine(kernel, engineParameters(8192, [45, 45, 40], 47), 3, keys);
  return {
    ev: engine.ev,
    encrypt: (columns) => encryptSymmetric(engine.secretKey, columns, { scale: 2 ** 20 }),
    decrypt: (cts) => {
      const values = decryptPrivate(engine.secretKey, cts, { complex: true });
      return cts.map((_, i) => values.complexColumn(i));
    },
    tolerance: 2 ** -5,
    release: (ct) => ct.dispose(),
    close: () => {
      engine.close();
      kernel.close();
    },
  };
});

describe('refusals of the CKKS evaluator', () => {
  let kernel: Kernel;
  let engine: Engine;
  let cts: Ciphertext<'ckks'>[];
  const n = 1024;
  const scale = 2 ** 20;

  beforeAll(async () => {
    kernel = await loadKernel();
    engine = openEngine(kernel, engineParameters(n, [40, 30, 30], 40), 3);
    cts = encryptSymmetric(engine.secretKey, sampleColumns(2, n / 2), { scale });
  });
  afterAll(() => {
    for (const ct of cts) ct.dispose();
    engine.close();
    expect(kernel.poolStats().liveBuffers).toBe(0);
    kernel.close();
  });

  const refuses = (code: string, call: () => unknown): void => expectRefusal(kernel, code, call);

  it('levels', () => {
    disposing(engine.ev.dropLevelAll(cts, 0), (low) => {
      refuses('level-exhausted', () => engine.ev.rescaleAll(low, undefined));
      refuses('level-exhausted', () => engine.ev.rescaleAll([...cts, ...low], undefined));
      refuses('level-mismatch', () => engine.ev.dropLevelAll([...cts, ...low], 1));
      refuses('level-mismatch', () => engine.ev.multiplyPairs([cts[0]!, low[0]!], [[0, 1]]));
      refuses('level-mismatch', () => engine.ev.linear([cts[0]!, low[0]!], denseRows([[1, 1]], 1)));
    });
    for (const level of [-1, 0.5]) refuses('invalid-argument', () => engine.ev.dropLevelAll(cts, level));
  });

  it('scales', () => {
    disposing(engine.ev.linear(cts, denseRows([[1, 0]], 2)), ([other]) => {
      refuses('scale-mismatch', () => engine.ev.linear([cts[0]!, other!], denseRows([[1, 1]], 1)));
    });
    refuses('scale-overflow', () => engine.ev.linear(cts, denseRows([[1, 1]], 2 ** 81)));
    refuses('scale-overflow', () => engine.ev.addPlain(cts, [2 ** 90, 0]));
    disposing(engine.ev.dropLevelAll(cts, 0), (low) =>
      refuses('scale-overflow', () => engine.ev.squareAll(low, undefined)),
    );
    const steps = [
      { verb: 'squareAll', argument: undefined },
      { verb: 'linear', argument: denseRows([[1, 1]], 2 ** 70) },
    ] as const; // prettier-ignore
    refuses('scale-overflow', () => engine.ev.pointwise(cts, steps));
  });

  it('parts and keys', () => {
    disposing(engine.ev.squareAll(cts, undefined), (three) => {
      refuses('parts-mismatch', () => engine.ev.linear([cts[0]!, three[0]!], denseRows([[1, 1]], 1)));
      const keyless = createCkksEvaluator(engine.context);
      refuses('missing-evaluation-key', () => keyless.relinearizeAll(three, undefined));
      disposing(keyless.relinearizeAll(cts, undefined), (same) => expect(same.map((ct) => ct.parts)).toEqual([2, 2]));
      disposing(engine.ev.squareAll(three, undefined), (five) => {
        refuses('missing-evaluation-key', () => engine.ev.relinearizeAll(five, undefined));
      });
    });
    const tiny = encryptSymmetric(engine.secretKey, sampleColumns(1, 4), { scale: 2 });
    const nine = [tiny];
    for (let i = 0; i < 3; i++) nine.push(engine.ev.squareAll(nine.at(-1)!, undefined));
    expect(nine.at(-1)![0]!.parts).toBe(9);
    refuses('parts-mismatch', () => engine.ev.squareAll(nine.at(-1)!, undefined));
    refuses('parts-mismatch', () => engine.ev.multiplyPairs([nine[3]![0]!, tiny[0]!], [[0, 1]]));
    for (const ct of nine.flat()) ct.dispose();
  });

  it('rotations: keys that are missing, parts, steps, and mixed sums', () => {
    const { generator, secretKey, context } = engine;
    const galoisKeys = generator.galoisKeys(secretKey, { steps: [1, { step: -7, level: 1 }] });
    const ev = createCkksEvaluator(context, { galoisKeys });
    const naming = (wanted: string, steps: readonly number[]) => ({
      code: 'missing-evaluation-key',
      wanted,
      met: { steps, conjugation: false },
    });
    const refusesNaming = (call: () => unknown, facts: object): void => {
      refuses('missing-evaluation-key', call);
      expect(call).toThrowError(expect.objectContaining(facts));
    };
    refusesNaming(() => ev.rotateMany(cts, [1, 2]), naming('rotation by 2', [-7, 1]));
    refusesNaming(() => ev.rotateSum(cts, [1, 2 - n / 2]), naming('rotation by 2', [-7, 1]));
    refusesNaming(() => ev.conjugateAll(cts, undefined), naming('the conjugation', [-7, 1]));
    refusesNaming(() => engine.ev.rotateMany(cts, [-3]), naming('rotation by -3', []));
    refusesNaming(() => engine.ev.rotateSum(cts, [0, 4]), naming('rotation by 4', []));
    refusesNaming(() => engine.ev.conjugateAll(cts, undefined), naming('the conjugation', []));
    disposing(engine.ev.dropLevelAll(cts.slice(0, 1), 1), (low) => {
      refuses('missing-evaluation-key', () => ev.rotateMany([...low, cts[0]!], [-7]));
      disposing(ev.rotateMany(low, [-7]), (out) => expect(out[0]!.level).toBe(1));
      refuses('level-mismatch', () => ev.rotateSum([cts[0]!, low[0]!], [1, 1]));
    });
    disposing(ev.squareAll(cts, undefined), (three) => {
      refuses('parts-mismatch', () => ev.rotateMany([...cts, ...three], [0]));
      refuses('parts-mismatch', () => ev.rotateSum(three, [1, 1]));
      refuses('parts-mismatch', () => ev.conjugateAll(three, undefined));
    });
    disposing(ev.linear([cts[0]!], denseRows([[2]], 2)), ([other]) =>
      refuses('scale-mismatch', () => ev.rotateSum([cts[0]!, other!], [1, 1])),
    );
    for (const step of [0.5, Number.NaN]) refuses('invalid-argument', () => ev.rotateMany(cts, [step]));
    refuses('shape-mismatch', () => ev.rotateSum(cts, [1]));
    refuses('invalid-argument', () => ev.rotateSum([], []));
    disposing(engine.ev.rotateMany(cts, [0, n / 2]), (same) => expect(same.length).toBe(4));
    disposing(engine.ev.rotateSum(cts, [0, 0]), (sum) => expect(sum.length).toBe(1));
    ev.dispose();
    galoisKeys.dispose();
    refuses('disposed', () => ev.rotateMany(cts, [1]));
    refuses('disposed', () => createCkksEvaluator(context, { galoisKeys }).rotateMany(cts, [1]));
  });

  it('plaintext operands', () => {
    const vector = new Float64Array(4).fill(1);
    const one = (weight: Plain, options: object = {}) => ({ inputs: 2, rows: [[{ from: 0, weight }]], ...options });
    refuses('shape-mismatch', () => engine.ev.linearPlain(cts.slice(0, 1), one(1)));
    refuses('shape-mismatch', () => engine.ev.linearPlain(cts, one(new Float64Array(n / 2 + 1))));
    refuses('shape-mismatch', () => engine.ev.addPlain(cts, [{ re: vector, im: vector.slice(1) }, 1]));
    refuses('invalid-argument', () => engine.ev.linearPlain(cts, { inputs: 2, rows: [[]] }));
    refuses('invalid-argument', () => engine.ev.linearPlain(cts, { inputs: 2, rows: [[{ from: 2, weight: 1 }]] }));
    for (const bad of [Number.NaN, { re: 0, im: Number.POSITIVE_INFINITY }, Float64Array.of(0, Number.NaN)]) {
      refuses('non-finite-value', () => engine.ev.linearPlain(cts, one(bad)));
      refuses('non-finite-value', () => engine.ev.addPlain(cts, [bad, 0]));
    }
    refuses('scale-overflow', () => engine.ev.linearPlain(cts, one(1, { scale: 2 ** 81 })));
    refuses('scale-overflow', () => engine.ev.linearPlain(cts, one(vector, { scale: 2 ** 81 })));
    refuses('scale-overflow', () => engine.ev.linearPlain(cts, one(2 ** 70)));
    refuses('scale-overflow', () => engine.ev.addPlain(cts, [0, Float64Array.of(2 ** 80)]));
    refuses('scale-overflow', () => engine.ev.addPlain(cts, [{ re: 0, im: 2 ** 80 }, 0]));
    const uneven = {
      inputs: 2,
      rows: [
        [
          { from: 0, weight: 1 },
          { from: 1, weight: 1, scale: 2 },
        ],
      ],
    };
    refuses('scale-mismatch', () => engine.ev.linearPlain(cts, uneven));
    disposing(engine.ev.dropLevelAll(cts.slice(0, 1), 0), ([low]) => {
      refuses('level-mismatch', () => engine.ev.linearPlain([cts[0]!, low!], one(1)));
      refuses('scale-overflow', () => engine.ev.linearPlain([low!, low!], one(1)));
    });
  });

  it('lists, constants and weights', () => {
    refuses('shape-mismatch', () => engine.ev.linear(cts, denseRows([[1, 1, 1]], 1)));
    refuses('shape-mismatch', () => engine.ev.addPlain(cts, [1]));
    refuses('non-finite-value', () => engine.ev.addPlain(cts, [1, Number.NaN]));
    refuses('invalid-argument', () => engine.ev.multiplyPairs(cts, [[0, 2]]));
    refuses('invalid-argument', () => engine.ev.linear(cts, denseRows([[2 ** 26, 1]], 1)));
    expect(engine.ev.squareAll([], undefined)).toEqual([]);
    expect(engine.ev.multiplyPairs(cts, [])).toEqual([]);
  });

  it('other contexts, and use after disposal', () => {
    const other = openEngine(kernel, engineParameters(n, [40, 31, 30], 40), 3);
    refuses('context-mismatch', () => other.ev.squareAll(cts, undefined));
    refuses('context-mismatch', () => decryptPrivate(other.secretKey, cts));
    other.close();
    refuses('disposed', () => other.ev.squareAll([], undefined) && other.ev.pointwise(cts, []));
    const [gone] = engine.ev.dropLevelAll([cts[0]!], 1);
    gone!.dispose();
    gone!.dispose();
    for (const verb of ['squareAll', 'rescaleAll', 'relinearizeAll'] as const)
      refuses('disposed', () => engine.ev[verb]([gone!], undefined));
    refuses('disposed', () => engine.ev.linear([gone!], denseRows([[1]], 1)));
    expect(cts[0]!.isDisposed).toBe(false);
  });

  it('mixed lists keep their order', () => {
    disposing(engine.ev.dropLevelAll([cts[1]!], 1), (low) =>
      disposing(engine.ev.rescaleAll([cts[0]!, low[0]!, cts[1]!], undefined), (out) => {
        expect(out.map((ct) => ct.level)).toEqual([1, 0, 1]);
        disposing(engine.ev.squareAll([cts[0]!, low[0]!], undefined), (squares) =>
          disposing(engine.ev.relinearizeAll([squares[1]!, cts[0]!, squares[0]!], undefined), (short) => {
            expect(short.map((ct) => [ct.level, ct.parts])).toEqual([
              [1, 2],
              [2, 2],
              [2, 2],
            ]); // prettier-ignore
          }),
        );
      }),
    );
  });
});
