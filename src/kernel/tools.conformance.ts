/** Adversarial primes, roots, inputs and slow exact arithmetic for the conformance suite. BigInt throughout. */
import type { Handle, Kernel, RingId } from './kernel.ts';
import { PRIME_LIMIT } from './kernel.ts';
import { balancedNumber, power } from './reference-math.ts';

export { balanced, balancedNumber, power, residue } from './reference-math.ts';

/** A reproducible stream of 32-bit words (xorshift128). */
export class Words {
  #a: number;
  #b = 0x9e3779b9;
  #c = 0x243f6a88;
  #d = 0xb7e15162;
  constructor(seed: number) {
    this.#a = seed | 1;
    for (let i = 0; i < 16; i++) this.next();
  }
  next(): number {
    const t = this.#a ^ (this.#a << 11);
    this.#a = this.#b;
    this.#b = this.#c;
    this.#c = this.#d;
    this.#d = (this.#d ^ (this.#d >>> 19) ^ t ^ (t >>> 8)) >>> 0;
    return this.#d;
  }
  /** An integer of [0, bound), bound <= 2^53. */
  below(bound: number): number {
    return Math.min(bound - 1, Math.floor(((this.next() >>> 11) * 2 ** -21 + this.next() * 2 ** -53) * bound));
  }
  /** A balanced residue. */
  residue(p: number): number {
    return this.below(p) - (p - 1) / 2;
  }
}

const BASES = [2n, 3n, 5n, 7n, 11n, 13n, 17n, 19n, 23n];

/** Miller-Rabin with bases that decide below 3.8 * 10^18. */
function isPrime(n: bigint): boolean {
  if (BASES.some((b) => n % b === 0n)) return BASES.includes(n);
  let odd = n - 1n;
  let twos = 0;
  for (; odd % 2n === 0n; odd /= 2n) twos++;
  return BASES.every((b) => {
    let x = power(b, odd, n);
    for (let i = 0; i < twos && x !== 1n && x !== n - 1n; i++) {
      if (i + 1 === twos) return false;
      x = (x * x) % n;
      if (x === 1n) return false;
    }
    return x === 1n || x === n - 1n;
  });
}

/** The `count` largest primes p < top with p = 1 mod 2n. */
export function primesBelow(top: number, n: number, count: number): number[] {
  const step = BigInt(2 * n);
  const found: number[] = [];
  for (let p = ((BigInt(top) - 2n) / step) * step + 1n; found.length < count; p -= step) {
    if (isPrime(p)) found.push(Number(p));
  }
  return found;
}

/** |p * fl(1/p) - 1| in units of 2^-110. */
function inverseError(p: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, 1 / p);
  const bits = view.getBigUint64(0);
  const exponent = Number((bits >> 52n) & 0x7ffn) - 1075;
  const mantissa = (bits & ((1n << 52n) - 1n)) | (1n << 52n);
  const difference = BigInt(p) * mantissa - (1n << BigInt(-exponent));
  return ((difference < 0n ? -difference : difference) << 110n) >> BigInt(-exponent);
}

/** Of the 64 topmost primes below a limit, the one whose stored 1/p is the least accurate. */
export function worstPrime(n: number, limit = PRIME_LIMIT): number {
  return primesBelow(limit, n, 64).reduce((worst, p) => (inverseError(p) > inverseError(worst) ? p : worst));
}

/** A primitive 2n-th root of unity mod p. */
export function rootOf(p: number, n: number): number {
  const q = BigInt(p);
  for (let g = 2n; ; g++) {
    const root = power(g, (q - 1n) / BigInt(2 * n), q);
    if (power(root, BigInt(n), q) === q - 1n) return Number(root);
  }
}

export interface TestRing {
  readonly id: RingId;
  readonly n: number;
  readonly primes: readonly number[];
  readonly basis: Int32Array;
}

export function makeRing(kernel: Kernel, n: number, primes: readonly number[]): TestRing {
  const id = kernel.createRing(
    n,
    primes,
    primes.map((p) => rootOf(p, n)),
  ); // prettier-ignore
  return { id, n, primes, basis: Int32Array.from(primes, (_, i) => i) };
}

export const EXTREMES = ['largest', 'smallest', 'alternating', 'random signs', 'random'] as const;
export type Filling = (typeof EXTREMES)[number];

/** n balanced residues of p. */
export function fill(n: number, p: number, filling: Filling, words: Words): Float64Array {
  const half = (p - 1) / 2;
  return Float64Array.from({ length: n }, (_, i) => {
    if (filling === 'largest') return half;
    if (filling === 'smallest') return -half;
    if (filling === 'alternating') return i % 2 === 0 ? half : -half;
    return filling === 'random signs' ? (words.next() & 1 ? half : -half) : words.residue(p);
  });
}

export function upload(kernel: Kernel, data: Float64Array): Handle {
  const handle = kernel.allocate(data.length);
  kernel.write(handle, 0, data);
  return handle;
}

export function download(kernel: Kernel, handle: Handle, length: number): Float64Array {
  const data = new Float64Array(length);
  kernel.read(handle, 0, data);
  return data;
}

/** Index of the first value that is not the balanced residue of p, or -1. */
export function firstNotCanonical(data: Float64Array, p: number): number {
  const half = (p - 1) / 2;
  for (let i = 0; i < data.length; i++) {
    const x = data[i]!;
    if (!(x <= half && x >= -half) || x !== Math.floor(x) || Object.is(x, -0)) return i;
  }
  return -1;
}

/** Index of the first value that differs in its bits, or -1. */
export function firstDifference(a: Float64Array, b: Float64Array): number {
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return i;
  return -1;
}

/** Coefficient k of a * b mod X^n + 1 mod p, by the definition. */
export function productCoefficient(a: Float64Array, b: Float64Array, k: number, p: number): number {
  let sum = 0n;
  a.forEach((x, i) => {
    const j = k - i;
    const term = BigInt(x) * BigInt(b[j < 0 ? j + a.length : j]!);
    sum += j < 0 ? -term : term;
  });
  return balancedNumber(sum, BigInt(p));
}
