import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { log2BigInt, product } from '../../ring/modulus.ts';
import { digitCount } from '../../rlwe/digits.ts';
import { maxLogQP } from '../../security/check.ts';
import { chooseCkksParameters, keySwitchingChoices } from './choose-parameters.ts';

const depths = fc.record({ depth: fc.integer({ min: 0, max: 14 }), scaleBits: fc.integer({ min: 25, max: 44 }) });

describe('chooseCkksParameters', () => {
  it('gives what was asked for, within the table, in the smallest ring that has room', () => {
    fc.assert(
      fc.property(depths, fc.boolean(), ({ depth, scaleBits }, keySwitching) => {
        const parameters = chooseCkksParameters({ depth, scaleBits, keySwitching });
        const { dataPrimes, specialPrimes, ringDegree } = parameters;
        expect(parameters.maxLevel).toBe(depth);
        for (const q of dataPrimes.slice(1)) expect(Math.ceil(Math.log2(q))).toBe(scaleBits);
        expect(specialPrimes.length > 0).toBe(keySwitching);
        expect(log2BigInt(product([...dataPrimes, ...specialPrimes]))).toBeLessThanOrEqual(maxLogQP(ringDegree)!);
        const below = [Math.min(scaleBits + 8, 48), ...new Array<number>(depth).fill(scaleBits)];
        if (keySwitching) expect(keySwitchingChoices(ringDegree / 2, below)).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });

  it('takes several special primes where long chains make them pay, and one where there is room for no more', () => {
    const deep = chooseCkksParameters({ depth: 11, scaleBits: 47, firstBits: 47, ringDegree: 32768 });
    expect(deep.specialPrimes.length).toBeGreaterThan(2);
    expect(digitCount(deep, deep.maxLevel)).toBeLessThan(6);
    const shallow = chooseCkksParameters({ depth: 2, scaleBits: 47, firstBits: 47, ringDegree: 8192 });
    expect(shallow.specialPrimes).toHaveLength(1);
  });

  it('keeps digits below the product of the special primes', () => {
    fc.assert(
      fc.property(depths, ({ depth, scaleBits }) => {
        const { dataPrimes, specialPrimes } = chooseCkksParameters({ depth, scaleBits });
        const k = specialPrimes.length;
        for (let start = 0; start < dataPrimes.length; start += k)
          expect(product(dataPrimes.slice(start, start + k))).toBeLessThanOrEqual(product(specialPrimes) * 2n);
      }),
      { numRuns: 40 },
    );
  });

  it('makes the ring as large as the slots', () => {
    expect(chooseCkksParameters({ depth: 1, scaleBits: 30, slots: 8192 }).slots).toBe(8192);
  });

  it('refuses what no ring can hold, and demands out of range', () => {
    expect(() => chooseCkksParameters({ depth: 10, ringDegree: 8192 })).toThrow(
      expect.objectContaining({ code: 'insecure-parameters' }),
    );
    for (const demand of [{ depth: -1 }, { depth: 1.5 }, { depth: 2, scaleBits: 60 }, { depth: 2, firstBits: 30 }])
      expect(() => chooseCkksParameters(demand)).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
  });
});

describe('keySwitchingChoices', () => {
  it('lists every number of special primes that the table allows, cheapest first', () => {
    const choices = keySwitchingChoices(16384, new Array<number>(6).fill(47));
    expect(choices.map(({ digits }) => digits).toSorted()).toEqual([2, 3, 6]);
    const times = choices.map(({ nanoseconds }) => nanoseconds);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    for (const { logQP } of choices) expect(logQP).toBeLessThanOrEqual(430);
  });
});
