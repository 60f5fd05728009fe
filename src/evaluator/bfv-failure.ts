import type { Spectrum } from './bfv-noise.ts';

/** Highest moment looked at: enough to see probabilities of 2^-200. */
const MOMENTS = 160;

/**
 * -log2 of the probability that any coefficient of any of these ciphertexts has noise beyond the limit, over keys and
 * encryptions, by the model of bfv-noise.ts; 0 if that is all but certain.
 *
 * A product of several Gaussians has more large values than one, and so has X^k: the probability is bounded by the
 * moments of all even orders (Markov's inequality), which hold for sums of any number of such products. With d + 1
 * Gaussians and X^k, E |v(zeta)|^(2p) is at most (n A_p)^p, where A_p is the sum of
 * spectrum[d][k] (p!)^((d+1)/p) ((kp)!)^(1/p); a coefficient is a sum of n / 2 independent such terms, one a pair of roots.
 *
 */
export function failureBits(n: number, ciphertexts: readonly NoiseAndLimit[]): number {
  const known = new Map<Spectrum, number>();
  let total = Number.NEGATIVE_INFINITY;
  for (const { noise, limitBits } of ciphertexts) {
    const bits = known.get(noise) ?? tailBits(n, limitBits, noise);
    known.set(noise, bits);
    total = addLogs(total, bits * Math.LN2);
  }
  return Math.max(0, -(total / Math.LN2 + Math.log2(n)));
}

export interface NoiseAndLimit {
  readonly noise: Spectrum;
  /** log2 of the noise that does not decrypt any more, Q / (2t): the same wherever the noise is. */
  readonly limitBits: number;
}

/** log2 of the probability of |v| > limit, of one coefficient. */
function tailBits(n: number, limitBits: number, noise: Spectrum): number {
  const moments = evenMoments(n, noise);
  let least = 0;
  moments.forEach((moment, p) => {
    const bits = moment / Math.LN2 - 2 * p * limitBits;
    if (bits < least) least = bits;
  });
  return moments.some(Number.isNaN) ? 0 : least;
}

/** Natural logarithms of the moments of order 2p of a coefficient, p = 0 ... */
function evenMoments(n: number, noise: Spectrum): Float64Array {
  const terms = Float64Array.from({ length: MOMENTS + 1 }, (_, p) =>
    p === 0 ? 0 : p * (largestPower(noise, p) - Math.log(n)) - 2 * logFactorial(p),
  );
  return powerOfSeries(terms, n / 2).map((value, p) => value + logFactorial(2 * p));
}

/** log A_p. */
function largestPower(noise: Spectrum, p: number): number {
  let sum = Number.NEGATIVE_INFINITY;
  noise.forEach((powers, d) => {
    powers.forEach((power, k) => {
      sum = addLogs(sum, Math.log(power) + ((d + 1) * logFactorial(p) + logFactorial(k * p)) / p);
    });
  });
  return sum;
}

/** (1 + f_1 z + f_2 z^2 + ...)^exponent, exponent above the length; logarithms of coefficients in and out. */
function powerOfSeries(f: Float64Array, exponent: number): Float64Array {
  const out = new Float64Array(f.length);
  for (let p = 1; p < f.length; p++) {
    let sum = Number.NEGATIVE_INFINITY;
    for (let k = 1; k <= p; k++) sum = addLogs(sum, Math.log(k * exponent - p + k) + f[k]! + out[p - k]!);
    out[p] = sum - Math.log(p);
  }
  return out;
}

/** log(e^a + e^b) */
function addLogs(a: number, b: number): number {
  const [high, low] = a > b ? [a, b] : [b, a];
  return low === Number.NEGATIVE_INFINITY ? high : high + Math.log1p(Math.exp(low - high));
}

const logFactorials: number[] = [0];

function logFactorial(k: number): number {
  for (let i = logFactorials.length; i <= k; i++) logFactorials.push(logFactorials[i - 1]! + Math.log(i));
  return logFactorials[k]!;
}
