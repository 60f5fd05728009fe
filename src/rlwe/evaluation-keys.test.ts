import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HEADER_BYTES } from '../format/header.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { loadKernel } from '../kernel/load.ts';
import { rotationExponent } from '../ring/galois.ts';
import { generatePrimes } from '../ring/primes.ts';
import { type Context, createContext } from './context.ts';
import { type GaloisKeys, mergeGaloisKeys } from './galois-keys.ts';
import { createInsecureParameters } from './parameters.ts';
import { KeyGenerator } from './secret/key-generator.ts';
import type { SecretKey } from './secret/secret-key.ts';
import {
  galoisKeysBytes,
  loadGaloisKeys,
  loadRelinearizationKey,
  relinearizationKeyBytes,
  saveGaloisKeys,
  saveRelinearizationKey,
} from './serialize-keys.ts';

const n = 1024;
const primes = generatePrimes(n, [40, 36, 36, 36, 36, 40, 40]);
const parameters = createInsecureParameters({
  ringDegree: n,
  dataPrimes: primes.slice(0, 5),
  specialPrimes: primes.slice(5),
});
const coded = (code: string) => expect.objectContaining({ name: 'HesperError', code });

describe('evaluation keys with two special primes', () => {
  let kernel: Kernel;
  let context: Context;
  let generator: KeyGenerator;
  let secretKey: SecretKey;

  beforeAll(async () => {
    kernel = await loadKernel();
    context = createContext(parameters, kernel);
    generator = new KeyGenerator(context);
    secretKey = generator.secretKey();
  });
  afterAll(() => {
    secretKey.dispose();
    expect(kernel.poolStats().liveBuffers).toBe(0);
    context.dispose();
    kernel.close();
  });

  const using = <T>(keys: GaloisKeys, body: (keys: GaloisKeys) => T): T => {
    try {
      return body(keys);
    } finally {
      keys.dispose();
    }
  };

  it('have one encryption a digit, fewer and smaller at a lower level', () => {
    const special = 2 * 40;
    const encryption = (bits: number) => 32 + (bits + special) * (n / 8);
    expect(relinearizationKeyBytes(context, 3)).toBe(HEADER_BYTES + 8 + 3 * encryption(40 + 4 * 36));
    expect(relinearizationKeyBytes(context, 5, 1)).toBe(HEADER_BYTES + 8 + 3 * encryption(40 + 36));
    const options = { steps: [1, { step: 2, level: 2 }], conjugation: true, level: 0 };
    const bodies = 2 * encryption(40) + 2 * encryption(40 + 2 * 36);
    expect(galoisKeysBytes(context, options)).toBe(HEADER_BYTES + 8 + 3 * 8 + bodies);
  });

  it('cross as the bytes that were announced, and back', () => {
    for (const level of [0, 1, 2, 4]) {
      const key = generator.relinearizationKey(secretKey, { parts: 4, level });
      const bytes = saveRelinearizationKey(key);
      const loaded = loadRelinearizationKey(context, bytes);
      expect(bytes.length).toBe(relinearizationKeyBytes(context, 4, level));
      expect([loaded.parts, loaded.level]).toEqual([4, level]);
      expect(Buffer.compare(saveRelinearizationKey(loaded), bytes)).toBe(0);
      key.dispose();
      loaded.dispose();
    }
    const options = { steps: [7, -1, { step: 3, level: 1 }], conjugation: true, level: 3 };
    using(generator.galoisKeys(secretKey, options), (keys) => {
      const bytes = saveGaloisKeys(keys);
      expect(bytes.length).toBe(galoisKeysBytes(context, options));
      using(loadGaloisKeys(context, bytes), (loaded) => {
        expect(loaded.steps).toEqual([-1, 3, 7]);
        expect(loaded.hasConjugation).toBe(true);
        expect([3, 7, -1].map((step) => loaded.levelOf(rotationExponent(step, n, 5)))).toEqual([1, 3, 3]);
        expect(Buffer.compare(saveGaloisKeys(loaded), bytes)).toBe(0);
      });
    });
  });

  it('are made for what is asked, once, at the highest level asked', () => {
    const steps = [0, n / 2, 1, 1 - n / 2, { step: 1, level: 4 }, { step: 1, level: 2 }];
    using(generator.galoisKeys(secretKey, { steps, level: 1 }), (keys) => {
      expect(keys.steps).toEqual([1]);
      expect(keys.hasConjugation).toBe(false);
      expect(keys.levelOf(5)).toBe(4);
    });
    using(generator.galoisKeys(secretKey, {}), (none) => {
      expect(none.entries).toEqual([]);
      using(loadGaloisKeys(context, saveGaloisKeys(none)), (loaded) => expect(loaded.steps).toEqual([]));
    });
    for (const step of [0.5, Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => generator.galoisKeys(secretKey, { steps: [step] })).toThrowError(coded('invalid-argument'));
    expect(() => generator.galoisKeys(secretKey, { steps: [1], level: 5 })).toThrowError(coded('invalid-argument'));
    expect(() => generator.relinearizationKey(secretKey, { level: -1 })).toThrowError(coded('invalid-argument'));
  });

  it('come together from several sets, which stay their own', () => {
    const low = generator.galoisKeys(secretKey, { steps: [1, 2], level: 0 });
    const high = generator.galoisKeys(secretKey, { steps: [2, 3], conjugation: true });
    const before = kernel.poolStats().liveBuffers;
    using(mergeGaloisKeys([low, high]), (both) => {
      expect(kernel.poolStats().liveBuffers).toBe(before);
      expect(both.steps).toEqual([1, 2, 3]);
      expect([1, 2, 3].map((step) => both.levelOf(rotationExponent(step, n, 5)))).toEqual([0, 4, 4]);
      low.dispose();
      high.dispose();
      expect(both.handlesFor([5], 0).length).toBe(1);
      expect(() => mergeGaloisKeys([high, both])).toThrowError(coded('disposed'));
    });
    expect(() => mergeGaloisKeys([])).toThrowError(coded('invalid-argument'));
  });

  it('name what is missing and what is there', () => {
    using(generator.galoisKeys(secretKey, { steps: [-2, { step: 4, level: 1 }] }), (keys) => {
      expect(() => keys.handlesFor([rotationExponent(3, n, 5)], 0)).toThrowError(
        expect.objectContaining({
          code: 'missing-evaluation-key',
          met: { steps: [-2, 4], conjugation: false },
          wanted: 'rotation by 3',
        }),
      );
      expect(() => keys.handlesFor([2 * n - 1], 0)).toThrowError(
        expect.objectContaining({ code: 'missing-evaluation-key', wanted: 'the conjugation' }),
      );
      expect(() => keys.handlesFor([rotationExponent(4, n, 5)], 2)).toThrowError(
        expect.objectContaining({ code: 'missing-evaluation-key', met: 'level 1', wanted: 'level 2' }),
      );
    });
  });

  it('refuse tables that name no automorphism, one twice, another order or another level', () => {
    using(generator.galoisKeys(secretKey, { steps: [1, 2] }), (keys) => {
      const bytes = saveGaloisKeys(keys);
      const at = HEADER_BYTES + 8;
      const damaged = (offset: number, ...values: number[]) => {
        const copy = bytes.slice();
        copy.set(values, at + offset);
        return () => loadGaloisKeys(context, copy);
      };
      expect([...bytes.subarray(at, at + 16)]).toEqual([5, 0, 0, 0, 4, 0, 0, 0, 25, 0, 0, 0, 4, 0, 0, 0]);
      const wrong = [
        [0, 1],
        [0, 3],
        [0, 6],
        [0, 25],
        [0, 29],
        [8, 5],
        [9, 8],
        [4, 5],
        [4, 255],
        [5, 1],
        [7, 1],
        [-8, 1],
        [-8, 3],
        [-8, 0],
        [-5, 255],
        [-4, 1],
      ] as const;
      for (const [offset, value] of wrong)
        expect(damaged(offset, value), `${offset} ${value}`).toThrowError(coded('malformed-bytes'));
      damaged(0, 9)().dispose(); // the key of another rotation, for all that bytes can tell
    });
  });
});
