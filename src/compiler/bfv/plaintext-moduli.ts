import { isPrime, PRIME_LIMIT } from '../../ring/primes.ts';
import type { Encoding } from './options.ts';

/** Plaintext moduli end here: what the kernel takes. */
export const MAX_MODULUS_BITS = Math.log2(PRIME_LIMIT);

/**
 * `count` distinct primes of about equal size, ascending, whose product exceeds 2 * bound, so that every integer of
 * [-bound, bound] is recovered from its residues; none of `taken`. Slots want primes 1 mod 2n, coefficients odd ones.
 * Null if there are none of such a size.
 */
export function plaintextModuli(
  encoding: Encoding,
  n: number,
  bound: bigint,
  count: number,
  taken: readonly number[] = [],
): number[] | null {
  const step = encoding === 'slots' ? 2 * n : 2;
  const found: number[] = [];
  let rest = 2n * bound + 1n;
  for (let left = count; left > 0; left--) {
    const used = [...taken, ...found];
    const target = rootOf(rest, left);
    if (target >= PRIME_LIMIT) return null;
    const prime = left === 1 ? nextPrime(target, step, used) : nearestPrime(target, step, used);
    if (prime === null) return null;
    found.push(prime);
    rest = (rest + BigInt(prime) - 1n) / BigInt(prime);
  }
  return found.sort((a, b) => a - b);
}

/** The least integer whose power is at least `value`. */
function rootOf(value: bigint, power: number): number {
  const bits = value.toString(2).length;
  const shift = Math.max(0, bits - 60);
  const log = Math.log2(Number(value >> BigInt(shift))) + shift;
  if (log / power > 52) return Number.MAX_SAFE_INTEGER;
  let root = Math.max(1, Math.floor(2 ** (log / power)) - 2);
  while (BigInt(root) ** BigInt(power) < value) root++;
  return root;
}

const alignUp = (from: number, step: number): number => Math.ceil((from - 1) / step) * step + 1;

function nextPrime(from: number, step: number, taken: readonly number[]): number | null {
  for (let p = Math.max(alignUp(from, step), step + 1); p < PRIME_LIMIT; p += step) {
    if (usable(p, taken)) return p;
  }
  return null;
}

function nearestPrime(near: number, step: number, taken: readonly number[]): number | null {
  const above = nextPrime(near, step, taken);
  const reach = above === null ? Number.POSITIVE_INFINITY : above - near;
  for (let p = alignUp(near, step) - step; p > step && near - p < reach; p -= step) if (usable(p, taken)) return p;
  return above;
}

const usable = (p: number, taken: readonly number[]): boolean => !taken.includes(p) && isPrime(p);
