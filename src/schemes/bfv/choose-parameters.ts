import { HesperError } from '../../errors.ts';
import { failureBits } from '../../evaluator/bfv-failure.ts';
import {
  freshSpectrum,
  productSpectrum,
  type Spectrum,
  scaleSpectrum,
  sumSpectra,
  switchedSpectrum,
} from '../../evaluator/bfv-noise.ts';
import { generatePrimes, isPrime, MAX_PRIME_BITS } from '../../ring/primes.ts';
import { createParameters, type Parameters } from '../../rlwe/parameters.ts';
import { maxLogQP } from '../../security/check.ts';
import type { SecurityBits } from '../../security/tables.ts';
import { keySwitchingChoices } from '../ckks/choose-parameters.ts';
import { requireRange } from '../common/require-range.ts';

/** What a computation with integers asks of its parameters. */
export interface BfvDemand {
  /** Products one after the other, 0 .. 40; x^8 has depth 3. */
  readonly depth: number;
  /** Every integer of [-2^(plaintextBits - 1), 2^(plaintextBits - 1)] is told from all others: results too. 1 .. 46. */
  readonly plaintextBits: number;
  /** Ciphertexts, or rotations of them, that are added up between products. Default 64. */
  readonly terms?: number;
  /** Default: the smallest that is secure and has room for the noise. */
  readonly ringDegree?: number;
  /** Integers in one ciphertext: the ring degree at least. */
  readonly slots?: number;
  /** Default 128. */
  readonly security?: SecurityBits;
  /** Whether products are relinearised or slots rotated: without, no special primes, and a depth of 3 at most. Default true. */
  readonly keySwitching?: boolean;
}

const RING_DEGREES = [2048, 4096, 8192, 16384, 32768, 65536];

/** Data primes are of one size, this at least. */
const MIN_DATA_BITS = 26;

/** -log2 of the probability that any coefficient of a result decrypts wrongly. */
const FAILURE_BITS = 128;

/**
 * Parameters for exact integers in slots under one plaintext modulus, in the smallest ring and with the fewest primes
 * for which a circuit of that depth decrypts: `depth` times the product of two sums of `terms` ciphertexts, relinearised,
 * beginning with public-key encryptions, decrypts wrongly with probability 2^-128 at most by the noise model (eprint
 * 2019/493, docs/decisions/0012-bfv-noise.md). The modulus is the smallest prime 1 mod 2n beyond 2^plaintextBits.
 *
 * @example chooseBfvParameters({ depth: 2, plaintextBits: 32 })
 * @throws 'invalid-argument' for a demand out of range, 'insecure-parameters' where no ring is large enough
 */
export function chooseBfvParameters(demand: BfvDemand): Parameters<'bfv'> {
  const { depth, plaintextBits, terms = 64, slots = 1, security = 128, keySwitching = true } = demand;
  requireRange('depth', depth, 0, keySwitching ? 40 : 2);
  requireRange('plaintextBits', plaintextBits, 1, MAX_PRIME_BITS - 2);
  requireRange('terms', terms, 1, 2 ** 16);
  const degrees = demand.ringDegree === undefined ? RING_DEGREES : [demand.ringDegree];
  for (const ringDegree of degrees.filter((n) => n >= slots)) {
    const t = primeBeyond(2 ** plaintextBits, ringDegree);
    for (const chain of chains(ringDegree, security, keySwitching)) {
      const primes = generatePrimes(ringDegree, [...chain.special, ...chain.data]);
      const [specialPrimes, dataPrimes] = [primes.slice(0, chain.special.length), primes.slice(chain.special.length)];
      if (primes.includes(t) || !decrypts({ ringDegree, dataPrimes, specialPrimes, t, depth, terms })) continue;
      return createParameters({ ringDegree, dataPrimes, specialPrimes, plaintextModuli: [t], security });
    }
  }
  throw new HesperError('insecure-parameters', 'no ring degree is large enough for this demand', {
    met: { depth, plaintextBits, terms, ringDegree: demand.ringDegree ?? 'any' },
    wanted: `at most ${maxLogQP(degrees.at(-1)!, security) ?? 0} bits of modulus, special primes included`,
    remedy: 'Ask for less depth, smaller integers or fewer terms, or spread large integers over several moduli',
  });
}

interface Chain {
  readonly data: readonly number[];
  readonly special: readonly number[];
}

/** Sizes of primes that the table allows, fewest data primes first, each as large as there is room. */
function* chains(n: number, security: SecurityBits, keySwitching: boolean): Generator<Chain> {
  const limit = maxLogQP(n, security) ?? 0;
  for (let count = 1; count * MIN_DATA_BITS <= limit; count++)
    for (let bits = MAX_PRIME_BITS; bits >= MIN_DATA_BITS; bits--) {
      const data = new Array<number>(count).fill(bits);
      const special = keySwitching ? keySwitchingChoices(n, data, security)[0]?.specialBits : [];
      if (special === undefined || count * bits > limit) continue;
      yield { data, special };
      break;
    }
}

interface Candidate {
  readonly ringDegree: number;
  readonly dataPrimes: readonly number[];
  readonly specialPrimes: readonly number[];
  readonly t: number;
  readonly depth: number;
  readonly terms: number;
}

/**
 * Whether the circuit of the demand comes out right, by the noise model. Where noise meets noise in a product it is left
 * out: as long as both decrypt, that is below 4 / t of what is counted.
 */
function decrypts({ ringDegree: n, dataPrimes, specialPrimes, t, depth, terms }: Candidate): boolean {
  const switching = { primes: dataPrimes, special: specialPrimes };
  let parts = 2;
  let noise = scaleSpectrum(freshSpectrum(n, 'public'), terms);
  for (let i = 0; i < depth; i++) {
    const factor = { parts, noise };
    parts = specialPrimes.length > 0 ? 2 : 2 * parts - 1;
    const product = trimmed(productSpectrum(n, t, 0, factor, factor));
    noise = scaleSpectrum(
      specialPrimes.length > 0 ? sumSpectra([product, switchedSpectrum(n, 1, switching)]) : product,
      terms,
    );
  }
  const limitBits = dataPrimes.reduce((bits, p) => bits + Math.log2(p), -Math.log2(2 * t));
  return failureBits(n, [{ limitBits, noise }]) >= FAILURE_BITS;
}

/** Without the zeros at its end. */
const trimmed = (noise: Spectrum): Spectrum => noise.slice(0, noise.findLastIndex((row) => row.some((x) => x > 0)) + 1);

/** The smallest prime 1 mod 2n above a limit. */
function primeBeyond(limit: number, n: number): number {
  let p = Math.ceil(limit / (2 * n)) * 2 * n + 1;
  while (!isPrime(p)) p += 2 * n;
  return p;
}
