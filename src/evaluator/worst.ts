import { digitRatios, type Encryption, type Switching } from './noise.ts';

/**
 * What an error can come to at most, as the absolute value of one slot in scaled units, whatever the randomness. A slot
 * is the value at a complex root of unity, so it is at most the sum of the absolute coefficients: n times the largest.
 */

/**
 * Conversions of bases may take a value at the edge of (-Q/2, Q/2) to its other representative, 2^-40 beyond; and these
 * bounds are themselves computed in floating point.
 */
const SLACK = 1 + 2 ** -32;

/** Coefficients of the error distribution: 2 x 21 coins. */
const ERROR_BOUND = 21;

/** Of the secret at a slot: n coefficients of -1, 0, 1. */
const secretBound = (n: number): number => n;

const errorBound = (n: number): number => ERROR_BOUND * n;

/** Fresh encryption without the rounding of the encoding; with a public key e v + e0 + e1 s. */
export const freshBound = (n: number, kind: Encryption): number =>
  errorBound(n) * (kind === 'symmetric' ? 1 : 1 + 2 * secretBound(n));

/** Every coefficient of part i is off by 1/2 at most and meets s^i. */
export const roundingBound = (n: number, parts: number): number =>
  SLACK * Array.from({ length: parts }, (_, i) => (n / 2) * secretBound(n) ** i).reduce((a, b) => a + b);

/** Digits of at most Q_d / 2 a coefficient, times the errors of their keys, over P; one division for all components. */
export function switchedBound(n: number, components: number, switching: Switching): number {
  if (components === 0) return 0;
  const digits = digitRatios(switching).reduce((sum, ratio) => sum + ratio * (n / 2), 0);
  return SLACK * components * digits * errorBound(n) + roundingBound(n, 2);
}
