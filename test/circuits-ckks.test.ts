import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chebyshevFit } from '../src/circuits/approximate/chebyshev.ts';
import { seriesValue } from '../src/circuits/approximate/series.ts';
import { broadcastRotations, broadcastSlots } from '../src/circuits/broadcast.ts';
import { approximateSign, compareAll, maximumAll } from '../src/circuits/compare.ts';
import { packComplex, unpackComplex } from '../src/circuits/complex.ts';
import { innerSum, innerSumRotations, replicate, replicateRotations } from '../src/circuits/inner-sum.ts';
import { inverseAll, inverseSteps } from '../src/circuits/inverse.ts';
import { linearTransform, prepareLinearTransform } from '../src/circuits/linear-transform.ts';
import {
  multiplyColumns,
  multiplyDense,
  multiplyRows,
  packDense,
  packRows,
  prepareColumnMatrix,
  prepareDenseMatrix,
  prepareRowMatrix,
} from '../src/circuits/matrix-vector.ts';
import { evaluatePolynomial, polynomialDepth } from '../src/circuits/polynomial.ts';
import { createClearEvaluator } from '../src/evaluator/clear.ts';
import type { Kernel } from '../src/kernel/kernel.ts';
import { loadKernel } from '../src/kernel/load.ts';
import { type EncryptedCircuits, openCircuits } from './encrypted-circuits.ts';

const column = (slots: number, seed: number): Float64Array =>
  Float64Array.from({ length: slots }, (_, t) => Math.sin(seed + (seed + 1) * t * 0.7));
const bits = (met: Float64Array, wanted: (t: number) => number, count = met.length): number => {
  let worst = 0;
  for (let t = 0; t < count; t++) worst = Math.max(worst, Math.abs(met[t]! - wanted(t)));
  return -Math.log2(worst);
};

