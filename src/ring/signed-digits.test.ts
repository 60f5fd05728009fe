import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { combiner } from './chinese-remainder.ts';
import { balancedResidue } from './modulus.ts';
import { signedDigits, valueAtTwo } from './signed-digits.ts';

const safe = fc.integer({ min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER });
const large = fc.bigInt({ min: -(2n ** 300n), max: 2n ** 300n });

describe('signed digits', () => {
  it('are the non-adjacent form: its value at 2 is the integer, no two digits are neighbours', () => {
    fc.assert(
      fc.property(fc.oneof(safe, large), (x) => {
        const { positions, signs } = signedDigits(x);
        const coefficients = new Float64Array(1 + (positions.at(-1) ?? 0));
        positions.forEach((k, i) => {
          coefficients[k] = signs[i]!;
        });
        expect(valueAtTwo(coefficients)).toBe(BigInt(x));
        expect(signs.every((s) => s === 1 || s === -1)).toBe(true);
        expect(positions.every((k, i) => i === 0 || k >= positions[i - 1]! + 2)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('are the same for numbers and big integers', () => {
    fc.assert(
      fc.property(safe, (x) => {
        expect(signedDigits(x)).toEqual(signedDigits(BigInt(x)));
      }),
    );
    expect(signedDigits(0)).toEqual({ positions: [], signs: [] });
    expect(signedDigits(-0)).toEqual({ positions: [], signs: [] });
    expect(signedDigits(-4)).toEqual({ positions: [2], signs: [-1] });
    expect(signedDigits(7n)).toEqual({ positions: [0, 3], signs: [-1, 1] });
  });

  it('carry coefficients of any size', () => {
    expect(valueAtTwo([])).toBe(0n);
    expect(valueAtTwo([5, -3, 0, 0])).toBe(-1n);
    expect(valueAtTwo([1n, 2n ** 80n])).toBe(2n ** 81n + 1n);
  });
});

describe('Chinese remainders', () => {
  const moduli = [65537, 3 ** 20, 281474976546817, 5];

  it('give the one integer below half the product', () => {
    const half = (moduli.reduce((m, t) => m * BigInt(t), 1n) - 1n) / 2n;
    const combine = combiner(moduli);
    fc.assert(
      fc.property(fc.oneof(fc.bigInt({ min: -half, max: half }), fc.constantFrom(half, -half, 0n, 1n, -1n)), (x) => {
        expect(combine(moduli.map((t) => balancedResidue(x, t)))).toBe(x);
      }),
      { numRuns: 300 },
    );
  });

  it('take a single modulus as it is', () => {
    expect(combiner([17])([-8])).toBe(-8n);
  });
});
