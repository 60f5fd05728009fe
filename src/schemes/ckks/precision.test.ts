import { describe, expect, it } from 'vitest';
import { precisionReport } from './precision.ts';

const coded = (code: string) => expect.objectContaining({ name: 'HesperError', code });

describe('precision report', () => {
  it('counts bits of absolute errors', () => {
    const exact = Float64Array.of(1, 2, 3, 4, -5);
    const got = Float64Array.of(1 + 2 ** -10, 2 - 2 ** -12, 3 + 2 ** -14, 4 - 2 ** -16, -5 + 2 ** -8, 99);
    expect(precisionReport(exact, got)).toEqual({
      count: 5,
      bitsMin: 8,
      bitsMean: 12,
      bitsMedian: 12,
      maxError: 2 ** -8,
      meanError: (2 ** -8 + 2 ** -10 + 2 ** -12 + 2 ** -14 + 2 ** -16) / 5,
      rmsError: Math.sqrt((2 ** -16 + 2 ** -20 + 2 ** -24 + 2 ** -28 + 2 ** -32) / 5),
      worstColumn: 0,
      worstSlot: 4,
      maxExact: 5,
    });
  });

  it('measures complex values by their distance, over several columns', () => {
    const exact = [Float64Array.of(0), { re: Float64Array.of(3, 0), im: Float64Array.of(4, 0) }];
    const got = [
      { re: Float64Array.of(0), im: Float64Array.of(0.25) },
      { re: Float64Array.of(3.3, 0), im: Float64Array.of(4.4, 0) },
    ];
    const report = precisionReport(exact, got);
    expect(report).toMatchObject({ count: 3, worstColumn: 1, worstSlot: 0, maxExact: 5 });
    expect(report.maxError).toBeCloseTo(0.5, 12);
    expect(precisionReport(exact[1]!, Float64Array.of(3, 0)).maxError).toBe(4); // no imaginary part is zero
  });

  it('caps the bits of what is met exactly', () =>
    expect(precisionReport(Float64Array.of(1), Float64Array.of(1))).toMatchObject({ bitsMin: 64, maxError: 0 }));

  it('refuses what cannot be compared', () => {
    const one = Float64Array.of(1);
    expect(() => precisionReport([one], [one, one])).toThrowError(coded('shape-mismatch'));
    expect(() => precisionReport(Float64Array.of(1, 2), one)).toThrowError(coded('shape-mismatch'));
    expect(() => precisionReport([], [])).toThrowError(coded('shape-mismatch'));
    expect(() => precisionReport(one, Float64Array.of(Number.NaN))).toThrowError(coded('non-finite-value'));
  });
});
