/**
 * Noise of RLWE ciphertexts as it shows in one slot. A slot is the value at a root zeta of the ring polynomial; its
 * noise is Gaussian to good precision, and where the secret s takes part, scaled by |s(zeta)|^k. For a ternary secret
 * |s(zeta)|^2 is 2n/3 times an exponential variable u of mean 1, fixed by the key, another one in each slot. So a
 * variance is a polynomial in u: `v[i]` is the coefficient of u^i, of the real part, in units of scaled slots
 * (message times scale) squared. Sums of ciphertexts are taken as independent.
 */
export type Variance = Float64Array;

/** Variance of one coefficient of the error distribution: centred binomial of 2 x 21 coins. */
export const ERROR_VARIANCE = 10.5;

/** Mean of |s(zeta)|^2, for a secret and for the ephemeral one of a public-key encryption. */
const secretSquare = (n: number): number => (2 * n) / 3;

export type Encryption = 'symmetric' | 'public';

/**
 * Fresh encryption: error and the rounding of the encoding. With a public key b = e - a s the error of the key meets
 * the ephemeral secret v, a second error the secret: e v + e0 + e1 s.
 */
export function freshVariance(n: number, kind: Encryption = 'symmetric'): Variance {
  const symmetric = (n / 2) * (ERROR_VARIANCE + 1 / 12);
  const product = (n / 2) * ERROR_VARIANCE * secretSquare(n);
  return kind === 'symmetric' ? Float64Array.of(symmetric) : Float64Array.of(symmetric + product, product);
}

/** Rounding of every part after a division by a prime: part i meets s^i. */
export const roundingVariance = (n: number, parts: number): Variance =>
  Float64Array.from({ length: parts }, (_, i) => (n / 24) * secretSquare(n) ** i);

/** What key switching reckons with: the data primes of the level and the k special primes. */
export interface Switching {
  readonly primes: readonly number[];
  readonly special: readonly number[];
}

/** Q_d / P of every digit: Q_d is the product of k neighbouring primes, P of the special ones. */
export const digitRatios = ({ primes, special }: Switching): number[] =>
  Array.from({ length: Math.ceil(primes.length / special.length) }, (_, d) =>
    special.reduce((ratio, p, i) => (ratio * (primes[d * special.length + i] ?? 1)) / p, 1),
  );

/**
 * One component switched to the secret, before the rounding of the division by P: every digit, balanced modulo Q_d
 * (variance Q_d^2 / 12), times the error of its key, over P.
 */
export const switchingVariance = (n: number, switching: Switching): number =>
  digitRatios(switching).reduce((sum, ratio) => sum + ratio ** 2 / 12, 0) * n * ERROR_VARIANCE * (n / 2);

/** Key switching of `components` parts in one sum (hybrid, eprint 2019/688), with the rounding of one division. */
export function switchedVariance(n: number, components: number, switching: Switching): Variance {
  if (components === 0) return Float64Array.of(0);
  const variance = roundingVariance(n, 2);
  variance[0] = variance[0]! + components * switchingVariance(n, switching);
  return variance;
}

export const relinearizationVariance = (n: number, parts: number, switching: Switching): Variance =>
  switchedVariance(n, parts - 2, switching);

/** Of a slot that comes from elsewhere: another u, of which the mean is known, E u^i = i!. */
export const averaged = (v: Variance): Variance => Float64Array.of(meanVariance(v));

/** Over all slots and keys. */
export function meanVariance(v: Variance): number {
  let [mean, factorial] = [0, 1];
  v.forEach((value, i) => {
    factorial *= Math.max(i, 1);
    mean += value * factorial;
  });
  return mean;
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
