import { HesperError } from '../../errors.ts';
import type { Series } from './series.ts';

/**
 * The polynomial of the given degree that equals f at the degree + 1 Chebyshev nodes of [a, b], in the Chebyshev basis.
 * Within a factor of 2 + (2/pi) log(degree + 1) of the best polynomial of that degree (Trefethen, Approximation Theory
 * and Approximation Practice, chapters 3 and 15).
 *
 * @throws 'invalid-argument' for a degree or interval that makes no sense, 'non-finite-value' where f is not finite
 */
export function chebyshevFit(
  f: (x: number) => number,
  degree: number,
  interval: readonly [number, number] = [-1, 1],
): Series {
  const [a, b] = interval;
  if (!(Number.isInteger(degree) && degree >= 0 && a < b)) {
    throw new HesperError('invalid-argument', 'nothing to fit', {
      met: { degree, interval },
      wanted: 'a degree of 0 or more on an interval [a, b] with a < b',
      remedy: 'Check the order of the arguments',
    });
  }
  const count = degree + 1;
  const angles = Array.from({ length: count }, (_, j) => ((j + 0.5) * Math.PI) / count);
  const values = angles.map((angle) => f((a + b) / 2 + ((b - a) / 2) * Math.cos(angle)));
  if (!values.every(Number.isFinite)) {
    throw new HesperError('non-finite-value', 'the function is not finite on the interval', {
      met: interval,
      remedy: 'Choose an interval without poles',
    });
  }
  const coefficient = (k: number): number =>
    ((k === 0 ? 1 : 2) / count) * values.reduce((sum, v, j) => sum + v * Math.cos(k * angles[j]!), 0);
  const coefficients = Array.from({ length: count }, (_, k) => coefficient(k));
  return { basis: 'chebyshev', coefficients: coefficients.map(withoutDust(coefficients)), interval };
}

/** Rounding errors of the fit become zeros, so that even and odd functions get even and odd polynomials. */
function withoutDust(coefficients: readonly number[]): (c: number) => number {
  const dust = 2 ** -46 * Math.max(...coefficients.map(Math.abs));
  return (c) => (Math.abs(c) <= dust ? 0 : c);
}
