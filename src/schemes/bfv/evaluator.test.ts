import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { linearRows } from '../../evaluator/rows.ts';
import type { Plain, PlainRows } from '../../evaluator/verbs.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { loadKernel } from '../../kernel/load.ts';
import { generatePrimes } from '../../ring/primes.ts';
import { createContext } from '../../rlwe/context.ts';
import { createInsecureParameters } from '../../rlwe/parameters.ts';
import { decryptIntegers } from '../../rlwe/secret/decrypt-integers.ts';
import { encryptIntegers } from '../../rlwe/secret/encrypt-integers.ts';
import { createCkksEvaluator } from '../ckks/evaluator.ts';
import { disposing, expectRefusal } from '../common/refusals.conformance.ts';
import { type BfvEngine, bfvParameters, type Cipher, openBfvEngine, slotModuli } from './engine.conformance.ts';
import { createBfvEvaluator } from './evaluator.ts';

const n = 1024;

describe('the BFV evaluator', () => {
  let kernel: Kernel;
  let engine: BfvEngine;
  let cts: Cipher[];
  let others: Cipher[];
  const column = (a: number) => Float64Array.from({ length: n }, (_, j) => ((a * j) % 61) - 30);

  beforeAll(async () => {
    kernel = await loadKernel();
    engine = openBfvEngine(kernel, bfvParameters(n, [44, 44, 44], [44], slotModuli(n, [16, 17])), 'slots');
    [cts, others] = encryptIntegers(engine.secretKey, [column(3), column(7)], { encoding: 'slots' }) as [
      Cipher[],
      Cipher[],
    ];
  });
  afterAll(() => {
    for (const ct of [...cts, ...others]) ct.dispose();
    engine.close();
    expect(kernel.poolStats().liveBuffers).toBe(0);
    kernel.close();
  });

  const refuses = (code: string, call: () => unknown): void => expectRefusal(kernel, code, call);
  const one = (weight: Plain, options: object = {}): PlainRows => ({
    inputs: 2,
    rows: [[{ from: 0, weight }]],
    ...options,
  });

  it('refuses moduli, encodings and schemes that do not fit', () => {
    const { context, ev, evaluators } = engine;
    const moduli = context.parameters.plaintextModuli;
    expect(evaluators.map((each) => each.plaintextModulus)).toEqual(moduli);
    expect([ev.slots, ev.encoding, ev.context]).toEqual([n, 'slots', context]);
    refuses('modulus-mismatch', () => ev.squareAll(others, undefined));
    refuses('modulus-mismatch', () => ev.multiplyPairs([cts[0]!, others[0]!], [[0, 1]]));
    refuses('invalid-argument', () => createBfvEvaluator(context));
    refuses('invalid-argument', () => createBfvEvaluator(context, { plaintextModulus: 257 }));
    refuses('invalid-argument', () =>
      createBfvEvaluator(context, { plaintextModulus: moduli[0]!, encoding: 'digits' as never }),
    );
    const ckks = createContext(
      createInsecureParameters({ ringDegree: n, dataPrimes: generatePrimes(n, [44]) }),
      kernel,
    );
    // @ts-expect-error of the other scheme
    refuses('context-mismatch', () => createBfvEvaluator(ckks));
    ckks.dispose();
    // @ts-expect-error of the other scheme
    refuses('context-mismatch', () => createCkksEvaluator(context));
    const odd = createContext(bfvParameters(n, [44], [44], [4095]), kernel);
    refuses('invalid-argument', () => createBfvEvaluator(odd));
    const digits = createBfvEvaluator(odd, { encoding: 'coefficients' });
    expect(digits.slots).toBe(1);
    refuses('context-mismatch', () => digits.squareAll(cts, undefined));
    digits.dispose();
    odd.dispose();
  });

  it('refuses levels', () => {
    const { ev } = engine;
    disposing(ev.dropLevelAll(cts, 0), (low) => {
      expect(low.map(({ level, form }) => [level, form])).toEqual([
        [0, 'coefficient'],
        [0, 'coefficient'],
      ]);
      refuses('level-exhausted', () => ev.rescaleAll(low, undefined));
      refuses('level-exhausted', () => ev.rescaleAll([...cts, ...low], undefined));
      refuses('level-mismatch', () => ev.dropLevelAll([...cts, ...low], 1));
      refuses('level-mismatch', () => ev.multiplyPairs([cts[0]!, low[0]!], [[0, 1]]));
      refuses('level-mismatch', () => ev.linear([cts[0]!, low[0]!], linearRows([[1, 2]], 2)));
      refuses('level-mismatch', () => ev.linear([cts[0]!, low[0]!], linearRows([[1, 1]], 2)));
      refuses('level-mismatch', () => ev.linearPlain([cts[0]!, low[0]!], one(1)));
    });
    for (const level of [-1, 0.5, 3]) refuses('invalid-argument', () => ev.dropLevelAll(cts, level));
  });

  it('refuses scales that differ or leave the range of numbers', () => {
    const { ev } = engine;
    disposing(ev.linear(cts, linearRows([[1, 0]], 2, 2)), ([other]) => {
      refuses('scale-mismatch', () => ev.linear([cts[0]!, other!], linearRows([[1, 1]], 2)));
      refuses('scale-mismatch', () => ev.linear([cts[0]!, other!], linearRows([[1, 5]], 2)));
      const rows = { inputs: 2, rows: [[0, 1].map((from) => ({ from, weight: 1 }))] };
      refuses('scale-mismatch', () => ev.linearPlain([cts[0]!, other!], rows));
    });
    disposing(ev.linear(cts, linearRows([[1, 0]], 2, 2 ** 600)), (huge) => {
      refuses('scale-overflow', () => ev.squareAll(huge, undefined));
      refuses('scale-overflow', () => ev.multiplyPairs(huge, [[0, 0]]));
    });
  });

  it('refuses parts that are too many, keys that are missing, and rotations of products', () => {
    const { ev, context } = engine;
    const { plaintextModulus } = ev;
    const keyless = createBfvEvaluator(context, { plaintextModulus });
    refuses('missing-evaluation-key', () => keyless.rotateMany(cts, [1]));
    refuses('missing-evaluation-key', () => keyless.rotateSum(cts, [0, 2]));
    refuses('missing-evaluation-key', () => keyless.conjugateAll(cts, undefined));
    disposing(ev.squareAll(cts, undefined), (three) => {
      refuses('parts-mismatch', () => ev.linear([cts[0]!, three[0]!], linearRows([[1, 1]], 2)));
      refuses('parts-mismatch', () => ev.rotateMany(three, [1]));
      refuses('parts-mismatch', () => ev.rotateSum(three, [1, 1]));
      refuses('parts-mismatch', () => ev.conjugateAll(three, undefined));
      refuses('missing-evaluation-key', () => keyless.relinearizeAll(three, undefined));
      disposing(keyless.relinearizeAll(cts, undefined), (same) => expect(same.map((ct) => ct.parts)).toEqual([2, 2]));
      disposing(ev.squareAll(three, undefined), (five) => {
        refuses('missing-evaluation-key', () => ev.relinearizeAll(five, undefined));
        disposing(ev.squareAll(five, undefined), (nine) => {
          expect(nine.map((ct) => ct.parts)).toEqual([9, 9]);
          refuses('parts-mismatch', () => ev.squareAll(nine, undefined));
          refuses('parts-mismatch', () => ev.multiplyPairs([nine[0]!, cts[0]!], [[0, 1]]));
        });
      });
    });
    keyless.dispose();
  });

  it('refuses operands and weights that it cannot hold, whatever was done before', () => {
    const { ev } = engine;
    const steps = [
      { verb: 'squareAll', argument: undefined },
      { verb: 'addPlain', argument: [0.5, 0] },
    ] as const;
    refuses('invalid-argument', () => ev.pointwise(cts, steps));
    refuses('invalid-argument', () => ev.linear(cts, linearRows([[2 ** 26, 1]], 2)));
    refuses('invalid-argument', () => ev.linearPlain(cts, one(Float64Array.of(1, 0.3))));
    refuses('invalid-argument', () => ev.addPlain(cts, [Float64Array.of(1, 0.3), 0]));
    refuses('invalid-argument', () => ev.linearPlain(cts, one({ re: new Float64Array(2), im: Float64Array.of(0, 1) })));
    refuses('shape-mismatch', () => ev.linearPlain(cts, one(new Float64Array(n + 1))));
    refuses('non-finite-value', () => ev.linearPlain(cts, one(Float64Array.of(0, Number.NaN))));
  });

  it('refuses use after disposal and objects of another context', () => {
    const other = openBfvEngine(kernel, bfvParameters(n, [44, 43], [44], slotModuli(n, [16])), 'slots');
    refuses('context-mismatch', () => other.ev.squareAll(cts, undefined));
    const { relinearizationKey } = { relinearizationKey: other.generator.relinearizationKey(other.secretKey) };
    const { plaintextModulus } = engine.ev;
    refuses('context-mismatch', () => createBfvEvaluator(engine.context, { plaintextModulus, relinearizationKey }));
    relinearizationKey.dispose();
    other.close();
    refuses('disposed', () => other.ev.squareAll([], undefined));
    refuses('disposed', () => other.ev.prepare([]));
    const [gone] = engine.ev.rescaleAll(cts.slice(0, 1), undefined);
    gone!.dispose();
    for (const verb of ['squareAll', 'rescaleAll', 'relinearizeAll'] as const)
      refuses('disposed', () => engine.ev[verb]([gone!], undefined));
  });

  it('keeps the order of mixed lists', () => {
    const { ev } = engine;
    disposing(ev.dropLevelAll([cts[1]!], 1), (low) =>
      disposing(ev.rescaleAll([cts[0]!, low[0]!, cts[1]!], undefined), (out) => {
        expect(out.map((ct) => ct.level)).toEqual([1, 0, 1]);
        using values = decryptIntegers(engine.secretKey, [out], { encoding: 'slots' });
        expect([0, 1, 2].map((i) => values.numbers(i)[1])).toEqual([-27, -23, -23]);
      }),
    );
  });

  it('leaves sums in the form they have, and brings products back to coefficients', () => {
    const { context, generator, secretKey, ev: plain } = engine;
    const galoisKeys = generator.galoisKeys(secretKey, { steps: [1] });
    const ev = createBfvEvaluator(context, { galoisKeys, plaintextModulus: plain.plaintextModulus });
    const transforms = () => kernel.workStats().transforms;
    ev.scoped(() => {
      const turned = ev.rotateMany(cts, [1]);
      expect(turned.map(({ form }) => form)).toEqual(['ntt', 'ntt']);
      const before = transforms();
      const sums = ev.addPlain(ev.linear(turned, linearRows([[2, 3]], 2)), [5]);
      const low = ev.rescaleAll(ev.addPlain(ev.linear(cts, linearRows([[2, 3]], 2)), [5]), undefined);
      expect([sums[0]!.form, low[0]!.form]).toEqual(['ntt', 'coefficient']);
      expect(transforms()).toBe(before);
      expect(ev.squareAll(sums, undefined)[0]!.form).toBe('coefficient');
      // The vector is transformed once, over three primes; the ciphertext every time.
      const rows = { inputs: 1, rows: [[{ from: 0, weight: column(5) }]] };
      ev.prepare([rows]);
      const prepared = transforms();
      expect(ev.linearPlain(cts.slice(0, 1), rows)[0]!.form).toBe('ntt');
      expect(transforms() - prepared).toBe(2 * 3);
    });
    ev.dispose();
    galoisKeys.dispose();
  });

  it('owns in a scope what it makes, and keeps encoded vectors within their limit', () => {
    const { context, ev: plain } = engine;
    const ev = createBfvEvaluator(context, { plaintextModulus: plain.plaintextModulus, plaintextCacheBytes: 0 });
    const live = kernel.poolStats().liveBuffers;
    const [kept] = ev.scoped(() => {
      ev.squareAll(cts, undefined);
      return ev.addPlain(ev.linearPlain(cts, one(column(5))), [column(2)]);
    });
    expect(kernel.poolStats().liveBuffers).toBe(live + 1);
    expect(kept!.isDisposed).toBe(false);
    kept!.dispose();
    ev.dispose();
    expect(kernel.poolStats().liveBuffers).toBe(live);
  });
});
