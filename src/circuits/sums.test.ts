import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createClearEvaluator } from '../evaluator/clear.ts';
import { createComplexEvaluator } from '../evaluator/clear-complex.ts';
import type { ComplexVector } from '../evaluator/verbs.ts';
import { broadcastRotations, broadcastSlots, maskSlots } from './broadcast.ts';
import { imaginaryPart, packComplex, realPart, unpackComplex } from './complex.ts';
import { innerSum, innerSumRotations, replicate, replicateRotations } from './inner-sum.ts';
import { managedPairs } from './managed-pairs.conformance.ts';
import { keysNeeded } from './rotations.ts';

const slots = 16;
const ev = createClearEvaluator(slots);
const at = (v: Float64Array, t: number): number => v[((t % slots) + slots) % slots]!;
const x = Float64Array.from({ length: slots }, (_, t) => Math.sin(3 * t + 1));

describe('inner sums and replication', () => {
  const span = fc.record({ count: fc.integer({ min: 1, max: 20 }), stride: fc.integer({ min: -9, max: 9 }) });

  it('are the naive sums, for any count and stride', () => {
    fc.assert(
      fc.property(span, ({ count, stride }) => {
        const [sum] = innerSum(ev, [x], { count, stride });
        const [copies] = replicate(ev, [x], { count, stride });
        for (let t = 0; t < slots; t++) {
          const terms = Array.from({ length: count }, (_, i) => i * stride);
          expect(sum![t]).toBeCloseTo(
            terms.reduce((s, d) => s + at(x, t + d), 0),
            9,
          );
          expect(copies![t]).toBeCloseTo(
            terms.reduce((s, d) => s + at(x, t - d), 0),
            9,
          );
        }
      }),
    );
  });

  it('name the rotations they need, about log2(count)', () => {
    expect(innerSumRotations(4096, { count: 1024 })).toEqual(Array.from({ length: 10 }, (_, i) => 2 ** i));
    expect(replicateRotations(16, { count: 4, stride: 2 })).toEqual([12, 14]);
    expect(innerSumRotations(16, { count: 1 })).toEqual([]);
    fc.assert(
      fc.property(span, (s) => {
        expect(innerSumRotations(slots, s).length).toBeLessThanOrEqual(2 * Math.log2(s.count) + 1);
      }),
    );
  });

  it('refuse what is no span and no slot', () => {
    const wrong = expect.objectContaining({ code: 'invalid-argument' });
    for (const count of [0, -1, 2.5, Number.NaN]) expect(() => innerSum(ev, [x], { count })).toThrowError(wrong);
    expect(() => replicate(ev, [x], { count: 2, stride: 0.5 })).toThrowError(wrong);
    for (const index of [-1, slots, 0.5]) expect(() => broadcastSlots(ev, x, [index])).toThrowError(wrong);
  });

  it('take no level, broadcast one', () => {
    const { ev: managed, fresh, level } = managedPairs({ slots, levels: 2 });
    const [sum, ...broadcast] = managed.settle([
      ...innerSum(managed, [fresh(x)], { count: 5 }),
      ...broadcastSlots(managed, fresh(x), [2, 15]),
    ]);
    expect([sum!.level, ...broadcast.map((b) => b.level)]).toEqual([level, level - 1, level - 1]);
    expect(broadcast[1]!.values.every((v) => Math.abs(v - x[15]!) < 1e-9)).toBe(true);
  });

  it('masks and broadcasts', () => {
    const [low, high] = maskSlots(ev, x, [Float64Array.of(1, 1), Float64Array.from(x, (_, t) => (t < 2 ? 0 : 2))]);
    expect([low![1], low![2], high![1], high![2]]).toEqual([x[1], 0, 0, 2 * x[2]!]);
    const out = broadcastSlots(ev, x, [3, 0]);
    for (let t = 0; t < slots; t++) {
      expect(out[0]![t]).toBeCloseTo(x[3]!, 12);
      expect(out[1]![t]).toBeCloseTo(x[0]!, 12);
    }
    expect(broadcastRotations(slots)).toEqual([1, 2, 4, 8]);
  });
});

describe('complex parts', () => {
  const complex = createComplexEvaluator(slots);
  const y = x.map((v) => v * v - 0.5);
  const z: ComplexVector = { re: x, im: y };
  const zero = new Float64Array(slots);

  it('are taken apart and put together', () => {
    const [[re], [im]] = unpackComplex(complex, [z]);
    expect([re, im]).toEqual([
      { re: x, im: zero },
      { re: y, im: zero },
    ]);
    expect(realPart(complex, [z, z])[1]).toEqual({ re: x, im: zero });
    expect(imaginaryPart(complex, [z, { re: y, im: x }])[1]).toEqual({ re: x, im: zero });
    expect(packComplex(complex, [re!, im!], [im!, re!])).toEqual([z, { re: y, im: x }]);
  });

  it('take no level and one conjugation', () => {
    const { ev: managed, fresh, level } = managedPairs({ slots, levels: 1 });
    const [out] = managed.settle(realPart(managed, [fresh(x)]));
    expect(out!.level).toBe(level);
    expect(out!.values).toEqual(x);
    expect(keysNeeded(slots, 1, (e, zs) => unpackComplex(e, zs).flat())).toEqual({
      rotations: [],
      conjugation: true,
      relinearization: false,
    });
  });
});
