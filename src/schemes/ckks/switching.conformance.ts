import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { meanVariance, roundingVariance, switchedVariance, switchingVariance } from '../../evaluator/noise.ts';
import { createRandom } from '../../evaluator/random.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import type { Ciphertext } from '../../rlwe/ciphertext.ts';
import { mergeGaloisKeys } from '../../rlwe/galois-keys.ts';
import type { Parameters } from '../../rlwe/parameters.ts';
import { decryptPrivate } from '../../rlwe/secret/decrypt.ts';
import { encryptSymmetric } from '../../rlwe/secret/encrypt-symmetric.ts';
import { saveCiphertexts } from '../../rlwe/serialize.ts';
import {
  loadGaloisKeys,
  loadRelinearizationKey,
  saveGaloisKeys,
  saveRelinearizationKey,
} from '../../rlwe/serialize-keys.ts';
import type { ComplexColumn } from '../../rlwe/slots.ts';
import { type Engine, openEngine } from './engine.conformance.ts';
import { type CkksEvaluator, createCkksEvaluator } from './evaluator.ts';

const STEPS = [1, 2, -1, 7, 100, -60];
const SCALE = 2 ** 12;

/**
 * Key switching through decryption: what comes out differs from what is meant by no more than the noise that the model
 * of the planner predicts, and by no less. All over one kernel and one set of parameters.
 */
