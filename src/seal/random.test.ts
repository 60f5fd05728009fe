import fc from 'fast-check';
import { expect, it } from 'vitest';
import { remainder } from './random.ts';

it('reduces 64-bit words by any prime of the kernel, exactly', () => {
  const word = fc.integer({ min: 0, max: 2 ** 32 - 1 });
  const modulus = fc.oneof(
    fc.integer({ min: 2 ** 13, max: 2 ** 49 }),
    fc.constantFrom(2 ** 49 - 1, 2 ** 48 + 1, 12289),
  );
  const edges = fc.constantFrom(0, 1, 2 ** 32 - 1, 2 ** 31);
  fc.assert(
    fc.property(fc.oneof(word, edges), fc.oneof(word, edges), modulus, (high, low, p) => {
      expect(remainder(high, low, p)).toBe(Number(((BigInt(high) << 32n) + BigInt(low)) % BigInt(p)));
    }),
    { numRuns: 5000 },
  );
  fc.assert(
    fc.property(modulus, fc.integer({ min: 0, max: 2 ** 14 }), fc.integer({ min: -2, max: 2 }), (p, k, d) => {
      const x = BigInt(p) * BigInt(k) + BigInt(d) + BigInt(p);
      const [high, low] = [Number(x >> 32n), Number(x & 0xffffffffn)];
      expect(remainder(high, low, p)).toBe(Number(x % BigInt(p)));
    }),
    { numRuns: 5000 },
  );
});
