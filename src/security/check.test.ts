import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkSecurity, maxLogQP } from './check.ts';
import { type SecurityBits, type SecurityProfile, securityTables } from './tables.ts';

const refused = expect.objectContaining({ code: 'insecure-parameters' });

describe('security tables', () => {
  it('are the published rows of eprint 2024/463, Table 5.2 (ternary, classical)', () => {
    const row = (bits: SecurityBits) => [10, 11, 12, 13, 14, 15, 16, 17].map((log) => maxLogQP(2 ** log, bits) ?? null);
    expect(row(128)).toEqual([26, 53, 106, 214, 430, 868, 1747, 3523]);
    expect(row(192)).toEqual([null, 36, 73, 147, 297, 597, 1199, 2411]);
    expect(row(256)).toEqual([null, 27, 56, 114, 230, 462, 929, 1866]);
  });

  it('keep the 2018 rows under their name', () => {
    expect(maxLogQP(8192, 128, 'hes2018')).toBe(218);
    expect(() => checkSecurity(8192, [2 ** 43, 2 ** 43, 2 ** 43, 2 ** 43, 2 ** 43], 128)).toThrowError(refused);
    expect(checkSecurity(8192, [2 ** 43, 2 ** 43, 2 ** 43, 2 ** 43, 2 ** 43], 128, 'hes2018').maxLogQP).toBe(218);
  });

  it('compare exactly: one above the row is too much', () => {
    expect(checkSecurity(2048, [2 ** 53], 128).logQP).toBe(53);
    expect(() => checkSecurity(2048, [2 ** 53, 2], 128)).toThrowError(refused);
    expect(() => checkSecurity(4096, [2 ** 53, 2 ** 52 + 1, 2], 128)).toThrowError(refused);
  });

  it('refuse what they do not know', () => {
    for (const n of [512, 3000, 2 ** 18]) expect(() => checkSecurity(n, [3], 128)).toThrowError(refused);
    expect(() => checkSecurity(1024, [3], 192)).toThrowError(refused);
    expect(() => checkSecurity(8192, [3], 100 as SecurityBits)).toThrowError(refused);
    expect(() => checkSecurity(8192, [3], 128, 'toString' as SecurityProfile)).toThrowError(refused);
  });

  it('never accept a set above a row', () => {
    const sets = fc.record({
      log: fc.integer({ min: 9, max: 18 }),
      bits: fc.constantFrom<SecurityBits[]>(128, 192, 256),
      profile: fc.constantFrom<SecurityProfile[]>('hes2024', 'hes2018'),
      primes: fc.array(fc.integer({ min: 2, max: 2 ** 48 }), { minLength: 1, maxLength: 40 }),
    });
    fc.assert(
      fc.property(sets, ({ log, bits, profile, primes }) => {
        const row = securityTables[profile][bits][2 ** log];
        const fits = row !== undefined && primes.reduce((q, p) => q * BigInt(p), 1n) <= 2n ** BigInt(row);
        let accepted = true;
        try {
          checkSecurity(2 ** log, primes, bits, profile);
        } catch {
          accepted = false;
        }
        return accepted === fits;
      }),
      { numRuns: 2000 },
    );
  });
});