export function describeSwitching(
  name: string,
  makeKernel: () => Kernel | Promise<Kernel>,
  parameters: Parameters<'ckks'>,
): void {
  const { ringDegree: n, slots, maxLevel, dataPrimes, specialPrimes } = parameters;
  describe(`key switching on ${name}, n = ${n}, ${maxLevel + 1} primes and ${specialPrimes.length} special`, () => {
    let kernel: Kernel;
    let engine: Engine;
    const columns = [1, 2].map((seed): ComplexColumn => {
      const random = createRandom(seed);
      const numbers = () => Float64Array.from({ length: slots }, () => 2 * random.uniform() - 1);
      return { re: numbers(), im: numbers() };
    });

    beforeAll(async () => {
      kernel = await makeKernel();
      engine = openEngine(kernel, parameters, 4, { steps: STEPS, conjugation: true });
    });
    afterAll(() => {
      engine.close();
      const { liveBuffers } = kernel.poolStats();
      kernel.close();
      expect(liveBuffers).toBe(0);
    });

    const fresh = (level: number): Ciphertext<'ckks'>[] =>
      encryptSymmetric(engine.secretKey, columns, { scale: SCALE, level });
    /** Scaled slots; the ciphertexts are disposed of. */
    const decrypted = (cts: readonly Ciphertext<'ckks'>[]): ComplexColumn[] => {
      using values = decryptPrivate(engine.secretKey, cts, { complex: true });
      return cts.map((ct, i) => {
        const { re, im } = values.complexColumn(i);
        ct.dispose();
        return { re: re.map((x) => x * ct.scale), im: im.map((x) => x * ct.scale) };
      });
    };
    /** Decrypts without taking the ciphertexts. */
    const peek = (cts: readonly Ciphertext<'ckks'>[]): ComplexColumn[] =>
      decrypted(cts.map((ct) => ct.atLevel(ct.level)));
    const turned = ({ re, im }: ComplexColumn, step: number): ComplexColumn => ({
      re: re.map((_, j) => re[(((j + step) % slots) + slots) % slots]!),
      im: im.map((_, j) => im[(((j + step) % slots) + slots) % slots]!),
    });
    const plus = (a: ComplexColumn, b: ComplexColumn): ComplexColumn => ({
      re: a.re.map((x, j) => x + b.re[j]!),
      im: a.im.map((x, j) => x + b.im[j]!),
    });
    const conjugate = ({ re, im }: ComplexColumn): ComplexColumn => ({ re, im: im.map((y) => -y) });

    /** Mean square of the real and imaginary differences, and the largest one, against a variance. */
    const expectNoise = (met: readonly ComplexColumn[], wanted: readonly ComplexColumn[], variance: number): void => {
      const errors = met.flatMap(({ re, im }, i) => [
        ...re.map((x, j) => x - wanted[i]!.re[j]!),
        ...im.map((y, j) => y - wanted[i]!.im[j]!),
      ]);
      const square = errors.reduce((sum, e) => sum + e * e, 0) / errors.length;
      expect(square / variance).toBeGreaterThan(0.6);
      expect(square / variance).toBeLessThan(1.6);
      // The largest slot of the secret: |s|^2 is up to about 2 ln n of its mean.
      expect(Math.max(...errors.map(Math.abs))).toBeLessThan(7 * Math.sqrt(variance * 2 * Math.log(n)));
    };
    const switching = (level: number) => ({ primes: dataPrimes.slice(0, level + 1), special: specialPrimes });
    const variance = (level: number, components = 1): number =>
      meanVariance(switchedVariance(n, components, switching(level)));
    const levels = fc.integer({ min: 0, max: maxLevel });

    it('relinearises at every level, one power and two', () => {
      for (let level = 0; level <= maxLevel; level++) {
        const x = fresh(level);
        const three = engine.ev.squareAll(x, undefined);
        const fits = 4 * SCALE ** 3 < Number(engine.context.modulus(level));
        const four = fits ? engine.ev.multiplyPairs([...three, ...x], [[0, 2]]) : [];
        for (const [list, components] of [
          [three, 1],
          [four, 2],
        ] as const) {
          if (list.length === 0) continue;
          const wanted = peek(list);
          expectNoise(decrypted(engine.ev.relinearizeAll(list, undefined)), wanted, variance(level, components));
        }
        for (const ct of [...x, ...three, ...four]) ct.dispose();
      }
    });

    it('rotates lists at any level, shares step 0, and takes a step that comes twice once', () => {
      const some = fc.array(fc.constantFrom(...STEPS, 0, slots + 1, -3 * slots), { minLength: 1, maxLength: 4 });
      const run = (level: number, steps: readonly number[]): void => {
        const x = fresh(level);
        const before = peek(x);
        const out = engine.ev.rotateMany(x, steps);
        expect(out.map((ct) => [ct.level, ct.parts, ct.scale])).toEqual(out.map(() => [level, 2, SCALE]));
        const met = decrypted(out);
        const wanted = before.flatMap((column) => steps.map((step) => turned(column, step)));
        met.forEach((column, i) => {
          if (steps[i % steps.length]! % slots === 0) expect(column).toEqual(wanted[i]);
          else expectNoise([column], [wanted[i]!], variance(level));
        });
        expect(peek(x)).toEqual(before);
        for (const ct of x) ct.dispose();
      };
      fc.assert(fc.property(levels, some, run), { numRuns: 8 });
    });

    it('gives the same bits for one rotation as for many, and for a list as for its elements', () => {
      const x = fresh(maxLevel);
      const together = engine.ev.rotateMany(x, STEPS.slice(0, 3));
      const alone = x.flatMap((ct) => STEPS.slice(0, 3).flatMap((step) => engine.ev.rotateMany([ct], [step])));
      expect(Buffer.compare(saveCiphertexts(together), saveCiphertexts(alone))).toBe(0);
      for (const ct of [...x, ...together, ...alone]) ct.dispose();
    });

    it('conjugates', () => {
      fc.assert(
        fc.property(levels, (level) => {
          const x = fresh(level);
          const wanted = peek(x).map(conjugate);
          expectNoise(decrypted(engine.ev.conjugateAll(x, undefined)), wanted, variance(level));
          for (const ct of x) ct.dispose();
        }),
        { numRuns: 3 },
      );
    });

    it('sums rotations with one division', () => {
      const some = fc.array(fc.constantFrom(...STEPS, 0), { minLength: 2, maxLength: 6 });
      const run = (level: number, steps: readonly number[]): void => {
        const x = fresh(level);
        const before = peek(x);
        const list = steps.map((_, i) => x[i % 2]!);
        const [sum] = decrypted(engine.ev.rotateSum(list, steps));
        const wanted = steps.map((step, i) => turned(before[i % 2]!, step)).reduce(plus);
        const rotations = steps.filter((step) => step !== 0).length;
        const rounding = meanVariance(roundingVariance(n, 2));
        // Rotations of one ciphertext under one key are the same polynomial: their noise adds up as a whole.
        const same = new Map<string, number>();
        steps.forEach((step, i) => {
          if (step !== 0) same.set(`${i % 2} ${step}`, (same.get(`${i % 2} ${step}`) ?? 0) + 1);
        });
        const coherent = [...same.values()].reduce((s, times) => s + times ** 2, 0);
        if (rotations === 0) expectClose(sum!, wanted);
        else expectNoise([sum!], [wanted], rounding + coherent * switchingVariance(n, switching(level)));
        for (const ct of x) ct.dispose();
      };
      fc.assert(fc.property(levels, some, run), { numRuns: 8 });
    });

    const expectClose = (met: ComplexColumn, wanted: ComplexColumn): void => {
      const errors = met.re.map((x, j) => Math.hypot(x - wanted.re[j]!, met.im[j]! - wanted.im[j]!));
      expect(Math.max(...errors)).toBeLessThan(2 ** -10);
    };

    it('works with keys cut to a level, at that level and below, and is refused above', () => {
      const { generator, secretKey, context } = engine;
      for (const level of [0, maxLevel - 1]) {
        const relinearizationKey = generator.relinearizationKey(secretKey, { level });
        const galoisKeys = generator.galoisKeys(secretKey, { steps: [7], level });
        const ev = createCkksEvaluator(context, { relinearizationKey, galoisKeys });
        for (let at = 0; at <= level + 1; at++) {
          const x = fresh(at);
          const squares = ev.squareAll(x, undefined);
          if (at > level) {
            const missing = expect.objectContaining({ code: 'missing-evaluation-key' });
            expect(() => ev.rotateMany(x, [7])).toThrowError(missing);
            expect(() => ev.rotateSum(x, [7, 0])).toThrowError(missing);
            expect(() => ev.relinearizeAll(squares, undefined)).toThrowError(missing);
          } else {
            const turns = peek(x).map((column) => turned(column, 7));
            expectNoise(decrypted(ev.rotateMany(x, [7])), turns, variance(at));
            expectNoise(decrypted(ev.relinearizeAll(squares, undefined)), peek(squares), variance(at));
          }
          for (const ct of [...x, ...squares]) ct.dispose();
        }
        for (const one of [ev, relinearizationKey, galoisKeys]) one.dispose();
      }
    });

    it('gives the same bits with keys that crossed as bytes, in parts', () => {
      const { generator, secretKey, context } = engine;
      const relinearizationKey = generator.relinearizationKey(secretKey);
      const sets = [{ steps: [1, -60] }, { steps: [2], conjugation: true }];
      const originals = sets.map((options) => generator.galoisKeys(secretKey, options));
      const loaded = originals.map((keys) => loadGaloisKeys(context, saveGaloisKeys(keys)));
      const [a, b] = [originals, loaded].map(mergeGaloisKeys);
      const again = loadRelinearizationKey(context, saveRelinearizationKey(relinearizationKey));
      const x = fresh(maxLevel);
      const squares = engine.ev.squareAll(x, undefined);
      const results = (ev: CkksEvaluator): Uint8Array => {
        const three = ev.relinearizeAll(squares, undefined);
        const out = [...ev.rotateMany(x, [1, 2, -60]), ...ev.conjugateAll(x, undefined), ...ev.rotateSum(x, [2, 1])];
        const bytes = Buffer.concat([saveCiphertexts(three), saveCiphertexts(out)]);
        for (const ct of [...three, ...out]) ct.dispose();
        ev.dispose();
        return bytes;
      };
      const one = results(createCkksEvaluator(context, { relinearizationKey, galoisKeys: a! }));
      const other = results(createCkksEvaluator(context, { relinearizationKey: again, galoisKeys: b! }));
      expect(Buffer.compare(one, other)).toBe(0);
      for (const key of [relinearizationKey, again, a!, b!, ...originals, ...loaded, ...x, ...squares]) key.dispose();
    });
  });
}
