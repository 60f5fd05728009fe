import { describe, expect, it } from 'vitest';
import { chebyshevFit } from './chebyshev.ts';
import { minimaxSign } from './minimax-sign.ts';
import { largestError, seriesValue } from './series.ts';

const code = (wanted: string) => expect.objectContaining({ code: wanted });

describe('Chebyshev fits', () => {
  it('give polynomials back exactly and converge fast', () => {
    const cubic = (x: number): number => 2 * x ** 3 - x + 0.25;
    expect(largestError(chebyshevFit(cubic, 3, [-2, 1]), cubic, [-2, 1])).toBeLessThan(1e-13);
    const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
    expect(largestError(chebyshevFit(sigmoid, 31, [-8, 8]), sigmoid, [-8, 8])).toBeLessThan(2 ** -16);
    expect(largestError(chebyshevFit(Math.sin, 31, [-4, 4]), Math.sin, [-4, 4])).toBeLessThan(1e-13);
  });

  it('of odd and even functions are odd and even', () => {
    expect(chebyshevFit(Math.tanh, 15).coefficients.filter((c, k) => k % 2 === 0 && c !== 0)).toEqual([]);
    expect(chebyshevFit(Math.cos, 15).coefficients.filter((c, k) => k % 2 === 1 && c !== 0)).toEqual([]);
  });

  it('values agree with the definition', () => {
    const coefficients = [0.5, -1, 2, 0, 3];
    for (const x of [-3, 0.3, 1.7, 4]) {
      const u = (2 * x - 1) / 7;
      const wanted = coefficients.reduce((sum, c, k) => sum + c * Math.cos(k * Math.acos(u)), 0);
      expect(seriesValue({ basis: 'chebyshev', coefficients, interval: [-3, 4] }, x)).toBeCloseTo(wanted, 10);
    }
    expect(seriesValue({ basis: 'monomial', coefficients }, 2)).toBe(0.5 - 2 + 8 + 48);
  });

  it('refuse nonsense', () => {
    expect(() => chebyshevFit(Math.sin, 2.5)).toThrowError(code('invalid-argument'));
    expect(() => chebyshevFit(Math.sin, 2, [1, 1])).toThrowError(code('invalid-argument'));
    expect(() => chebyshevFit((x) => 1 / (x - 0.5) ** 2, 0, [0, 1])).toThrowError(code('non-finite-value'));
  });
});

describe('minimax approximations of the sign', () => {
  it('alternate: no polynomial of the degree is better', () => {
    for (const [degree, a] of [
      [3, 0.5],
      [7, 0.1],
      [15, 2 ** -6],
      [15, 2 ** -12],
      [31, 0.01],
    ] as const) {
      const { series, error } = minimaxSign(degree, [a, 1]);
      expect(largestError(series, () => 1, [a, 1], 20_000)).toBeLessThanOrEqual(error * (1 + 1e-6));
      const deviations = Array.from({ length: 200_001 }, (_, i) => {
        const x = a * (1 / a) ** (i / 200_000);
        return seriesValue(series, x) - 1;
      });
      const touching = deviations.filter((d) => Math.abs(d) > error * (1 - 1e-3)).map(Math.sign);
      const alternations = touching.filter((sign, i) => sign !== touching[i - 1]).length;
      expect({ degree, a, alternations }).toEqual({ degree, a, alternations: (degree + 1) / 2 + 1 });
    }
  });

  it('know the closed form of the linear case', () => {
    const { series, error } = minimaxSign(1, [0.5, 1]);
    expect(series.coefficients[1]).toBeCloseTo(2 / 1.5, 12);
    expect(error).toBeCloseTo(1 / 3, 12);
  });

  it('refuse nonsense', () => {
    for (const [degree, a, b] of [
      [2, 0.5, 1],
      [3, 0, 1],
      [3, 1, 0.5],
    ] as const)
      expect(() => minimaxSign(degree, [a, b])).toThrowError(code('invalid-argument'));
  });
});
