import { HesperError } from '../errors.ts';

/**
 * Largest prime, exclusive: the integer products of the kernel are exact up to here (kernel/README.md). The limits are the
 * kernel's, written again so that number theory needs no kernel; a test compares them.
 */
export const MODULUS_LIMIT = 2 ** 49;
/** Primes that are chosen here, and plaintext moduli, are below this one: up to here linear layers are fast. */
export const PRIME_LIMIT = 2 ** 48 - 2 ** 33;

/** Smallest and largest size of a prime that can be asked for. */
export const MIN_PRIME_BITS = 14;
export const MAX_PRIME_BITS = 48;

/**
 * Distinct primes p = 1 mod 2n, one for each entry of `bits`: the largest below 2^bits (and below `PRIME_LIMIT`)
 * that no earlier entry took. Always the same primes for the same demand.
 * @throws 'invalid-argument' for sizes out of range, 'invalid-parameters' if there are not enough primes of a size
 */
export function generatePrimes(n: number, bits: readonly number[]): number[] {
  checkRingDegree(n);
  const taken = new Set<number>();
  return bits.map((size) => {
    const prime = largestFreePrime(n, size, taken);
    taken.add(prime);
    return prime;
  });
}

function largestFreePrime(n: number, bits: number, taken: ReadonlySet<number>): number {
  if (!Number.isInteger(bits) || bits < MIN_PRIME_BITS || bits > MAX_PRIME_BITS) {
    throw new HesperError('invalid-argument', 'no such prime size', {
      met: bits,
      wanted: `${MIN_PRIME_BITS} .. ${MAX_PRIME_BITS} bits`,
      remedy: 'Use more primes of fewer bits, or fewer of more',
    });
  }
  for (let p = Math.min(2 ** bits, PRIME_LIMIT); ; ) {
    p = largestPrimeBelow(p, n);
    if (p <= 2 ** (bits - 1)) break;
    if (!taken.has(p)) return p;
  }
  throw new HesperError('invalid-parameters', `not enough primes of ${bits} bits for ring degree ${n}`, {
    met: taken.size,
    remedy: 'Ask for larger primes or a smaller ring degree',
  });
}

/** The largest prime 1 mod 2n below `limit`; 0 if there is none. */
export function largestPrimeBelow(limit: number, n: number): number {
  const step = 2 * n;
  for (let p = limit - 1 - ((limit - 2) % step); p > 1; p -= step) if (isPrime(p)) return p;
  return 0;
}

function checkRingDegree(n: number): void {
  if (Number.isInteger(Math.log2(n)) && n >= 2 && n <= 2 ** 20) return;
  throw new HesperError('invalid-argument', 'the ring degree must be a power of two', {
    met: n,
    remedy: 'Use 1024 .. 65536',
  });
}

/** The first twelve primes: as Miller-Rabin bases they decide every number below 3.3e24 (Sorenson and Webster 2015). */
const WITNESSES = [2n, 3n, 5n, 7n, 11n, 13n, 17n, 19n, 23n, 29n, 31n, 37n];

/** Deterministic for every safe integer. Variable time: for public numbers. */
export function isPrime(value: number): boolean {
  if (!Number.isSafeInteger(value) || value < 2) return false;
  const n = BigInt(value);
  if (WITNESSES.some((w) => n % w === 0n)) return WITNESSES.includes(n);
  return WITNESSES.every((w) => passesMillerRabin(n, w));
}

function passesMillerRabin(n: bigint, witness: bigint): boolean {
  let [odd, twos] = [n - 1n, 0];
  for (; odd % 2n === 0n; odd /= 2n) twos++;
  let x = powerModulo(witness, odd, n);
  if (x === 1n || x === n - 1n) return true;
  for (let i = 1; i < twos; i++) {
    x = (x * x) % n;
    if (x === n - 1n) return true;
  }
  return false;
}

/** base^exponent mod m for non-negative arguments. Variable time: for public numbers. */
export function powerModulo(base: bigint, exponent: bigint, m: bigint): bigint {
  let result = 1n;
  let square = base % m;
  for (let e = exponent; e > 0n; e >>= 1n) {
    if (e & 1n) result = (result * square) % m;
    square = (square * square) % m;
  }
  return result;
}

/** A primitive 2n-th root of unity mod p: g^((p-1)/2n) for the smallest g >= 2 that gives one. */
export function primitiveRoot(p: number, n: number): number {
  const q = BigInt(p);
  const order = BigInt(2 * n);
  if ((q - 1n) % order !== 0n || !isPrime(p)) {
    throw new HesperError('invalid-argument', 'this modulus has no such root of unity', {
      met: p,
      wanted: `a prime 1 mod ${order}`,
      remedy: 'Take primes from generatePrimes',
    });
  }
  for (let g = 2n; ; g++) {
    const root = powerModulo(g, (q - 1n) / order, q);
    if (powerModulo(root, BigInt(n), q) === q - 1n) return Number(root);
  }
}

/** The least of all n primitive 2n-th roots of unity mod p: the one that Microsoft SEAL takes. */
export function leastPrimitiveRoot(p: number, n: number): number {
  const root = BigInt(primitiveRoot(p, n));
  const q = BigInt(p);
  const square = (root * root) % q;
  let least = root;
  for (let i = 1, power = root; i < n; i++) {
    power = (power * square) % q;
    if (power < least) least = power;
  }
  return Number(least);
}
