import { describe, expect, it } from 'vitest';
import { createReferenceKernel } from '../kernel/reference.ts';
import { generatePrimes } from '../ring/primes.ts';
import { createContext } from './context.ts';
import { digitCount, digitsAt } from './digits.ts';
import {
  createInsecureParameters,
  createParameters,
  decodeParameters,
  encodeParameters,
  type Parameters,
} from './parameters.ts';

const coded = (code: string) => expect.objectContaining({ name: 'HesperError', code });
const primes = generatePrimes(8192, [44, 44, 44, 40, 42]);
const literal = { ringDegree: 8192, dataPrimes: primes.slice(0, 4), specialPrimes: primes.slice(4) };

describe('parameters', () => {
  it('are checked and frozen', () => {
    const p = createParameters(literal);
    expect(p).toMatchObject({ scheme: 'ckks', slots: 4096, maxLevel: 3, securityBits: 128, insecure: false });
    expect(p.logQ).toBeCloseTo(172, 2);
    expect(p.logQP).toBeCloseTo(214, 2);
    expect(p.logQP).toBeLessThanOrEqual(214);
    expect(() => (p.dataPrimes as number[]).push(3)).toThrowError(TypeError);
    expect(Object.isFrozen(p)).toBe(true);
  });

  it('have equal ids when equal, and others when not', () => {
    const ids = [literal, { ...literal, specialPrimes: [] }, { ...literal, dataPrimes: primes.slice(1, 4) }].map(
      (l) => createParameters(l).id,
    );
    expect(new Set(ids).size).toBe(3);
    expect(createParameters({ ...literal }).id).toBe(ids[0]);
    expect(createInsecureParameters(literal).id).not.toBe(ids[0]);
    expect(ids[0]).toMatch(/^[0-9a-f]{64}$/);
  });

  it('count special primes for security', () => {
    const wide = generatePrimes(8192, [44, 44, 44, 40, 44]);
    const tooMuch = { ringDegree: 8192, dataPrimes: wide.slice(0, 4), specialPrimes: wide.slice(4) };
    expect(() => createParameters(tooMuch)).toThrowError(coded('insecure-parameters'));
    expect(createParameters({ ...tooMuch, profile: 'hes2018' }).profile).toBe('hes2018');
    expect(createInsecureParameters(tooMuch)).toMatchObject({ insecure: true, securityBits: 0 });
    expect(() => createParameters({ ...literal, security: 192 })).toThrowError(coded('insecure-parameters'));
  });

  it('take any number of special primes that reaches 2^-12 of the largest digit', () => {
    const many = generatePrimes(8192, [44, 44, 44, 40, 39, 38, 25, 46, 40]);
    const data = many.slice(0, 4);
    const [a, b, small, c, d] = many.slice(4) as [number, number, number, number, number];
    for (const specialPrimes of [
      [a, b],
      [b, a, c],
      [a, b, c, d],
    ]) {
      const p = createInsecureParameters({ ringDegree: 8192, dataPrimes: data, specialPrimes });
      expect(p.specialPrimes).toEqual(specialPrimes);
      expect(p.logQP - p.logQ).toBeCloseTo(
        specialPrimes.reduce((sum, q) => sum + Math.log2(q), 0),
        9,
      );
      expect(decodeParameters(encodeParameters(p)).literal.specialPrimes).toEqual(specialPrimes);
      for (let level = 0; level < 4; level++)
        expect(digitCount(p, level)).toBe(Math.ceil((level + 1) / specialPrimes.length));
    }
    // Digits of 44 + 44 bits: 76 bits and a little are as few as can be, 64 are too few.
    for (const specialPrimes of [
      [a, small],
      [small, b],
    ])
      expect(() => createInsecureParameters({ ringDegree: 8192, dataPrimes: data, specialPrimes })).toThrowError(
        coded('invalid-parameters'),
      );
    const reversed = { ringDegree: 8192, dataPrimes: [data[3]!, data[0]!, data[1]!], specialPrimes: [a, small] };
    expect(() => createInsecureParameters(reversed)).toThrowError(coded('invalid-parameters'));
    expect(digitsAt({ specialPrimes: [a, b] }, 2)).toEqual([
      { start: 0, end: 2 },
      { start: 2, end: 3 },
    ]);
    expect(digitsAt({ specialPrimes: [] }, 2)).toEqual([]);
  });

  it.each([
    ['ring degree', { ...literal, ringDegree: 5000 }],
    ['rotation generator', { ...literal, rotationGenerator: 7 as 5 }],
    ['small ring', { ...literal, ringDegree: 512 }],
    ['no prime', { ...literal, dataPrimes: [] }],
    ['a composite', { ...literal, dataPrimes: [8192 * 2 * 9 + 1 + 16384 * 4] }],
    ['a prime twice', { ...literal, dataPrimes: [primes[0]!, primes[0]!] }],
    [
      'more special primes than data primes',
      { ...literal, dataPrimes: [primes[0]!], specialPrimes: primes.slice(1, 3) },
    ],
    ['a prime above the limit', { ...literal, dataPrimes: [562949954093057] }],
    ['a special prime that is too small', { ...literal, specialPrimes: generatePrimes(8192, [26]) }],
  ])('refuse %s', (_, wrong) => {
    expect(() => createInsecureParameters(wrong)).toThrowError(coded('invalid-parameters'));
  });

  it('decode to what was encoded', () => {
    const p = createParameters(literal);
    expect(decodeParameters(encodeParameters(p))).toEqual({
      literal: { ...literal, rotationGenerator: 5, security: 128, profile: 'hes2024' },
      securityBits: 128,
    });
    const threes = createParameters({ ...literal, rotationGenerator: 3 });
    expect(threes.id).not.toBe(p.id);
    expect(decodeParameters(encodeParameters(threes)).literal.rotationGenerator).toBe(3);
    for (const [at, value] of [
      [8, 0],
      [8, 4],
      [9, 1],
      [15, 1],
    ] as const) {
      const bytes = encodeParameters(p);
      bytes[at] = value;
      expect(() => decodeParameters(bytes), `${at}`).toThrowError(coded('malformed-bytes'));
    }
    for (const length of [0, 7, 9, 15, 47])
      expect(() => decodeParameters(encodeParameters(p).slice(0, length))).toThrowError(coded('malformed-bytes'));
  });

  it('make no context unless they were checked', () => {
    const kernel = createReferenceKernel();
    const forged = { ...createParameters(literal) } as Parameters;
    expect(() => createContext(forged, kernel)).toThrowError(coded('invalid-parameters'));
  });
});
