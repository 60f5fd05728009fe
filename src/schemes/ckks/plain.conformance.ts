import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createComplexEvaluator } from '../../evaluator/clear-complex.ts';
import { createRandom } from '../../evaluator/random.ts';
import type { Complex, ComplexVector, LinearRows, Plain, PlainRows } from '../../evaluator/verbs.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import type { Ciphertext } from '../../rlwe/ciphertext.ts';
import type { Parameters } from '../../rlwe/parameters.ts';
import { decryptPrivate } from '../../rlwe/secret/decrypt.ts';
import { encryptSymmetric } from '../../rlwe/secret/encrypt-symmetric.ts';
import { type Engine, openEngine } from './engine.conformance.ts';

const SCALE = 2 ** 30;
const I: Complex = { re: 0, im: 1 };

/** Plaintext operands of every kind against the clear evaluator of complex slots, over one kernel. */
export function describePlain(
  name: string,
  makeKernel: () => Kernel | Promise<Kernel>,
  parameters: Parameters<'ckks'>,
): void {
  const { ringDegree: n, slots, maxLevel, dataPrimes } = parameters;
  describe(`plaintext operands on ${name}, n = ${n}`, () => {
    let kernel: Kernel;
    let engine: Engine;
    const clear = createComplexEvaluator(slots);
    const random = createRandom(5);
    const numbers = (length: number) => Float64Array.from({ length }, () => 2 * random.uniform() - 1);
    const vector = (length = slots): ComplexVector => ({ re: numbers(length), im: numbers(length) });
    const columns = [vector(), vector(), vector()];
    const operands: Plain[] = [0, 1, -0.75, I, { re: 0.6, im: -0.8 }, numbers(slots), numbers(7), vector(), vector(3)];
    const operand = fc.constantFrom(...operands);

    beforeAll(async () => {
      kernel = await makeKernel();
      engine = openEngine(kernel, parameters, 3);
    });
    afterAll(() => {
      engine.close();
      const { liveBuffers } = kernel.poolStats();
      kernel.close();
      expect(liveBuffers).toBe(0);
    });

    const fresh = (level: number): Ciphertext<'ckks'>[] =>
      encryptSymmetric(engine.secretKey, columns, { scale: SCALE, level });
    const errorOf = (ct: Ciphertext<'ckks'>, wanted: ComplexVector): number => {
      const { re, im } = decryptPrivate(engine.secretKey, [ct], { complex: true }).complexColumn(0);
      return re.reduce((worst, x, j) => Math.max(worst, Math.hypot(x - wanted.re[j]!, im[j]! - wanted.im[j]!)), 0);
    };
    const fill = ({ re, im }: ComplexVector): ComplexVector => {
      const out = { re: new Float64Array(slots), im: new Float64Array(slots) };
      out.re.set(re);
      out.im.set(im);
      return out;
    };
    /** Seven deviations of a fresh slot (and of an encoded weight of about the same scale), for |values| <= 1.5. */
    const tolerance = (7 * 3.3 * Math.sqrt(n)) / SCALE;
    /** The rounding of a rescaling where the secret is largest, four deviations. */
    const rounding = (4 * n * Math.sqrt(Math.log(n) / 18)) / SCALE;
    const free = (...lists: (readonly Ciphertext<'ckks'>[])[]): void => {
      for (const ct of lists.flat()) ct.dispose();
    };

    it('linearPlain: any sparse matrix of operands at any level, with the scale of the inputs after one rescaling', () => {
      const term = fc.record({ from: fc.integer({ min: 0, max: 2 }), weight: operand });
      const matrix = fc.array(fc.array(term, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 3 });
      const run = (level: number, rows: PlainRows['rows']): void => {
        const x = fresh(level);
        const sums = engine.ev.linearPlain(x, { inputs: 3, rows });
        const down = engine.ev.rescaleAll(sums, undefined);
        const wanted = clear.linearPlain(columns.map(fill), { inputs: 3, rows });
        expect(down.map((ct) => [ct.level, ct.scale])).toEqual(rows.map(() => [level - 1, SCALE]));
        down.forEach((ct, r) => {
          expect(errorOf(ct, wanted[r]!)).toBeLessThan(rows[r]!.length * 2 * tolerance + rounding);
        });
        free(x, sums, down);
      };
      fc.assert(fc.property(fc.integer({ min: 1, max: maxLevel }), matrix, run), { numRuns: 12 });
    });

    it('addPlain: any list of operands, also at a squared scale and on three parts', () => {
      const run = (level: number, plains: readonly Plain[]): void => {
        const x = fresh(level);
        const squares = engine.ev.squareAll(x, undefined);
        const [sums, more] = [engine.ev.addPlain(x, plains), engine.ev.addPlain(squares, plains)];
        expect(more.map((ct) => [ct.level, ct.parts, ct.scale])).toEqual(more.map(() => [level, 3, SCALE ** 2]));
        const values = columns.map(fill);
        clear.addPlain(values, plains).forEach((wanted, i) => {
          expect(errorOf(sums[i]!, wanted)).toBeLessThan(tolerance);
        });
        clear.addPlain(clear.squareAll(values, undefined), plains).forEach((wanted, i) => {
          expect(errorOf(more[i]!, wanted)).toBeLessThan(4 * tolerance);
        });
        free(x, squares, sums, more);
      };
      const three = fc.array(operand, { minLength: 3, maxLength: 3 });
      fc.assert(fc.property(fc.integer({ min: 1, max: maxLevel }), three, run), { numRuns: 8 });
    });

    it('multiplication by i is exact and costs no level and no scale', () => {
      const x = fresh(maxLevel);
      const turn = { inputs: 3, rows: [[{ from: 0, weight: I }]], scale: 1 };
      const [once] = engine.ev.linearPlain(x, turn);
      const fourTimes = engine.ev.scoped(() =>
        [1, 2, 3].reduce((ct) => engine.ev.linearPlain([ct, ct, ct], turn)[0]!, once!),
      );
      expect([once!.level, once!.scale]).toEqual([maxLevel, SCALE]);
      const [a, b] = [x[0]!, fourTimes].map((ct) => decryptPrivate(engine.secretKey, [ct]).column(0));
      expect(b).toEqual(a);
      expect(errorOf(once!, { re: columns[0]!.im.map((y) => -y), im: columns[0]!.re })).toBeLessThan(tolerance);
      for (const ct of x) ct.dispose();
      once!.dispose();
      fourTimes.dispose();
    });

    it('linear: sums and differences of two by themselves equal those by packed weights', () => {
      const rows = (list: readonly (readonly number[])[], scale: number): LinearRows => ({
        outputs: list.length,
        inputs: 3,
        rowStart: Int32Array.from({ length: list.length + 1 }, (_, i) => i * 3),
        columns: Int32Array.from(list.flatMap(() => [0, 1, 2])),
        values: Int32Array.from(list.flat()),
        scale,
      });
      const pairs = (scale: number): LinearRows => ({
        outputs: 4,
        inputs: 3,
        rowStart: Int32Array.of(0, 2, 4, 6, 8),
        columns: Int32Array.of(0, 1, 2, 0, 1, 2, 1, 1),
        values: Int32Array.of(1, 1, 1, -1, -1, 1, 1, 1),
        scale,
      });
      const full = [
        [1, 1, 0],
        [-1, 0, 1],
        [0, -1, 1],
        [0, 2, 0],
      ];
      const x = fresh(maxLevel);
      for (const scale of [1, 4]) {
        const [a, b] = [engine.ev.linear(x, pairs(scale)), engine.ev.linear(x, rows(full, scale))];
        expect(a.map(({ shape }) => shape)).toEqual(b.map(({ shape }) => shape));
        for (const [i, ct] of a.entries()) {
          const [met, wanted] = [ct, b[i]!].map((c) => decryptPrivate(engine.secretKey, [c]).column(0));
          expect(met).toEqual(wanted);
        }
        free(a, b);
      }
      free(x);
    });

    it('alignAll: exactly to a level and scale', () => {
      const x = fresh(maxLevel);
      const wanted = columns.map(fill);
      const target = { level: maxLevel - 1, scale: SCALE * 1.2345 };
      const aligned = engine.ev.alignAll(x, target);
      const dropped = engine.ev.alignAll(x, { level: 0, scale: SCALE });
      aligned.forEach((ct, i) => {
        expect([ct.level, Math.abs(ct.scale / target.scale - 1) < 2 ** -50]).toEqual([target.level, true]);
        expect(errorOf(ct, wanted[i]!)).toBeLessThan(tolerance + rounding);
        expect([dropped[i]!.level, dropped[i]!.scale]).toEqual([0, SCALE]);
      });
      const coded = (code: string) => expect.objectContaining({ code });
      expect(() => engine.ev.alignAll(aligned, { level: maxLevel, scale: SCALE })).toThrowError(
        coded('level-mismatch'),
      );
      expect(() => engine.ev.alignAll(x, { level: maxLevel, scale: 2 * SCALE })).toThrowError(coded('level-mismatch'));
      const tiny = { level: maxLevel - 1, scale: (SCALE * 2 ** 19) / dataPrimes[maxLevel]! };
      expect(() => engine.ev.alignAll(x, tiny)).toThrowError(coded('scale-mismatch'));
      free(x, aligned, dropped);
    });
  });
}
