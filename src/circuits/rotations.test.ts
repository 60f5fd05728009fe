import { describe, expect, it } from 'vitest';
import type { Evaluator } from '../evaluator/evaluator.ts';
import { realPart } from './complex.ts';
import { innerSum } from './inner-sum.ts';
import { testPrimes } from './managed-pairs.conformance.ts';
import { evaluatePolynomial } from './polynomial.ts';
import { keyLevelsNeeded, keysNeeded } from './rotations.ts';

/** A square, sums of it, a polynomial of depth 2, and one rotation to the left at the end. */
function circuit<C>(ev: Evaluator<C>, xs: readonly C[]): C[] {
  const sums = innerSum(ev, realPart(ev, ev.squareAll(xs, undefined)), { count: 4 });
  const values = evaluatePolynomial(ev, { basis: 'monomial', coefficients: [0.5, 0.25, 0.5, 0.3] }, sums);
  return ev.rotateMany(values, [0, -3]);
}

describe('keys that a circuit needs', () => {
  it('by name', () => {
    expect(keysNeeded(16, 2, circuit)).toEqual({ rotations: [1, 2, 13], conjugation: true, relinearization: true });
    expect(keysNeeded(16, 1, (ev, xs) => ev.rotateMany(xs, [0, 16, -32]))).toEqual({
      rotations: [],
      conjugation: false,
      relinearization: false,
    });
  });

  it('with the highest level of use', () => {
    const setting = { ringDegree: 32, primes: testPrimes(5), scale: 2 ** 40, inputs: 2 };
    expect(keyLevelsNeeded(setting, circuit)).toEqual({
      rotations: [
        { step: 1, level: 4 },
        { step: 2, level: 4 },
        { step: 13, level: 2 },
      ],
      conjugation: 4,
      relinearization: 5,
    });
  });

  it('however large the messages grow', () => {
    const huge = <C>(ev: Evaluator<C>, xs: readonly C[]): C[] => innerSum(ev, xs, { count: 2 ** 40 });
    const { rotations } = keyLevelsNeeded({ ringDegree: 32, primes: testPrimes(1), scale: 2 ** 40, inputs: 1 }, huge);
    expect(rotations.map(({ step }) => step)).toEqual([1, 2, 4, 8]);
  });

  it('refuses circuits that are too deep', () => {
    const setting = { ringDegree: 32, primes: testPrimes(2), scale: 2 ** 40, inputs: 1 };
    expect(() => keyLevelsNeeded(setting, circuit)).toThrowError(expect.objectContaining({ code: 'level-exhausted' }));
  });
});
