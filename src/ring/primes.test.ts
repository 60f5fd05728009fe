import { describe, expect, it } from 'vitest';
import * as kernel from '../kernel/kernel.ts';
import { balancedResidue, exactInteger, log2BigInt, product, residueBits } from './modulus.ts';
import {
  generatePrimes,
  isPrime,
  leastPrimitiveRoot,
  MODULUS_LIMIT,
  PRIME_LIMIT,
  powerModulo,
  primitiveRoot,
} from './primes.ts';

describe('primes', () => {
  it('agrees with a sieve up to 20000', () => {
    const sieve = new Uint8Array(20000).fill(1);
    for (let i = 2; i < 20000; i++) if (sieve[i]) for (let j = 2 * i; j < 20000; j += i) sieve[j] = 0;
    for (let i = 0; i < 20000; i++) expect(isPrime(i), String(i)).toBe(i > 1 && sieve[i] === 1);
  });

  it('knows strong pseudoprimes and large primes', () => {
    for (const composite of [3215031751, 3474749660383, 341550071728321, 2 ** 47 - 1])
      expect(isPrime(composite)).toBe(false);
    for (const prime of [2 ** 31 - 1, 999999000001, 2 ** 53 - 111]) expect(isPrime(prime)).toBe(true);
  });

  it('has the limits of the kernel', () => {
    expect(MODULUS_LIMIT).toBe(kernel.MODULUS_LIMIT);
    expect(PRIME_LIMIT).toBe(kernel.PRIME_LIMIT);
  });

  it.each([1024, 4096, 8192, 65536])('makes distinct primes 1 mod 2n for n = %i', (n) => {
    const bits = [48, 40, 40, 40, 36, 48, 25];
    const primes = generatePrimes(n, bits);
    expect(new Set(primes).size).toBe(bits.length);
    primes.forEach((p, i) => {
      expect(isPrime(p) && p % (2 * n) === 1 && p < PRIME_LIMIT).toBe(true);
      expect(residueBits(p)).toBe(bits[i]);
    });
    expect(generatePrimes(n, bits)).toEqual(primes);
  });

  it('takes the largest prime below the power of two', () => {
    const [p] = generatePrimes(4096, [36]);
    for (let q = p! + 8192; q < 2 ** 36; q += 8192) expect(isPrime(q)).toBe(false);
  });

  it('gives roots of exact order 2n', () => {
    const [p] = generatePrimes(8192, [45]);
    const root = BigInt(primitiveRoot(p!, 8192));
    expect(powerModulo(root, 8192n, BigInt(p!))).toBe(BigInt(p!) - 1n);
  });

  it('gives the least root of that order', () => {
    const roots = (p: number, n: number) =>
      Array.from({ length: p - 1 }, (_, i) => BigInt(i + 1)).filter(
        (x) => powerModulo(x, BigInt(n), BigInt(p)) === BigInt(p) - 1n,
      );
    expect(leastPrimitiveRoot(97, 16)).toBe(Number(roots(97, 16)[0]));
    expect(leastPrimitiveRoot(12289, 1024)).toBe(Number(roots(12289, 1024)[0]));
  });

  it('refuses what cannot be', () => {
    expect(() => generatePrimes(1000, [40])).toThrowError(expect.objectContaining({ code: 'invalid-argument' }));
    expect(() => generatePrimes(1024, [49])).toThrowError(expect.objectContaining({ code: 'invalid-argument' }));
    expect(() => generatePrimes(65536, [18, 18, 18])).toThrowError(
      expect.objectContaining({ code: 'invalid-parameters' }),
    );
    expect(() => primitiveRoot(101, 1024)).toThrowError(expect.objectContaining({ code: 'invalid-argument' }));
  });
});

describe('numbers', () => {
  it('computes exact logarithms of products', () => {
    expect(log2BigInt(1n << 300n)).toBe(300);
    expect(log2BigInt(product([3, 5, 7]))).toBeCloseTo(Math.log2(105), 12);
  });

  it('rounds and reduces', () => {
    expect([2.5, 3.5, -2.5, -3.5, 2 ** 60].map(exactInteger)).toEqual([2n, 4n, -2n, -4n, 1n << 60n]);
    expect([6n, -6n, 14n].map((x) => balancedResidue(x, 11))).toEqual([-5, 5, 3]);
  });
});
