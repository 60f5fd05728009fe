import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createClearEvaluator } from '../evaluator/clear.ts';
import { createComplexEvaluator } from '../evaluator/clear-complex.ts';
import { type Diagonals, diagonalsOf, linearTransform, prepareLinearTransform } from './linear-transform.ts';
import { managedPairs } from './managed-pairs.conformance.ts';
import { keysNeeded } from './rotations.ts';

const slots = 16;
const number = fc.double({ min: -2, max: 2, noNaN: true });
const vector = fc.array(number, { minLength: 1, maxLength: slots }).map((v) => Float64Array.from(v));
const full = fc.array(number, { minLength: slots, maxLength: slots }).map((v) => Float64Array.from(v));
const diagonals: fc.Arbitrary<Diagonals> = fc
  .uniqueArray(fc.tuple(fc.integer({ min: -slots + 1, max: slots }), vector), {
    minLength: 1,
    maxLength: slots,
    selector: ([k]) => ((k % slots) + slots) % slots,
  })
  .map((entries) => new Map(entries));
const width = fc.constantFrom(undefined, 1, 2, 4, 8, 16);

/** y[t] = sum of M[t][t + k] x[t + k]. */
const naive = (matrix: Diagonals, x: Float64Array): number[] =>
  Array.from(x, (_, t) =>
    [...matrix].reduce(
      (sum, [k, d]) => sum + ((d as Float64Array)[t] ?? 0) * x[(((t + k) % slots) + slots) % slots]!,
      0,
    ),
  );
const expectClose = (met: ArrayLike<number>, wanted: ArrayLike<number>, digits = 9): void => {
  expect(met.length).toBe(wanted.length);
  for (let i = 0; i < wanted.length; i++) expect(met[i]).toBeCloseTo(wanted[i]!, digits);
};

describe('linear transforms', () => {
  it('are the naive sums, for any diagonals and width', () => {
    const ev = createClearEvaluator(slots);
    fc.assert(
      fc.property(diagonals, full, width, (matrix, x, w) => {
        const transform = prepareLinearTransform(slots, matrix, { width: w });
        expectClose(linearTransform(ev, transform, x), naive(matrix, x));
      }),
    );
  });

  it('of complex diagonals', () => {
    const ev = createComplexEvaluator(slots);
    const ramp = Float64Array.from({ length: slots }, (_, t) => t / slots);
    const transform = prepareLinearTransform(slots, new Map([[-3, { re: new Float64Array(slots), im: ramp }]]));
    const out = linearTransform(ev, transform, { re: ramp, im: ramp });
    for (let t = 0; t < slots; t++) {
      const turned = ramp[(t + slots - 3) % slots]!;
      expect(out.re[t]).toBeCloseTo(-ramp[t]! * turned, 12);
      expect(out.im[t]).toBeCloseTo(ramp[t]! * turned, 12);
    }
  });

  it('name exactly the rotations that they use', () => {
    fc.assert(
      fc.property(diagonals, width, (matrix, w) => {
        const transform = prepareLinearTransform(slots, matrix, { width: w });
        const needs = keysNeeded(slots, 1, (ev, [x]) => [linearTransform(ev, transform, x!)]);
        expect(needs).toEqual({ rotations: transform.rotations, conjugation: false, relinearization: false });
      }),
    );
  });

  it('of a full matrix need about 2 sqrt(slots) rotations, of a band few', () => {
    const all = new Map(Array.from({ length: 256 }, (_, k) => [k, new Float64Array(256).fill(1)]));
    expect(prepareLinearTransform(256, all).rotations.length).toBeLessThanOrEqual(32);
    const band = new Map([-2, -1, 0, 1, 2].map((k) => [k, new Float64Array(256).fill(1)]));
    expect(prepareLinearTransform(256, band).rotations.length).toBeLessThanOrEqual(4);
  });

  it('take one level and keep the scale', () => {
    const { ev, fresh, level, tracer } = managedPairs({ slots, levels: 2 });
    fc.assert(
      fc.property(diagonals, full, (matrix, x) => {
        const before = { ...tracer.count };
        const transform = prepareLinearTransform(slots, matrix);
        const [out] = ev.settle([linearTransform(ev, transform, fresh(x))]);
        expect([out!.level, out!.scale]).toEqual([level - 1, ev.rungs[1]!.scale]);
        expectClose(out!.values, naive(matrix, x));
        expect(tracer.count.rescalings - before.rescalings).toBe(1);
      }),
    );
  });

  it('diagonals of a rectangular matrix', () => {
    const [rows, columns] = [3, 5];
    const values = Float64Array.from({ length: rows * columns }, (_, i) => (i === 7 ? 0 : i - 4));
    const transform = prepareLinearTransform(slots, diagonalsOf(slots, { rows, columns, values }));
    const x = Float64Array.from({ length: slots }, (_, j) => (j < columns ? j + 1 : 0));
    const y = linearTransform(createClearEvaluator(slots), transform, x);
    for (let i = 0; i < rows; i++)
      expect(y[i]).toBeCloseTo(
        [1, 2, 3, 4, 5].reduce((sum, v, j) => sum + v * values[i * columns + j]!, 0),
        12,
      );
  });

  it('refuse what does not fit', () => {
    const wrong = expect.objectContaining({ code: 'invalid-argument' });
    expect(() => prepareLinearTransform(slots, new Map())).toThrowError(wrong);
    expect(() => prepareLinearTransform(slots, new Map([[1, new Float64Array(slots + 1)]]))).toThrowError(wrong);
    const transform = prepareLinearTransform(slots, new Map([[1, new Float64Array(slots)]]));
    expect(() => linearTransform(createClearEvaluator(8), transform, new Float64Array(8))).toThrowError(wrong);
  });
});
