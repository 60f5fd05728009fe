import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Kernel } from '../kernel/kernel.ts';
import { availableKernels, loadKernel } from '../kernel/load.ts';
import { createReferenceKernel } from '../kernel/reference.ts';
import { product } from '../ring/modulus.ts';
import { generatePrimes, PRIME_LIMIT, powerModulo, primitiveRoot } from '../ring/primes.ts';
import { type Context, createContext } from './context.ts';
import { createInsecureParameters, createParameters, decodeParameters, encodeParameters } from './parameters.ts';
import { ONLY_PRIME, suitsSlots } from './plain-ring.ts';
import { loadParameters, saveParameters } from './serialize.ts';

const coded = (code: string) => expect.objectContaining({ name: 'HesperError', code });
const n = 1024;
const primes = generatePrimes(n, [44, 40, 36, 44]);
const [t, u] = generatePrimes(n, [20, 30]) as [number, number];
const literal = {
  ringDegree: n,
  dataPrimes: primes.slice(0, 3),
  specialPrimes: primes.slice(3),
  plaintextModuli: [t, u, 3 ** 10],
};

describe('BFV parameters', () => {
  it('are those with plaintext moduli: n slots, auxiliary primes, the same security', () => {
    const secure = { ringDegree: 8192, dataPrimes: generatePrimes(8192, [44, 44, 44, 40]) };
    const p = createParameters({ ...secure, plaintextModuli: [65537] });
    const q = createParameters({ ...secure, plaintextModuli: [] });
    expect(p).toMatchObject({ scheme: 'bfv', slots: 8192, plaintextModuli: [65537], securityBits: 128 });
    expect(q).toMatchObject({ scheme: 'ckks', slots: 4096, plaintextModuli: [], auxiliaryPrimes: [] });
    expect(p.logQP).toBe(q.logQP);
    expect(Object.isFrozen(p.plaintextModuli) && Object.isFrozen(p.auxiliaryPrimes)).toBe(true);
    expect(q.id).toBe(createParameters(secure).id);
  });

  it('have ids that cover scheme, moduli and their order', () => {
    const moduli = [undefined, [t], [u], [t, u], [u, t]];
    const ids = moduli.map((plaintextModuli) => createInsecureParameters({ ...literal, plaintextModuli }).id);
    expect(new Set(ids).size).toBe(moduli.length);
  });

  it('derive auxiliary primes: the largest free ones, enough for the largest products', () => {
    const [top, next] = generatePrimes(n, [48, 48]) as [number, number];
    const taken = { ...literal, dataPrimes: [top, ...primes.slice(0, 2)], plaintextModuli: [next] };
    const { auxiliaryPrimes, dataPrimes } = createInsecureParameters(taken);
    expect(auxiliaryPrimes).toEqual(generatePrimes(n, new Array(auxiliaryPrimes.length + 2).fill(48)).slice(2));
    const needed = (BigInt(next) * BigInt(n) * 5n * product(dataPrimes)) / 2n;
    expect(product(auxiliaryPrimes)).toBeGreaterThan(needed);
    expect(product(auxiliaryPrimes.slice(0, -1))).toBeLessThanOrEqual(needed + needed / 2n ** 38n);
  });

  it.each<[string, number[]]>([
    ['an even modulus', [4096]],
    ['one below 3', [1]],
    ['no whole number', [5.5]],
    ['no number', [Number.NaN]],
    ['one above the limit', [PRIME_LIMIT + 1]],
    ['a prime of the ring', [primes[0]!]],
    ['a special prime', [primes[3]!]],
    ['moduli with a common factor', [15, 21]],
    ['one modulus twice', [t, t]],
    ['seventeen', [3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61]],
  ])('refuse %s', (_, plaintextModuli) => {
    expect(() => createInsecureParameters({ ...literal, plaintextModuli })).toThrowError(coded('invalid-parameters'));
  });

  it('decode to what was encoded, and to nothing else', () => {
    const p = createInsecureParameters(literal);
    const bytes = encodeParameters(p);
    expect(decodeParameters(bytes).literal).toEqual({
      ...literal,
      rotationGenerator: 5,
      security: 0,
      profile: 'hes2024',
    });
    expect(loadParameters(saveParameters(p), { allowInsecure: true })).toEqual(p);
    const changed = (at: number, value: number) => () =>
      decodeParameters(Uint8Array.from(bytes, (x, i) => (i === at ? value : x)));
    for (const [at, value] of [
      [0, 0],
      [0, 1],
      [0, 3],
      [7, 0],
      [7, 2],
      [7, 4],
    ] as const)
      expect(changed(at, value), `${at} ${value}`).toThrowError(coded('malformed-bytes'));
    const ckks = encodeParameters(createInsecureParameters({ ...literal, plaintextModuli: [] }));
    ckks[0] = 2;
    expect(() => decodeParameters(ckks)).toThrowError(coded('malformed-bytes'));
    expect(() => decodeParameters(bytes.slice(0, -1))).toThrowError(coded('malformed-bytes'));
  });
});

