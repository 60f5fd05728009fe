import { describe, expect, it } from 'vitest';
import { dense } from '../heras/layers/dense.ts';
import { normal, randomFrom } from '../heras/random.ts';
import { sequential } from '../heras/sequential.ts';
import { chooseRounding, clip, rounded, weightBitsOf } from './rounding.ts';

const random = randomFrom(3);
const kernel = Float32Array.from({ length: 2_000 }, () => 0.1 * normal(random));
const distance = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, k) => sum + (value - b[k]!) ** 2, 0);

describe('rounding of kernels', () => {
  it.each([2, 4, 6, 8])('to %i bits gives small integers over a power of two, at the best of all scales', (bits) => {
    const rounding = chooseRounding(kernel, bits);
    expect(Math.log2(rounding.scale) % 1).toBe(0);
    expect(rounding.limit).toBe(2 ** (bits - 1) - 1);
    const integers = rounded(kernel, rounding).map((value) => value * rounding.scale);
    expect(integers.every((value) => Number.isInteger(value) && Math.abs(value) <= rounding.limit)).toBe(true);
    const cost = (scale: number) => distance(kernel, rounded(kernel, { ...rounding, scale }));
    for (let shift = -8; shift <= 8; shift++) expect(cost(rounding.scale)).toBeLessThanOrEqual(cost(2 ** shift));
  });

  it('changes nothing the second time, nor a kernel of zeros', () => {
    const rounding = chooseRounding(kernel, 5);
    const once = rounded(kernel, rounding);
    expect(rounded(once, rounding)).toEqual(once);
    const zeros = new Float32Array(4);
    expect(rounded(zeros, chooseRounding(zeros, 5))).toEqual(zeros);
  });

  it('clips to the largest integer', () => {
    const data = Float32Array.of(1, -1, 0.25);
    clip(data, { scale: 8, limit: 3 });
    expect([...data]).toEqual([0.375, -0.375, 0.25]);
  });

  it('is for kernels, by the names of layers', () => {
    const layers = [dense({ units: 2, name: 'a', inputShape: [2] }), dense({ units: 2, name: 'b' })];
    const model = sequential({ layers });
    expect(weightBitsOf(model, { weightBits: 5, fromEpoch: 0 })).toEqual([5, 0, 5, 0]);
    expect(weightBitsOf(model, { weightBits: { b: 7 }, fromEpoch: 0 })).toEqual([0, 0, 7, 0]);
    expect(() => weightBitsOf(model, { weightBits: { c: 7 }, fromEpoch: 0 })).toThrow(/weightBits/);
    expect(() => weightBitsOf(model, { weightBits: 1, fromEpoch: 0 })).toThrow(/weightBits/);
  });
});
