import { HesperError } from '../../errors.ts';
import { MAX_DEVIATION } from './gaussian.ts';

/**
 * What is known of a ciphertext without decrypting it: level, parts, scale, and bounds that hold for every input the
 * circuit allows. A tracer's value (`Traced`) is one, if the tracer was given no bounds from calibration: those hold for
 * the samples they were taken from only.
 */
export interface StaticBound {
  readonly level: number;
  readonly parts: number;
  readonly scale: number;
  /** Largest |message| of any slot. */
  readonly bound: number;
  /** Largest |error| of any slot in scaled units (message times scale): the worst case, never an average or a measurement. */
  readonly worst: number;
}

/** How much noise a release needs and what is left of the values. */
export interface Flooding {
  /** Coefficients are read in two doubles, the first a multiple of this power of two: see `exactPhase`. */
  readonly unit: number;
  /** Coefficients are rounded to multiples of this power of two; 1 unless the noise is above 2^46. */
  readonly quantum: number;
  /** Standard deviation of the noise of a coefficient, in quanta: an integer, at most 2^46. */
  readonly deviation: number;
  /** Bits after the binary point that survive: |released - exact| <= 2^-bits in all slots, see `flooding`. */
  readonly bits: number;
}

export interface FloodingOptions {
  readonly ringDegree: number;
  /** Decryptions the key may release: tau. */
  readonly limit: number;
  /** s: every adversary tells real from ideal releases with advantage at most 2^(-s/2) / 6.9, over all `limit` of them. */
  readonly statisticalBits: number;
}

/** Chance, per ciphertext, that a released value is farther from the exact one than promised: 2^-40. */
export const FAILURE_BITS = 40;

/**
 * Noise that hides the error of a decryption (Li, Micciancio, Schultz, Sorrell, eprint 2022/816).
 *
 * The ideal result is the circuit's exact value at the messages that were encrypted, that is at the encoded ones: what
 * encoding rounds away depends on no key, so it may but need not count as an error (`FreshOptions.encoded` of the tracer).
 *
 * 1. A slot is the polynomial at a root zeta_j. If the error e has |e(zeta_j)| <= W at all n roots (real polynomials: at
 *    n/2 of them), then n * sum e_i^2 = sum |e(zeta_j)|^2 <= n W^2, so its coefficients have |e|_2 <= W.
 * 2. Coefficients are read as sums of two doubles. They have |p|_2 <= scale * bound + W by the same identity, so the second
 *    double has an l2 norm of at most R = limbs * 2^-52 (scale * bound + W), and half a unit a coefficient; it is exact below
 *    2^53, else another limbs * 2^-52 R is lost.
 * 3. p and the ideal scaled message are rounded to multiples of the quantum u: they move by u/2 a coefficient each, by
 *    u sqrt(n) together. Sum of 1-3: D, the l2 distance of what is decrypted from what should be.
 * 4. Discrete Gaussian noise of deviation sigma on every coefficient leaves the two with Kullback-Leibler divergence
 *    D^2 / (2 sigma^2) (Canonne, Kamath, Steinke, arXiv 2004.00010, proposition 5). With sigma = sqrt(12 tau) 2^(s/2) D
 *    that is 2^-s / (24 tau) a release and 2^-s / 24 over tau releases, adaptive ones included; by Pinsker's inequality
 *    the advantage of any adversary is at most 2^(-s/2) / sqrt(48).
 *
 * What follows, decoding and rounding, works on the noisy integers only and reveals nothing more.
 *
 * Precision: noise is subgaussian, so except with probability 2^-40 all n reals of the slots err by at most
 * z sigma sqrt(n/2), z^2 = 2 ln(2n * 2^40). Added to that W, the quantum and the rounding of doubles; the result is halved once
 * more for the rounding to `bits`.
 */
export function flooding(bound: StaticBound, options: FloodingOptions): Flooding {
  const noise = noiseFor(bound, options);
  return { ...noise, bits: Math.floor(Math.log2(bound.scale / errorOf(bound, noise, options.ringDegree))) - 1 };
}

type Noise = Omit<Flooding, 'bits'>;

/** The smallest quantum whose noise can be drawn exactly, and in which what `high` leaves over is below 2^52. */
function noiseFor(bound: StaticBound, { ringDegree, limit, statisticalBits }: FloodingOptions): Noise {
  const factor = Math.sqrt(12 * limit) * 2 ** (statisticalBits / 2);
  const rounding = Math.sqrt(ringDegree);
  if (factor * rounding > MAX_DEVIATION / 2) throw tooMuch(limit, statisticalBits);
  const unit = unitOf(bound);
  const distance = bound.worst + lossOf(bound, ringDegree);
  for (let quantum = 1; ; quantum *= 2) {
    const deviation = Math.ceil(factor * (distance / quantum + rounding));
    if (deviation <= MAX_DEVIATION && restOf(bound) < 2 ** 51 * quantum) return { unit, quantum, deviation };
  }
}

const sizeOf = ({ scale, bound, worst }: StaticBound): number => scale * bound + worst;

/** The first double is at most 2^90 units, with a bit to spare. */
const unitOf = (bound: StaticBound): number => 2 ** Math.max(0, Math.ceil(Math.log2(sizeOf(bound))) - 89);

const precisionOf = ({ level }: StaticBound): number => (level + 1) * 2 ** -52;

/** What the first of two doubles leaves over, at most. */
const restOf = (bound: StaticBound): number => precisionOf(bound) * sizeOf(bound) + unitOf(bound) / 2;

/** The l2 norm of what two doubles leave over. */
const lossOf = (bound: StaticBound, n: number): number =>
  restOf(bound) < 2 ** 53 ? 0 : precisionOf(bound) * Math.sqrt(n) * restOf(bound);

/** Largest error of a slot before the last rounding, in scaled units. */
function errorOf(bound: StaticBound, { quantum, deviation }: Noise, n: number): number {
  const sigma = quantum * deviation;
  const tail = Math.sqrt(2 * Math.log(2 * n * 2 ** FAILURE_BITS));
  const decoding = Math.log2(n) * 2 ** -50 * Math.sqrt(n) * (sizeOf(bound) + 2 * Math.sqrt(n) * sigma);
  const noise = tail * sigma * Math.sqrt(n / 2);
  return bound.worst + Math.sqrt(n) * lossOf(bound, n) + (n * quantum) / 2 + noise + decoding;
}

const tooMuch = (limit: number, statisticalBits: number): HesperError =>
  new HesperError('invalid-argument', 'no noise is enough for so many releases with so many statistical bits', {
    met: { limit, statisticalBits },
    wanted: 'sqrt(12 * limit * n) * 2^(statisticalBits / 2) at most 2^45',
    remedy: 'Lower the limit or the statistical bits',
  });
