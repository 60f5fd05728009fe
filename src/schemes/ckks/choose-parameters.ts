import { HesperError } from '../../errors.ts';
import { defaultPrices } from '../../evaluator/prices.ts';
import { priceOf, relinearizeWork, rotateWork, sumOfWork } from '../../evaluator/work.ts';
import { generatePrimes, MAX_PRIME_BITS } from '../../ring/primes.ts';
import { createParameters, type Parameters } from '../../rlwe/parameters.ts';
import { maxLogQP } from '../../security/check.ts';
import type { SecurityBits } from '../../security/tables.ts';
import { requireRange } from '../common/require-range.ts';

/** What a computation with real or complex numbers asks of its parameters. */
export interface CkksDemand {
  /** Rescalings that the computation needs. */
  readonly depth: number;
  /**
   * Bits after the binary point that stay right where values and all that lies between are about 1, 1 .. 28: decides the
   * scale. Default: what a scale of 2^40 gives, about 20 to 24.
   */
  readonly precisionBits?: number;
  /** log2 of the scale, 20 .. 48, instead of precisionBits: primes of this size are dropped by rescaling. Default 40. */
  readonly scaleBits?: number;
  /** Size of the last prime left, scaleBits .. 48: scaleBits plus room for the largest result. Default: 8 more, or 48. */
  readonly firstBits?: number;
  /** Default: the smallest that is secure and has enough slots. */
  readonly ringDegree?: number;
  /** Values in one ciphertext: half the ring degree at least. */
  readonly slots?: number;
  /** Default 128. */
  readonly security?: SecurityBits;
  /** Whether products are relinearised or slots rotated: without, no special primes. Default true. */
  readonly keySwitching?: boolean;
}

/** A way to switch keys that the security table allows: k special primes, dnum digits of k primes. */
export interface KeySwitchingChoice {
  readonly specialBits: readonly number[];
  readonly digits: number;
  readonly logQP: number;
  /** Estimate for a relinearisation and a rotation at the highest level, one thread. */
  readonly nanoseconds: number;
}

const MAX_PRECISION_BITS = 28;

const RING_DEGREES = [2048, 4096, 8192, 16384, 32768, 65536];

/**
 * Parameters for a depth: one prime of `firstBits`, `depth` of `scaleBits`, and as many special primes as make key
 * switching cheapest (`keySwitchingChoices`), in the smallest ring where all of it is secure.
 *
 * @example chooseCkksParameters({ depth: 6 }) // n = 16384: 48 + 6 x 40 bits, 3 special primes
 * @throws 'invalid-argument' for a demand out of range, 'insecure-parameters' where no ring is large enough
 */
export function chooseCkksParameters(demand: CkksDemand): Parameters<'ckks'> {
  const { depth, slots = 1, security = 128, keySwitching = true } = demand;
  requireRange('depth', depth, 0, 62);
  if (demand.precisionBits !== undefined) requireRange('precisionBits', demand.precisionBits, 1, MAX_PRECISION_BITS);
  const wanted = demand.ringDegree === undefined ? RING_DEGREES : [demand.ringDegree];
  for (const n of wanted.filter((degree) => degree / 2 >= slots)) {
    const dataBits = dataBitsOf(demand, n);
    const specialBits = keySwitching ? keySwitchingChoices(n, dataBits, security)[0]?.specialBits : [];
    if (specialBits === undefined || sum([...dataBits, ...specialBits]) > (maxLogQP(n, security) ?? 0)) continue;
    const primes = generatePrimes(n, [...specialBits, ...dataBits]);
    const [special, data] = [primes.slice(0, specialBits.length), primes.slice(specialBits.length)];
    return createParameters({ ringDegree: n, dataPrimes: data, specialPrimes: special, security });
  }
  throw new HesperError('insecure-parameters', 'no ring degree is large enough for this demand', {
    met: { modulusBits: sum(dataBitsOf(demand, wanted.at(-1)!)), ringDegree: demand.ringDegree ?? 'any', slots },
    wanted: `at most ${maxLogQP(wanted.at(-1)!, security) ?? 0} bits, special primes included`,
    remedy: 'Ask for less depth, fewer bits of scale, fewer slots, or a larger ring degree',
  });
}

/** One prime of `firstBits`, the others of `scaleBits`. */
function dataBitsOf({ depth, precisionBits, ...demand }: CkksDemand, n: number): number[] {
  const scaleBits = demand.scaleBits ?? (precisionBits === undefined ? 40 : scaleFor(precisionBits, n));
  const firstBits = demand.firstBits ?? Math.min(scaleBits + 8, MAX_PRIME_BITS);
  requireRange('scaleBits', scaleBits, 20, MAX_PRIME_BITS);
  requireRange('firstBits', firstBits, scaleBits, MAX_PRIME_BITS);
  return [firstBits, ...new Array<number>(depth).fill(scaleBits)];
}

/**
 * Rounding in a rescaling errs in a slot by n / sqrt(18) / scale (deviation; encryption by less, sqrt(n) * 3.24), and the
 * largest of n / 2 slots by some five times as much; products of values about 1 add up what their factors have.
 */
const scaleFor = (precisionBits: number, n: number): number => Math.max(20, precisionBits + Math.log2(n) + 3);

/**
 * All numbers of special primes that the table allows with these data primes, cheapest first. More of them mean fewer and
 * longer digits (hybrid key switching, eprint 2019/688): fewer transforms, smaller keys, but a larger modulus. They
 * are as large as the table allows, at least as large as the data primes, so that the noise of switching stays
 * below that of the rounding behind it.
 */
export function keySwitchingChoices(
  n: number,
  dataBits: readonly number[],
  security: SecurityBits = 128,
): KeySwitchingChoice[] {
  const limbs = dataBits.length;
  const room = (maxLogQP(n, security) ?? 0) - sum(dataBits);
  const choices: KeySwitchingChoice[] = [];
  for (let k = 1; k <= limbs; k++) {
    const bits = Math.min(MAX_PRIME_BITS, Math.floor(room / k));
    if (bits < Math.max(...dataBits)) continue;
    const size = { n, limbs, special: k };
    const work = sumOfWork([relinearizeWork(1, { ...size, parts: 3 }), rotateWork(1, { ...size, parts: 2 })]);
    choices.push({
      specialBits: new Array<number>(k).fill(bits),
      digits: Math.ceil(limbs / k),
      logQP: sum(dataBits) + k * bits,
      nanoseconds: priceOf(work, defaultPrices, n),
    });
  }
  return choices.sort((a, b) => a.nanoseconds - b.nanoseconds);
}

const sum = (bits: readonly number[]): number => bits.reduce((total, b) => total + b, 0);
