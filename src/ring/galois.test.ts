import { describe, expect, it } from 'vitest';
import { conjugationExponent, inverseExponent, normalizeStep, rotationExponent, stepOfExponent } from './galois.ts';

describe('automorphisms', () => {
  it.each([1024, 65536])('rotations form a group of n / 2 elements, n = %i', (n) => {
    const slots = n / 2;
    expect(rotationExponent(0, n)).toBe(1);
    expect(rotationExponent(slots, n)).toBe(1);
    expect(rotationExponent(1, n)).toBe(5);
    for (const [a, b] of [
      [3, 4],
      [-1, 1],
      [slots - 1, 7],
      [-5, -9],
    ] as const) {
      const product = (rotationExponent(a, n) * rotationExponent(b, n)) % (2 * n);
      expect(product).toBe(rotationExponent(a + b, n));
    }
    expect(new Set(Array.from({ length: slots }, (_, r) => rotationExponent(r, n))).size).toBe(slots);
  });

  it.each([1024, 65536])('have inverses, and rotations their steps, n = %i', (n) => {
    for (const step of [1, -1, 17, n / 4, -n / 4 + 1]) {
      const g = rotationExponent(step, n);
      expect((g * inverseExponent(g, n)) % (2 * n)).toBe(1);
      expect(inverseExponent(g, n)).toBe(rotationExponent(-step, n));
      expect(stepOfExponent(g, n)).toBe(step);
    }
    const conjugation = conjugationExponent(n);
    expect(inverseExponent(conjugation, n)).toBe(conjugation);
    expect(stepOfExponent(conjugation, n)).toBe(undefined);
  });

  it('names steps by the smallest size, and refuses what is no step', () => {
    expect([0, 512, 256, -256, 511, 1e15, -1e15].map((step) => normalizeStep(step, 1024))).toEqual([
      0, 0, 256, 256, -1, 0, 0,
    ]);
    for (const step of [0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])
      expect(() => normalizeStep(step, 1024)).toThrowError(expect.objectContaining({ code: 'invalid-argument' }));
  });
});
