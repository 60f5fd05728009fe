/**
 * Noise of RLWE ciphertexts as it shows in one slot. A slot is the value at a root zeta of the ring polynomial; its
 * noise is Gaussian to good precision, and where the secret s takes part, scaled by |s(zeta)|^k. For a ternary secret
 * |s(zeta)|^2 is 2n/3 times an exponential variable u of mean 1, fixed by the key, another one in each slot. So a
 * variance is a polynomial in u: `v[i]` is the coefficient of u^i, of the real part, in units of scaled slots
 * (message times scale) squared.
 */
export type Variance = Float64Array;

/** Variance of one coefficient of the error distribution: centred binomial of 2 x 21 coins. */
export const ERROR_VARIANCE = 10.5;

/** Fresh symmetric encryption: error and the rounding of the encoding. */
export const freshVariance = (n: number): Variance => Float64Array.of((n / 2) * (ERROR_VARIANCE + 1 / 12));

/** Rounding of every part after a division by a prime: part i meets s^i. */
export const roundingVariance = (n: number, parts: number): Variance =>
  Float64Array.from({ length: parts }, (_, i) => (n / 24) * ((2 * n) / 3) ** i);

/**
 * Key switching with one special prime P and one digit per prime: `parts - 2` components, digits balanced modulo
 * each q (variance q^2 / 12) times the error of the key, divided by P with rounding of two parts.
 */
export function relinearizationVariance(
  n: number,
  parts: number,
  primes: readonly number[],
  special: number,
): Variance {
  const digits = primes.reduce((sum, q) => sum + (q / special) ** 2 / 12, 0);
  const variance = roundingVariance(n, 2);
  variance[0] = variance[0]! + (parts - 2) * digits * n * ERROR_VARIANCE * (n / 2);
  return variance;
}

/** v(u). */
export function varianceAt(v: Variance, u: number): number {
  let sum = 0;
  for (let i = v.length - 1; i >= 0; i--) sum = sum * u + v[i]!;
  return sum;
}

export const addVariance = (a: Variance, b: Variance): Variance =>
  Float64Array.from({ length: Math.max(a.length, b.length) }, (_, i) => (a[i] ?? 0) + (b[i] ?? 0));

export const scaleVariance = (a: Variance, factor: number): Variance => a.map((value) => value * factor);

export function multiplyVariance(a: Variance, b: Variance): Variance {
  const out = new Float64Array(a.length + b.length - 1);
  for (let i = 0; i < a.length; i++) for (let j = 0; j < b.length; j++) out[i + j] = out[i + j]! + a[i]! * b[j]!;
  return out;
}