describe('a BFV context', () => {
  let kernel: Kernel;
  let context: Context;

  beforeAll(() => {
    kernel = createReferenceKernel();
    context = createContext(createInsecureParameters(literal), kernel);
  });
  afterAll(() => context.dispose());

  it('keeps auxiliary primes behind the others and out of keys', () => {
    expect([...context.allPrimes]).toEqual([0, 1, 2, 3]);
    expect([...context.keyBasis(2)]).toEqual([3, 0, 1, 2]);
    expect([...context.auxiliary(2, u, 2)][0]).toBe(4);
    expect(() => context.auxiliary(2, 5, 2)).toThrowError(coded('invalid-argument'));
    for (const parts of [1, 6, 2.5]) expect(() => context.auxiliary(2, t, parts)).toThrowError(coded('parts-mismatch'));
  });

  it('finds the shortest sufficient auxiliary basis', () => {
    const { auxiliaryPrimes } = context.parameters;
    for (let level = 0; level < 3; level++) {
      for (const modulus of literal.plaintextModuli) {
        for (const parts of [2, 3, 5]) {
          const count = context.auxiliary(level, modulus, parts).length;
          const needed = (BigInt(parts * n) * BigInt(modulus) * context.modulus(level)) / 2n;
          expect(product(auxiliaryPrimes.slice(0, count))).toBeGreaterThan(needed);
          if (count > 1) expect(product(auxiliaryPrimes.slice(0, count - 1))).toBeLessThan(needed + needed / 2n ** 37n);
        }
      }
    }
  });

  it('has plain rings for primes 1 mod 2n only', () => {
    expect([t, u, 3 ** 10].map((m) => suitsSlots(m, n))).toEqual([true, true, false]);
    expect(() => context.plainRing(3 ** 10)).toThrowError(
      expect.objectContaining({ code: 'invalid-argument', message: expect.stringMatching(/not suited to batching/) }),
    );
    expect(context.plainRing(t)).toBe(context.plainRing(t));
  });
});

describe('a plain ring', async () => {
  const variants = (await availableKernels()).filter((k) => k.available).map((k) => k.variant);

  it.each(variants)('%s: slot j of row 0 is the value at root^(5^j), of row 1 at root^(-5^j)', async (variant) => {
    const kernel = await loadKernel({ variant });
    const [small, large] = [12289, ...generatePrimes(n, [48])] as [number, number];
    const plaintextModuli = [t, u, small, large];
    const context = createContext(createInsecureParameters({ ...literal, plaintextModuli }), kernel);
    for (const modulus of plaintextModuli) {
      const { ring, places } = context.plainRing(modulus);
      expect([...places].sort((a, b) => a - b)).toEqual([...places.keys()]);
      const coefficients = Float64Array.from({ length: n }, (_, k) => (k < 4 ? k + 1 : 0));
      const row = Int32Array.of(kernel.allocate(n));
      kernel.write(row[0]!, 0, coefficients);
      kernel.nttForward(ring, row, ONLY_PRIME, 1);
      const values = new Float64Array(n);
      kernel.read(row[0]!, 0, values);
      kernel.release(row[0]!);
      const m = BigInt(modulus);
      const root = BigInt(primitiveRoot(modulus, n));
      for (const j of [0, 1, 2, 100, n / 2 - 1]) {
        const e = powerModulo(5n, BigInt(j), BigInt(2 * n));
        for (const [slot, exponent] of [
          [j, e],
          [n / 2 + j, BigInt(2 * n) - e],
        ] as const) {
          const x = powerModulo(root, exponent, m);
          const value = (1n + 2n * x + 3n * x * x + 4n * x * x * x) % m;
          expect((BigInt(values[places[slot]!]!) + m) % m).toBe(value);
        }
      }
    }
    context.dispose();
    expect(kernel.poolStats().liveBuffers).toBe(0);
    kernel.close();
  });
});
