import { describe, expect, it } from 'vitest';
import {
  conjugationExponent,
  inverseExponent,
  isRotation,
  normalizeStep,
  rotationExponent,
  stepOfExponent,
} from './galois.ts';

const cases = [
  [1024, 5],
  [65536, 5],
  [1024, 3],
  [65536, 3],
] as const;

describe('automorphisms', () => {
  it.each(cases)('rotations form a group of n / 2 elements, n = %i, powers of %i', (n, c) => {
    const slots = n / 2;
    expect(rotationExponent(0, n, c)).toBe(1);
    expect(rotationExponent(slots, n, c)).toBe(1);
    expect(rotationExponent(1, n, c)).toBe(c);
    for (const [a, b] of [
      [3, 4],
      [-1, 1],
      [slots - 1, 7],
      [-5, -9],
    ] as const) {
      const product = (rotationExponent(a, n, c) * rotationExponent(b, n, c)) % (2 * n);
      expect(product).toBe(rotationExponent(a + b, n, c));
    }
    const odd = Array.from({ length: n }, (_, i) => 2 * i + 1);
    const powers = new Set(Array.from({ length: slots }, (_, r) => rotationExponent(r, n, c)));
    expect(powers.size).toBe(slots);
    expect(odd.every((g) => isRotation(g, c) === powers.has(g))).toBe(true);
  });

  it.each(cases)('have inverses, and rotations their steps, n = %i, powers of %i', (n, c) => {
    for (const step of [1, -1, 17, n / 4, -n / 4 + 1]) {
      const g = rotationExponent(step, n, c);
      expect((g * inverseExponent(g, n)) % (2 * n)).toBe(1);
      expect(inverseExponent(g, n)).toBe(rotationExponent(-step, n, c));
      expect(stepOfExponent(g, n, c)).toBe(step);
    }
    const conjugation = conjugationExponent(n);
    expect(inverseExponent(conjugation, n)).toBe(conjugation);
    expect(stepOfExponent(conjugation, n, c)).toBe(undefined);
  });

  it('names steps by the smallest size, and refuses what is no step', () => {
    expect([0, 512, 256, -256, 511, 1e15, -1e15].map((step) => normalizeStep(step, 1024))).toEqual([
      0, 0, 256, 256, -1, 0, 0,
    ]);
    for (const step of [0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])
      expect(() => normalizeStep(step, 1024)).toThrowError(expect.objectContaining({ code: 'invalid-argument' }));
  });
});
