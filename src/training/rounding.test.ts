import { describe, expect, it } from 'vitest';
import { dense } from '../heras/layers/dense.ts';
import { normal, randomFrom } from '../heras/random.ts';
import { sequential } from '../heras/sequential.ts';
import { chooseRounding, clip, integersOf, rounded } from './rounding.ts';

const random = randomFrom(3);
const kernel = Float32Array.from({ length: 2_000 }, () => 0.1 * normal(random));
const distance = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, k) => sum + (value - b[k]!) ** 2, 0);

describe('rounding of kernels', () => {
  it.each([
    { limit: 1, powers: false },
    { limit: 7, powers: false },
    { limit: 31, powers: false },
    { limit: 127, powers: false },
    { limit: 1, powers: true },
    { limit: 4, powers: true },
    { limit: 64, powers: true },
  ])('to %j gives small integers over a power of two, at the best of all scales', (wanted) => {
    const rounding = chooseRounding(kernel, wanted);
    expect(Math.log2(rounding.scale) % 1).toBe(0);
    expect(rounding).toMatchObject(wanted);
    const integers = Array.from(rounded(kernel, rounding), (value) => Math.abs(value * rounding.scale));
    const good = (k: number) => Number.isInteger(wanted.powers && k > 0 ? Math.log2(k) : k) && k <= wanted.limit;
    expect(integers.every(good)).toBe(true);
    expect(new Set(integers).size).toBeGreaterThan(1);
    const cost = (scale: number) => distance(kernel, rounded(kernel, { ...rounding, scale }));
    for (let shift = -8; shift <= 8; shift++) expect(cost(rounding.scale)).toBeLessThanOrEqual(cost(2 ** shift));
  });

  it('to powers of two takes the nearest one', () => {
    const rounding = { scale: 2, limit: 4, powers: true };
    const values = Float32Array.of(0.24, 0.25, 0.74, -0.75, 1.49, -1.5, 9, 0);
    expect([...rounded(values, rounding)].map((v) => v + 0)).toEqual([0, 0.5, 0.5, -1, 1, -2, 2, 0]);
  });

  it('changes nothing the second time, nor a kernel of zeros', () => {
    for (const powers of [false, true]) {
      const rounding = chooseRounding(kernel, { limit: 16, powers });
      const once = rounded(kernel, rounding);
      expect(rounded(once, rounding)).toEqual(once);
      const zeros = new Float32Array(4);
      expect(rounded(zeros, chooseRounding(zeros, { limit: 16, powers }))).toEqual(zeros);
    }
  });

  it('clips to the largest integer', () => {
    const data = Float32Array.of(1, -1, 0.25);
    clip(data, { scale: 8, limit: 3, powers: false });
    expect([...data]).toEqual([0.375, -0.375, 0.25]);
  });

  it('is for kernels, by the names of layers', () => {
    const layers = [dense({ units: 2, name: 'a', inputShape: [2] }), dense({ units: 2, name: 'b' })];
    const model = sequential({ layers });
    const bits = { limit: 15, powers: false };
    const none = undefined;
    expect(integersOf(model, { weightBits: 5, fromEpoch: 0 })).toEqual([bits, none, bits, none]);
    expect(integersOf(model, { weightBits: { b: 5 }, fromEpoch: 0 })).toEqual([none, none, bits, none]);
    const both = integersOf(model, { weightBits: 5, powersOfTwo: { a: 3 }, fromEpoch: 0 });
    expect(both).toEqual([{ limit: 4, powers: true }, none, bits, none]);
    expect(() => integersOf(model, { weightBits: { c: 7 }, fromEpoch: 0 })).toThrow(/weightBits/);
    expect(() => integersOf(model, { weightBits: 1, fromEpoch: 0 })).toThrow(/weightBits/);
    expect(() => integersOf(model, { powersOfTwo: 0, fromEpoch: 0 })).toThrow(/powersOfTwo/);
  });
});
