import { HesperError } from '../../errors.ts';
import { createParameters, generatePrimes, maxLogQP, type Parameters } from '../../he.ts';
import { round } from './harness.ts';

/** Sizes of primes in bits: of the ciphertext modulus Q, and of the factor P that only keys have. */
export interface Chain {
  readonly data: readonly number[];
  readonly special: readonly number[];
}

const times = (count: number, bits: number): number[] => new Array<number>(count).fill(bits);

/** What is compared at each ring degree: nearly all that 128 bits of security allow, in primes as large as ours get. */
export const chains: Readonly<Record<number, Chain>> = {
  4096: { data: times(2, 35), special: [36] },
  8192: { data: times(3, 47), special: [48] },
  16384: { data: times(7, 47), special: times(2, 48) },
  32768: { data: times(14, 48), special: times(4, 48) },
};

/** A product of two such scales fits Q, and leaves enough of it after the peer's larger prime is dropped. */
export const scaleFor = (n: number): number => 2 ** (n === 4096 ? 32 : 44);

/** @throws 'wrong-usage' for a degree that is not compared */
export function engineParameters(n: number): Parameters<'ckks'> {
  const chain = chains[n];
  if (chain === undefined) {
    throw new HesperError('wrong-usage', 'bench engine does not compare this ring degree', {
      met: n,
      wanted: Object.keys(chains).join(', '),
      remedy: 'Name some of these by --n',
    });
  }
  const primes = generatePrimes(n, [...chain.data, ...chain.special]);
  const count = chain.data.length;
  return createParameters({ ringDegree: n, dataPrimes: primes.slice(0, count), specialPrimes: primes.slice(count) });
}

const PEER_PRIME_BITS = 60;

/**
 * The chain that serves the peer best for a data modulus of 2^logQ: as few primes as make it up, of at most 60 bits and
 * nearly equal; its one special prime is as large as the largest of them.
 */
export function peerChain(logQ: number): Chain {
  const bits = Math.ceil(logQ);
  const count = Math.ceil(bits / PEER_PRIME_BITS);
  const data = Array.from({ length: count }, (_, i) => Math.floor(bits / count) + (i < bits % count ? 1 : 0));
  return { data, special: [data[0]!] };
}

/** Printed in every row. Chains and logarithms in bits; the limit is that of log QP at 128 bits of security. */
export interface FairTerms {
  readonly n: number;
  readonly securityBits: number;
  readonly logQPLimit: number;
  readonly chain: readonly number[];
  readonly specialChain: readonly number[];
  readonly logQ: number;
  readonly logQP: number;
  readonly peerChain: readonly number[] | null;
  readonly peerSpecialChain: readonly number[] | null;
  readonly peerLogQ: number | null;
  readonly peerLogQP: number | null;
}

/** `peer`: the peer's primes, the special one last; null where there is no peer. */
export function fairTerms(parameters: Parameters, peer: readonly number[] | null): FairTerms {
  const { ringDegree: n, dataPrimes, specialPrimes, logQ, logQP, securityBits, profile } = parameters;
  const peerBits = peer?.map(Math.log2) ?? null;
  const terms = {
    n,
    securityBits,
    logQPLimit: maxLogQP(n, 128, profile)!,
    chain: sizes(dataPrimes),
    specialChain: sizes(specialPrimes),
    logQ: round(logQ),
    logQP: round(logQP),
    peerChain: peer && sizes(peer.slice(0, -1)),
    peerSpecialChain: peer && sizes(peer.slice(-1)),
    peerLogQ: peerBits && round(sum(peerBits.slice(0, -1))),
    peerLogQP: peerBits && round(sum(peerBits)),
  };
  requireFair(terms);
  return terms;
}

const sizes = (primes: readonly number[]): number[] => primes.map((p) => round(Math.log2(p)));
const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);

/**
 * A comparison is fair where our data modulus is at least the peer's minus one bit, both are within the security limit,
 * and the peer has the fewest primes of at most 60 bits that reach our modulus.
 * @throws 'invalid-parameters'
 */
export function requireFair(terms: FairTerms): void {
  const { logQ, logQP, logQPLimit, securityBits, peerChain: chain, peerLogQ, peerLogQP } = terms;
  if (securityBits < 128 || logQP > logQPLimit) throw unfair('our modulus is above the security limit', terms);
  if (chain === null || peerLogQ === null || peerLogQP === null) return;
  if (peerLogQP > logQPLimit) throw unfair("the peer's modulus is above the security limit", terms);
  if (logQ < peerLogQ - 1) throw unfair("our data modulus is smaller than the peer's", terms);
  if (chain.length > Math.ceil(logQ / PEER_PRIME_BITS)) throw unfair('the peer could do with fewer primes', terms);
}

const unfair = (summary: string, met: FairTerms): HesperError =>
  new HesperError('invalid-parameters', summary, {
    met,
    wanted: "log Q at least the peer's - 1, both log QP within the limit, fewest primes for the peer",
    remedy: 'Mend the chains of this benchmark',
  });
