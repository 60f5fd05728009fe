import { digitRatios, type Encryption, ERROR_VARIANCE, type Switching } from './noise.ts';

/**
 * Noise of BFV ciphertexts, on average. The phase of a ciphertext is (Q/t) m + v modulo Q, v is the noise. At a root
 * zeta of the ring polynomial v is a sum of products of independent Gaussian numbers (of encryptions, of roundings, of
 * what products lift) and of powers of |s(zeta)|. For the ternary secret s, |s(zeta)|^2 is h = 2n/3 times an
 * exponential variable X of mean 1, fixed by the key, another one at each of n / 2 pairs of roots.
 *
 * `spectrum[d][k]`, d from 0: in front of X^k, what products of d + 1 Gaussians contribute. The mean of |v(zeta)|^2 is n
 * times the sum of spectrum[d][k] X^k; the mean square of a coefficient is the sum of spectrum[d][k] k!.
 * Derivation and assumptions: docs/decisions/0012-bfv-noise.md.
 */
export type Spectrum = readonly Float64Array[];

/** Mean of |s(zeta)|^2. */
const secretSquare = (n: number): number => (2 * n) / 3;

/** Variance of a rounding to integers. */
const ROUNDING = 1 / 12;

/** Error and rounding of Q m / t. With a public key b = e - a s: e u + e0 + e1 s, u the ephemeral secret. */
export function freshSpectrum(n: number, kind: Encryption = 'symmetric'): Spectrum {
  const error = ERROR_VARIANCE + ROUNDING;
  if (kind === 'symmetric') return [Float64Array.of(error)];
  const product = ERROR_VARIANCE * secretSquare(n);
  return [Float64Array.of(error, product), Float64Array.of(product)];
}

/** Of every part: part k meets s^k. */
export const roundingSpectrum = (n: number, parts: number): Spectrum => [
  Float64Array.from({ length: parts }, (_, k) => ROUNDING * secretSquare(n) ** k),
];

/** Of `count` coefficients of a plaintext, lifted to Q m / t. */
export const liftSpectrum = (n: number, count: number): Spectrum => [Float64Array.of((ROUNDING * count) / n)];

/** `components` parts switched to the secret: digits times the errors of their keys over P, rounded once. */
export function switchedSpectrum(n: number, components: number, switching: Switching): Spectrum {
  if (components === 0) return [];
  const digits = digitRatios(switching).reduce((sum, ratio) => sum + ratio ** 2 * ROUNDING, 0);
  return [...roundingSpectrum(n, 2), Float64Array.of(components * digits * n * ERROR_VARIANCE)];
}

/** To the level below: divided by the prime, all parts rounded. */
export const dividedSpectrum = (n: number, a: Spectrum, prime: number, parts: number): Spectrum =>
  sumSpectra([scaleSpectrum(a, prime ** -2), roundingSpectrum(n, parts)]);

export interface Factor {
  readonly parts: number;
  readonly noise: Spectrum;
}

/**
 * A factor of p parts, taken as integers, comes to (Q/t) (M + (t/Q) v) at s, M = m + t K: what its parts are above Q is
 * a multiple of t in the message. So the noise of a product is M v' + M' v + (t/Q) v v', that of a square
 * 2 M v + (t/Q) v^2, beside the rounding of all parts. Parts are uniform modulo Q, so M is Gaussian with variance
 * t^2/12 (1 + h X + ... + (h X)^(p-1)).
 *
 * @param ratio t / Q
 */
export function productSpectrum(n: number, t: number, ratio: number, a: Factor, b: Factor): Spectrum {
  const lifted = ({ parts }: Factor): Spectrum => scaleSpectrum(roundingSpectrum(n, parts), t ** 2);
  const both = multiplySpectra(scaleSpectrum(a.noise, ratio ** 2), b.noise);
  const noise =
    a === b
      ? [scaleSpectrum(multiplySpectra(lifted(a), a.noise), 4), scaleSpectrum(both, 2)]
      : [multiplySpectra(lifted(a), b.noise), multiplySpectra(lifted(b), a.noise), both];
  return sumSpectra([scaleSpectrum(sumSpectra(noise), n), roundingSpectrum(n, a.parts + b.parts - 1)]);
}

/** Times a vector of integers: as a polynomial its coefficients are like uniform ones modulo t. */
export const weighedSpectrum = (n: number, t: number, a: Spectrum): Spectrum =>
  scaleSpectrum(multiplySpectra([Float64Array.of(t ** 2 * ROUNDING)], a), n);

/**
 * At another root, where the secret has another size: of X^k only the mean is known, k!. Its moments are below those
 * of 2k - 1 more Gaussians.
 */
export function movedSpectrum(a: Spectrum): Spectrum {
  const terms = a.flatMap((powers, d) =>
    Array.from(powers, (power, k): Spectrum => {
      const degree = d + Math.max(0, 2 * k - 1);
      return Array.from({ length: degree + 1 }, (_, i) => Float64Array.of(i === degree ? power * factorial(k) : 0));
    }),
  );
  return sumSpectra(terms);
}

/** Root of the mean square of a coefficient, over all keys. */
export const deviationOf = (a: Spectrum): number => Math.sqrt(meanSquareOf(a));

export const meanSquareOf = (a: Spectrum): number =>
  a.reduce((sum, powers) => powers.reduce((total, power, k) => total + power * factorial(k), sum), 0);

export const factorial = (k: number): number => (k < 2 ? 1 : k * factorial(k - 1));

export const scaleSpectrum = (a: Spectrum, factor: number): Spectrum =>
  a.map((powers) => powers.map((power) => power * factor));

/** Of independent noises. */
export function sumSpectra(list: readonly Spectrum[]): Spectrum {
  const out: Float64Array[] = [];
  for (const a of list) addSpectrum(out, a, 1);
  return out;
}

/** sum += factor * a */
export function addSpectrum(sum: Float64Array[], a: Spectrum, factor: number): void {
  for (let d = 0; d < a.length; d++) {
    const own = a[d]!;
    if ((sum[d]?.length ?? -1) < own.length) sum[d] = extended(sum[d], own.length);
    const into = sum[d]!;
    for (let k = 0; k < own.length; k++) into[k] = into[k]! + factor * own[k]!;
  }
}

function extended(a: Float64Array | undefined, length: number): Float64Array {
  const out = new Float64Array(length);
  if (a) out.set(a);
  return out;
}

/** Of independent factors, but for a factor of n. */
function multiplySpectra(a: Spectrum, b: Spectrum): Spectrum {
  const out: Float64Array[] = [];
  a.forEach((x, d) => {
    b.forEach((y, e) => {
      if (x.length > 0 && y.length > 0) addSpectrum(out, shiftedTo(d + e + 1, productOf(x, y)), 1);
    });
  });
  return out;
}

function productOf(x: Float64Array, y: Float64Array): Float64Array {
  const out = new Float64Array(x.length + y.length - 1);
  for (let i = 0; i < x.length; i++) for (let j = 0; j < y.length; j++) out[i + j] = out[i + j]! + x[i]! * y[j]!;
  return out;
}

const shiftedTo = (index: number, powers: Float64Array): Spectrum => {
  const out: Float64Array[] = Array.from({ length: index + 1 }, () => new Float64Array(0));
  out[index] = powers;
  return out;
};
