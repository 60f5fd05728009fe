import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createClearEvaluator } from '../evaluator/clear.ts';
import { minimaxSign } from './approximate/minimax-sign.ts';
import { approximateSign, compareAll, maximumAll, minimumAll, signAll } from './compare.ts';
import { divideAll, inverseAll, inverseSteps } from './inverse.ts';
import { managedPairs } from './managed-pairs.conformance.ts';

const slots = 64;
const ev = createClearEvaluator(slots);
const spread = (a: number, b: number): Float64Array =>
  Float64Array.from({ length: slots }, (_, j) => a + ((b - a) * j) / (slots - 1));
const worst = (met: Float64Array, wanted: (j: number) => number): number =>
  met.reduce((max, v, j) => Math.max(max, Math.abs(v - wanted(j))), 0);
const wrong = expect.objectContaining({ code: 'invalid-argument' });

describe('inverse', () => {
  it('keeps its relative error on every interval', () => {
    const interval = fc.record({
      a: fc.double({ min: 0.01, max: 10, noNaN: true }),
      ratio: fc.double({ min: 1.01, max: 100, noNaN: true }),
      errorBits: fc.integer({ min: 5, max: 40 }),
    });
    fc.assert(
      fc.property(interval, ({ a, ratio, errorBits }) => {
        const x = spread(a, a * ratio);
        const [y] = inverseAll(ev, [x], { interval: [a, a * ratio], errorBits });
        expect(
          worst(
            y!.map((v, j) => v * x[j]!),
            () => 1,
          ),
        ).toBeLessThanOrEqual(2 ** -errorBits + 1e-12); // prettier-ignore
      }),
    );
  });

  it('takes the levels it says', () => {
    for (const [b, errorBits] of [
      [2, 20],
      [16, 20],
      [100, 30],
    ] as const) {
      const options = { interval: [1, b], errorBits } as const;
      const { depth, iterations } = inverseSteps(options);
      const { ev: managed, fresh, level, tracer } = managedPairs({ slots, levels: 12 });
      const x = spread(1, b);
      const out = managed.settle(inverseAll(managed, [fresh(x)], options));
      expect(level - out[0]!.level).toBe(depth);
      expect(tracer.count.relinearizations).toBeLessThanOrEqual(2 * iterations);
      expect(worst(out[0]!.values, (j) => 1 / x[j]!)).toBeLessThan(2 ** -errorBits);
    }
  });

  it('divides', () => {
    const [a, b] = [spread(-1, 1), spread(1, 3)];
    const [quotient] = divideAll(ev, [a], [b], { interval: [1, 3], errorBits: 30 });
    expect(worst(quotient!, (j) => a[j]! / b[j]!)).toBeLessThan(2 ** -30);
  });

  it('refuses intervals that hold zero', () => {
    expect(() => inverseSteps({ interval: [0, 1] })).toThrowError(wrong);
    expect(() => inverseAll(ev, [spread(1, 2)], { interval: [2, 1] })).toThrowError(wrong);
  });
});

describe('comparison', () => {
  it('sign: within its error outside the gap, within [-1, 1] inside', () => {
    for (const options of [
      { gapBits: 4, errorBits: 8 },
      { gapBits: 8, errorBits: 16 },
      { gapBits: 12, errorBits: 20, maxDegree: 31 },
      { gapBits: 6, errorBits: 10, maxDegree: 7 },
    ]) {
      const sign = approximateSign(options);
      expect(sign.error).toBeLessThanOrEqual(2 ** -options.errorBits);
      const gap = 2 ** -options.gapBits;
      const x = Float64Array.from({ length: slots }, (_, j) => (j % 2 ? 1 : -1) * gap ** ((j >> 1) / (slots / 2 - 1)));
      const [y] = signAll(ev, sign, [x]);
      expect(worst(y!, (j) => Math.sign(x[j]!))).toBeLessThanOrEqual(sign.error * 1.001 + 1e-12);
      const inside = signAll(ev, sign, [spread(-gap, gap)])[0]!;
      expect(inside.every((v) => Math.abs(v) <= 1 + 2 * sign.error + 1e-12)).toBe(true);
    }
  });

  it('sign: no composition of lesser depth is as good', () => {
    const [gapBits, errorBits] = [5, 12];
    const { depth } = approximateSign({ gapBits, errorBits });
    const reachable = (error: number, left: number): boolean =>
      error <= 2 ** -errorBits ||
      [3, 7, 15].some((degree) => {
        const below = left - Math.log2(degree + 1);
        const high = error > 0.9 ? 1 : 1 + error;
        return below >= 0 && reachable(minimaxSign(degree, [1 - error, high]).error, below);
      });
    expect([reachable(1 - 2 ** -gapBits, depth - 1), reachable(1 - 2 ** -gapBits, depth)]).toEqual([false, true]);
  });

  it('compare, maximum, minimum', () => {
    const sign = approximateSign({ gapBits: 8, errorBits: 12 });
    const [a, b] = [spread(0, 1), spread(0, 1).reverse()];
    const [greater] = compareAll(ev, sign, [a], [b]);
    expect(worst(greater!, (j) => (a[j]! > b[j]! ? 1 : 0))).toBeLessThan(2 ** -12);
    expect(compareAll(ev, sign, [a], [a])[0]![5]).toBeCloseTo(0.5, 12);
    expect(worst(maximumAll(ev, sign, [a], [b])[0]!, (j) => Math.max(a[j]!, b[j]!))).toBeLessThan(2 ** -9);
    expect(worst(minimumAll(ev, sign, [a], [b])[0]!, (j) => Math.min(a[j]!, b[j]!))).toBeLessThan(2 ** -9);
  });

  it('take the levels they say', () => {
    const sign = approximateSign({ gapBits: 7, errorBits: 12 });
    const { ev: managed, fresh, level } = managedPairs({ slots, levels: 14 });
    const [a, b] = [spread(0, 1), spread(0, 1).reverse()];
    const run = (outs: readonly { level: number }[]): number => level - outs[0]!.level;
    expect(run(managed.settle(signAll(managed, sign, [fresh(a)])))).toBe(sign.depth);
    expect(run(managed.settle(compareAll(managed, sign, [fresh(a)], [fresh(b)])))).toBe(sign.depth);
    const top = managed.settle(maximumAll(managed, sign, [fresh(a)], [fresh(b)]));
    expect(run(top)).toBe(sign.depth + 1);
    expect(worst(top[0]!.values, (j) => Math.max(a[j]!, b[j]!))).toBeLessThan(2 ** -8);
  });

  it('refuses options out of range', () => {
    expect(() => approximateSign({ gapBits: 0, errorBits: 4 })).toThrowError(wrong);
    expect(() => approximateSign({ gapBits: 4, errorBits: 4, maxDegree: 5 })).toThrowError(wrong);
  });
});
