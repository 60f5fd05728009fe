import { HesperError } from '../../errors.ts';

/** p(x) = sum of coefficients[k] times T_k(u) or x^k; numbers, independent of any encryption. */
export interface Series {
  /** 'chebyshev': T_k(u), u = x mapped from the interval to [-1, 1]. 'monomial': x^k. */
  readonly basis: 'chebyshev' | 'monomial';
  readonly coefficients: readonly number[];
  /** Where a Chebyshev series is meant to be used; default [-1, 1]. */
  readonly interval?: readonly [number, number];
}

/** x of [a, b] to u = slope x + shift of [-1, 1]. @throws 'invalid-argument' unless a < b */
export function toUnit([a, b]: readonly [number, number]): { slope: number; shift: number } {
  if (!(a < b)) {
    throw new HesperError('invalid-argument', 'not an interval', {
      met: [a, b],
      wanted: 'a < b',
      remedy: 'Give its ends in order',
    });
  }
  return { slope: 2 / (b - a), shift: -(a + b) / (b - a) };
}

/** p(x) in double precision: Clenshaw's recurrence, or Horner's rule. */
export function seriesValue({ basis, coefficients, interval = [-1, 1] }: Series, x: number): number {
  if (basis === 'monomial') return coefficients.reduceRight((sum, c) => sum * x + c, 0);
  const { slope, shift } = toUnit(interval);
  const u = slope * x + shift;
  let [b1, b2] = [0, 0];
  for (let k = coefficients.length - 1; k > 0; k--) [b1, b2] = [coefficients[k]! + 2 * u * b1 - b2, b1];
  return (coefficients[0] ?? 0) + u * b1 - b2;
}

/** The largest |p(x) - f(x)| over `samples` points of [a, b], both ends included. */
export function largestError(
  series: Series,
  f: (x: number) => number,
  [a, b]: readonly [number, number],
  samples = 1000,
): number {
  let worst = 0;
  for (let i = 0; i <= samples; i++) {
    const x = a + ((b - a) * i) / samples;
    worst = Math.max(worst, Math.abs(seriesValue(series, x) - f(x)));
  }
  return worst;
}