/** Encrypted against clear at a small ring with three special primes, then once at 128-bit security. */
describe('circuits under encryption', () => {
  let kernel: Kernel;
  let small: EncryptedCircuits;
  const slots = 512;
  const steps = [
    ...new Set([
      ...Array.from({ length: 40 }, (_, i) => i - 8),
      ...[32, 64, 128, 256],
      ...broadcastRotations(slots),
      ...[5, 6, 7, 16].flatMap((count) => innerSumRotations(slots, { count, stride: 3 })),
      ...replicateRotations(slots, { count: 8, stride: 4 }),
    ]),
  ];
  beforeAll(async () => {
    kernel = await loadKernel();
    small = openCircuits({ kernel, ringDegree: 1024, levels: 9, special: 3, rotations: steps, insecure: true });
  });
  afterAll(() => {
    small.close();
    expect(kernel.poolStats().liveBuffers).toBe(0);
    kernel.close();
  });

  it('linear transforms of random diagonals', () => {
    const diagonals = fc.uniqueArray(fc.integer({ min: -8, max: 31 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(diagonals, fc.nat(100), fc.constantFrom(1, 4, 8), (keys, seed, width) => {
        const matrix = new Map(keys.map((k) => [k, column(slots, k + seed)]));
        const transform = prepareLinearTransform(slots, matrix, { width });
        const x = column(slots, seed);
        const wanted = linearTransform(createClearEvaluator(slots), transform, x);
        const { columns, used } = small.run([x], (ev, [ct]) => [linearTransform(ev, transform, ct!)]);
        expect(used).toBe(1);
        expect(bits(columns[0]!, (t) => wanted[t]!)).toBeGreaterThan(22);
      }),
      { numRuns: 10 },
    );
  });

  it('matrices of any size times a vector, in three layouts', () => {
    const size = fc.integer({ min: 1, max: 24 });
    fc.assert(
      fc.property(size, size, fc.nat(100), (height, width, seed) => {
        const matrix = { rows: height, columns: width, values: column(height * width, seed) };
        const x = column(width, seed + 1);
        const wanted = Float64Array.from({ length: height }, (_, i) =>
          x.reduce((sum, v, j) => sum + v * matrix.values[i * width + j]!, 0),
        );
        const [dense, rows] = [prepareDenseMatrix(slots, matrix), prepareRowMatrix(slots, matrix)];
        const y = small.run([packDense(dense, x)], (ev, [ct]) => [multiplyDense(ev, dense, ct!)]);
        const z = small.run([packRows(slots, rows, x)], (ev, [ct]) => multiplyRows(ev, rows, ct!));
        const spread = Array.from(x, (v) => new Float64Array(slots).fill(v));
        const c = small.run(spread, (ev, cts) => [multiplyColumns(ev, prepareColumnMatrix(slots, matrix), cts)]);
        expect([y.used, z.used, c.used]).toEqual([1, 1, 1]);
        const met = (i: number): number =>
          z.columns[Math.floor(i / rows.perPlaintext)]![(i % rows.perPlaintext) * rows.width]!;
        expect(bits(y.columns[0]!, (t) => wanted[t % dense.stride] ?? 0)).toBeGreaterThan(22);
        expect(bits(wanted, met)).toBeGreaterThan(22);
        expect(bits(c.columns[0]!, (t) => wanted[t] ?? 0)).toBeGreaterThan(22);
      }),
      { numRuns: 8 },
    );
  });

  it('random polynomials in both bases, exactly as deep as their degree', () => {
    const series = fc.record({
      basis: fc.constantFrom('chebyshev' as const, 'monomial' as const),
      coefficients: fc.array(fc.double({ min: -1, max: 0.9, noNaN: true }), { minLength: 2, maxLength: 40 }),
    });
    fc.assert(
      fc.property(series, ({ basis, coefficients }) => {
        const x = column(slots, coefficients.length);
        const last = coefficients.length - 1;
        const normal = coefficients.map((c, k) => (k === last ? c + 2.1 : c) / last);
        const p = { basis, coefficients: normal };
        const { columns, used } = small.run([x, x.map((v) => -v)], (ev, xs) => evaluatePolynomial(ev, p, xs));
        expect(used).toBe(polynomialDepth(coefficients.length - 1));
        expect(bits(columns[0]!, (t) => seriesValue(p, x[t]!))).toBeGreaterThan(20);
        expect(bits(columns[1]!, (t) => seriesValue(p, -x[t]!))).toBeGreaterThan(20);
      }),
      { numRuns: 15 },
    );
  });

  it('sums, copies and broadcasts', () => {
    const x = column(slots, 2);
    const at = (t: number): number => x[((t % slots) + slots) % slots]!;
    const sumOf = (t: number, count: number, stride: number): number =>
      Array.from({ length: count }, (_, i) => at(t + i * stride)).reduce((a, b) => a + b, 0);
    for (const count of [5, 6, 7, 16]) {
      const { columns, used } = small.run([x], (ev, xs) => innerSum(ev, xs, { count, stride: 3 }));
      expect(used).toBe(0);
      expect(bits(columns[0]!, (t) => sumOf(t, count, 3))).toBeGreaterThan(22);
    }
    const { columns } = small.run([x], (ev, xs) => [
      ...replicate(ev, xs, { count: 8, stride: 4 }),
      ...broadcastSlots(ev, xs[0]!, [7, 300]),
    ]);
    expect(bits(columns[0]!, (t) => sumOf(t, 8, -4))).toBeGreaterThan(22);
    expect(bits(columns[2]!, () => x[300]!)).toBeGreaterThan(20);
  });

  it('complex packing and parts', () => {
    const [a, b] = [column(slots, 3), column(slots, 4)];
    const { columns, used } = small.run([a, b], (ev, [x, y]) => {
      const [re, im] = unpackComplex(ev, packComplex(ev, [x!], [y!]));
      return [...re, ...im];
    });
    expect(used).toBe(0);
    expect(bits(columns[0]!, (t) => a[t]!)).toBeGreaterThan(24);
    expect(bits(columns[1]!, (t) => b[t]!)).toBeGreaterThan(24);
  });

  it('inverses', () => {
    const x = column(slots, 5).map((v) => 1.75 + 0.75 * v);
    const options = { interval: [1, 2.5], errorBits: 20 } as const;
    const { columns, used } = small.run([x], (ev, xs) => inverseAll(ev, xs, options));
    expect(used).toBe(inverseSteps(options).depth);
    expect(bits(columns[0]!, (t) => 1 / x[t]!)).toBeGreaterThan(19);
  });

  it('comparison and maximum', () => {
    const sign = approximateSign({ gapBits: 4, errorBits: 10 });
    const [a, b] = [column(slots, 6), column(slots, 9)].map((c) => c.map((v) => v / 2)) as [Float64Array, Float64Array];
    const { columns, used } = small.run([a, b], (ev, [x, y]) => [
      ...maximumAll(ev, sign, [x!], [y!]),
      ...compareAll(ev, sign, [x!], [y!]),
    ]);
    expect(used).toBe(sign.depth + 1);
    expect(bits(columns[0]!, (t) => Math.max(a[t]!, b[t]!))).toBeGreaterThan(5);
    const clear = a.map((v, t) => v - b[t]!);
    const apart = (t: number): boolean => Math.abs(clear[t]!) > 1 / 16;
    expect(bits(columns[1]!, (t) => (apart(t) ? (clear[t]! > 0 ? 1 : 0) : columns[1]![t]!))).toBeGreaterThan(10);
  });
});

describe('circuits at 128-bit security', () => {
  let kernel: Kernel;
  beforeAll(async () => {
    kernel = await loadKernel();
  });
  afterAll(() => kernel.close());

  it('a matrix times a vector in three layouts, n = 8192', () => {
    const slots = 4096;
    const matrix = { rows: 64, columns: 512, values: column(64 * 512, 1).map((v) => v / 16) };
    const x = column(512, 2);
    const dense = prepareDenseMatrix(slots, matrix);
    const few = { rows: 8, columns: 512, values: matrix.values.subarray(0, 8 * 512) };
    const rows = prepareRowMatrix(slots, few);
    const tall = { rows: 4, columns: 4, values: column(16, 1) };
    const rotations = [...new Set([...dense.rotations, ...rows.rotations])];
    const circuits = openCircuits({ kernel, ringDegree: 8192, levels: 1, special: 1, rotations });
    const wanted = (i: number): number => x.reduce((sum, v, j) => sum + v * matrix.values[i * 512 + j]!, 0);
    const y = circuits.run([packDense(dense, x)], (ev, [ct]) => [multiplyDense(ev, dense, ct!)]);
    expect(y.used).toBe(1);
    expect(bits(y.columns[0]!, (t) => wanted(t % 64))).toBeGreaterThan(18);
    const z = circuits.run([packRows(slots, rows, x)], (ev, [ct]) => multiplyRows(ev, rows, ct!));
    expect(
      bits(
        Float64Array.from({ length: 8 }, (_, i) => z.columns[0]![512 * i]!),
        wanted,
      ),
    ).toBeGreaterThan(18);
    const columns = [0.5, -1, 2, 0.25].map((v) => new Float64Array(slots).fill(v));
    const c = circuits.run(columns, (ev, cts) => [multiplyColumns(ev, prepareColumnMatrix(slots, tall), cts)]);
    const [t0, t1, t2, t3] = tall.values.subarray(8, 12);
    expect(c.columns[0]![2]).toBeCloseTo(0.5 * t0! - t1! + 2 * t2! + 0.25 * t3!, 5);
    circuits.close();
  });

  it('a Chebyshev series of degree 31, n = 16384: at least 20 bits', () => {
    const circuits = openCircuits({ kernel, ringDegree: 16384, levels: 5, scaleBits: 45, special: 2 });
    const fit = chebyshevFit((x) => 1 / (1 + Math.exp(-4 * x)), 31);
    const x = column(circuits.slots, 1);
    const { columns, used } = circuits.run([x], (ev, xs) => evaluatePolynomial(ev, fit, xs));
    expect(used).toBe(5);
    expect(bits(columns[0]!, (t) => seriesValue(fit, x[t]!))).toBeGreaterThan(24);
    circuits.close();
  });
});
