import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maxLogQP } from '../../he.ts';
import { chains, engineParameters, type FairTerms, fairTerms, peerChain, requireFair } from './engine-terms.ts';

const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);
const degrees = Object.keys(chains).map(Number);

/** The peer's primes as if each were just below its power of two. */
const primesOf = (n: number): number[] => {
  const { data, special } = peerChain(engineParameters(n).logQ);
  return [...data, ...special].map((bits) => 2 ** bits * (1 - 2 ** -20));
};

describe('terms of the comparison', () => {
  it.each(degrees)('are fair at n = %i', (n) => {
    const terms = fairTerms(engineParameters(n), primesOf(n));
    expect(terms.securityBits).toBe(128);
    expect(terms.logQP).toBeLessThanOrEqual(maxLogQP(n)!);
    expect(terms.peerLogQP!).toBeLessThanOrEqual(maxLogQP(n)!);
    expect(terms.logQ).toBeGreaterThanOrEqual(terms.peerLogQ! - 1);
    expect(terms.peerLogQ!).toBeGreaterThanOrEqual(terms.logQ - 0.01);
    expect(terms.peerChain!.length).toBe(Math.ceil(terms.logQ / 60));
    expect(terms.peerSpecialChain!.length).toBe(1);
  });

  it('the peer reaches any modulus with the fewest primes of at most 60 bits', () => {
    fc.assert(
      fc.property(fc.double({ min: 20, max: 868, noNaN: true }), (logQ) => {
        const { data, special } = peerChain(logQ);
        const total = sum(data);
        expect(total).toBeGreaterThanOrEqual(logQ);
        expect(total - 1).toBeLessThan(logQ);
        expect(data.length).toBe(Math.ceil(logQ / 60));
        expect(Math.max(...data)).toBeLessThanOrEqual(60);
        expect(Math.max(...data) - Math.min(...data)).toBeLessThanOrEqual(1);
        expect(special).toEqual([Math.max(...data)]);
      }),
    );
  });

  it('unfair terms are refused', () => {
    const fair = fairTerms(engineParameters(8192), primesOf(8192));
    const unfair: Partial<FairTerms>[] = [
      { logQ: fair.peerLogQ! - 1.5 },
      { logQP: 215 },
      { peerLogQP: 215 },
      { securityBits: 0 },
      { peerChain: [35, 35, 35, 36] },
    ];
    expect(() => requireFair(fair)).not.toThrow();
    for (const change of unfair) expect(() => requireFair({ ...fair, ...change })).toThrow(/fair|modulus|fewer/);
  });

  it('other ring degrees are refused', () => {
    expect(() => engineParameters(2048)).toThrow(expect.objectContaining({ code: 'wrong-usage' }));
  });
});
