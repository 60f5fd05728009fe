import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HesperError } from '../errors.ts';
import { HEADER_BYTES } from '../format/header.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { loadKernel } from '../kernel/load.ts';
import { generatePrimes } from '../ring/primes.ts';
import { type Ciphertext, toCoefficient, toNtt } from './ciphertext.ts';
import { type Context, createContext } from './context.ts';
import { RelinearizationKey } from './evaluation-keys.ts';
import { createInsecureParameters, createParameters } from './parameters.ts';
import { PublicKey } from './public-key.ts';
import { decryptPrivate } from './secret/decrypt.ts';
import { encryptSymmetric, encryptSymmetricSeededToBytes } from './secret/encrypt-symmetric.ts';
import { KeyGenerator } from './secret/key-generator.ts';
import type { SecretKey } from './secret/secret-key.ts';
import {
  loadCiphertexts,
  loadParameters,
  loadPublicKey,
  saveCiphertexts,
  saveParameters,
  savePublicKey,
} from './serialize.ts';
import {
  loadGaloisKeys,
  loadRelinearizationKey,
  relinearizationKeyBytes,
  saveGaloisKeys,
  saveRelinearizationKey,
} from './serialize-keys.ts';

const n = 1024;
const primes = generatePrimes(n, [40, 36, 30, 44]);
const parameters = createInsecureParameters({
  ringDegree: n,
  dataPrimes: primes.slice(0, 3),
  specialPrimes: primes.slice(3),
});
const scale = 2 ** 20;
const columns = [0, 1].map((c) => Float64Array.from({ length: n / 2 }, (_, j) => Math.cos(j + c)));
const coded = (code: string) => expect.objectContaining({ name: 'HesperError', code });

describe('the byte format', () => {
  let kernel: Kernel;
  let context: Context<'ckks'>;
  let other: Context<'ckks'>;
  let secretKey: SecretKey<'ckks'>;
  let objects: Record<string, { bytes: Uint8Array; load: (bytes: Uint8Array) => { dispose(): void }[] }>;

  beforeAll(async () => {
    kernel = await loadKernel();
    context = createContext(parameters, kernel);
    other = createContext(
      createInsecureParameters({ ringDegree: n, dataPrimes: primes.slice(0, 2), specialPrimes: primes.slice(3) }),
      kernel,
    );
    const generator = new KeyGenerator(context);
    secretKey = generator.secretKey();
    const publicKey = generator.publicKey(secretKey);
    const key = generator.relinearizationKey(secretKey, { parts: 4 });
    const galoisKeys = generator.galoisKeys(secretKey, { steps: [1, { step: -4, level: 1 }], conjugation: true });
    const cts = encryptSymmetric(secretKey, columns, { scale, level: 1 });
    objects = {
      'public key': { bytes: savePublicKey(publicKey), load: (b) => [loadPublicKey(context, b)] },
      'relinearisation key': { bytes: saveRelinearizationKey(key), load: (b) => [loadRelinearizationKey(context, b)] },
      'Galois keys': { bytes: saveGaloisKeys(galoisKeys), load: (b) => [loadGaloisKeys(context, b)] },
      'seeded ciphertexts': {
        bytes: encryptSymmetricSeededToBytes(secretKey, columns, { scale }),
        load: (b) => loadCiphertexts(context, b),
      },
      'full ciphertexts': { bytes: saveCiphertexts(cts), load: (b) => loadCiphertexts(context, b) },
    };
    for (const object of [publicKey, key, galoisKeys, ...cts]) object.dispose();
  });

  afterAll(() => {
    secretKey.dispose();
    expect(kernel.poolStats().liveBuffers).toBe(0);
    context.dispose();
    other.dispose();
    kernel.close();
  });

  const names = ['public key', 'relinearisation key', 'Galois keys', 'seeded ciphertexts', 'full ciphertexts'];

  it('has the lengths that follow from the shapes', () => {
    const element = (40 + 36 + 30) * (n / 8);
    expect(objects['public key']!.bytes.length).toBe(HEADER_BYTES + 32 + element);
    expect(objects['relinearisation key']!.bytes.length).toBe(HEADER_BYTES + 8 + 2 * 3 * (32 + element + 44 * (n / 8)));
    expect(objects['relinearisation key']!.bytes.length).toBe(relinearizationKeyBytes(context, 4));
    expect(objects['seeded ciphertexts']!.bytes.length).toBe(HEADER_BYTES + 16 + 2 * (32 + element));
    const alone = encryptSymmetricSeededToBytes(secretKey, columns.slice(0, 1), { scale });
    expect(alone.length).toBe(element + 96); // n * sum(ceil(log2 q)) / 8 and no more than 256 bytes
    expect(objects['full ciphertexts']!.bytes.length).toBe(HEADER_BYTES + 16 + 2 * 2 * 76 * (n / 8));
  });

  it('gives back keys byte for byte', () => {
    const publicKey = loadPublicKey(context, objects['public key']!.bytes);
    const key = loadRelinearizationKey(context, objects['relinearisation key']!.bytes);
    expect(Buffer.compare(savePublicKey(publicKey), objects['public key']!.bytes)).toBe(0);
    expect(Buffer.compare(saveRelinearizationKey(key), objects['relinearisation key']!.bytes)).toBe(0);
    publicKey.dispose();
    key.dispose();
  });

  it('gives back ciphertexts: metadata, bytes and values', () => {
    const cts = loadCiphertexts(context, objects['full ciphertexts']!.bytes);
    expect(cts.map(({ shape }) => shape)).toEqual(new Array(2).fill({ level: 1, parts: 2, scale, form: 'ntt' }));
    expect(Buffer.compare(saveCiphertexts(cts), objects['full ciphertexts']!.bytes)).toBe(0);
    const values = decryptPrivate(secretKey, cts);
    columns.forEach((column, i) => {
      expect(Math.max(...column.map((x, j) => Math.abs(x - values.column(i)[j]!)))).toBeLessThan(2 ** -10);
    });
    for (const ct of cts) ct.dispose();
  });

  it('keeps ciphertexts through coefficient form and lower levels', () => {
    const cts = loadCiphertexts(context, objects['seeded ciphertexts']!.bytes);
    const coefficients = toCoefficient(cts);
    const back = toNtt(coefficients);
    const low = back.map((ct) => ct.atLevel(0));
    const values = decryptPrivate(secretKey, low);
    expect(Buffer.compare(saveCiphertexts(back), saveCiphertexts(cts))).toBe(0);
    expect(Math.abs(values.column(1)[5]! - columns[1]![5]!)).toBeLessThan(2 ** -10);
    for (const ct of [...cts, ...coefficients, ...back]) ct.dispose();
    expect(decryptPrivate(secretKey, low).length).toBe(2); // the shared memory is still there
    for (const ct of low) ct.dispose();
    expect(() => decryptPrivate(secretKey, low)).toThrowError(coded('disposed'));
    expect(() => low[0]!.atLevel(0)).toThrowError(coded('disposed'));
  });

  it.each(names)('%s: refuses every length but the exact one, and keeps nothing', (name) => {
    const { bytes, load } = objects[name]!;
    const live = kernel.poolStats().liveBuffers;
    const lengths = [0, 1, 3, 4, 7, 39, 40, 41, 47, 55, 56, 57, 100, bytes.length - 1];
    for (const length of lengths)
      expect(() => load(bytes.slice(0, length)), String(length)).toThrowError(coded('malformed-bytes'));
    const longer = new Uint8Array(bytes.length + 1);
    longer.set(bytes);
    expect(() => load(longer)).toThrowError(coded('malformed-bytes'));
    expect(kernel.poolStats().liveBuffers).toBe(live);
  });

  it.each(names)('%s: refuses another version, kind, context and residues out of range', (name) => {
    const { bytes, load } = objects[name]!;
    const changed = (at: number, value: number): Uint8Array => {
      const copy = bytes.slice();
      copy[at] = value;
      return copy;
    };
    const live = kernel.poolStats().liveBuffers;
    expect(() => load(changed(0, 0))).toThrowError(coded('malformed-bytes'));
    expect(() => load(changed(4, 1))).toThrowError(coded('unsupported-version'));
    const newer = expect.objectContaining({ code: 'unsupported-version', met: 7, wanted: 4 });
    expect(() => load(changed(4, 7))).toThrowError(newer);
    expect(() => load(changed(4, 7))).toThrowError(/need version 7 of the format.*reads version 4.*Update hesper/);
    for (const at of [8, 13, 15]) expect(() => load(changed(at, 0x21))).toThrowError(coded('malformed-bytes'));
    for (const kind of [0, 1, 7, 255]) expect(() => load(changed(6, kind))).toThrowError(coded('malformed-bytes'));
    expect(() => load(changed(7, 1))).toThrowError(coded('malformed-bytes'));
    expect(() => load(changed(16, bytes[16]! ^ 1))).toThrowError(coded('context-mismatch'));
    expect(() => load(bytes.slice().fill(255, bytes.length - 16))).toThrowError(coded('residue-out-of-range'));
    expect(kernel.poolStats().liveBuffers).toBe(live);
  });

  it.each(names)('%s: any damage is refused with a typed error or gives another valid object', (name) => {
    const { bytes, load } = objects[name]!;
    const live = kernel.poolStats().liveBuffers;
    const place = fc.oneof(fc.integer({ min: 0, max: 64 }), fc.integer({ min: 0, max: bytes.length - 1 }));
    fc.assert(
      fc.property(
        fc.array(fc.tuple(place, fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 }),
        (damage) => {
          const copy = bytes.slice();
          for (const [at, value] of damage) copy[at] = value;
          try {
            for (const object of load(copy)) object.dispose();
          } catch (error) {
            if (!(error instanceof HesperError)) throw error;
          }
          return kernel.poolStats().liveBuffers === live;
        },
      ),
      { numRuns: 150 },
    );
  });

  it('refuses objects of another context and impossible shapes', () => {
    const { bytes } = objects['full ciphertexts']!;
    expect(() => loadCiphertexts(other, bytes)).toThrowError(coded('context-mismatch'));
    const shaped = (at: number, ...values: number[]): Uint8Array => {
      const copy = bytes.slice();
      copy.set(values, HEADER_BYTES + at);
      return copy;
    };
    for (const parts of [0, 1, 10, 255])
      expect(() => loadCiphertexts(context, shaped(5, parts))).toThrowError(coded('malformed-bytes'));
    for (const level of [3, 255])
      expect(() => loadCiphertexts(context, shaped(4, level))).toThrowError(coded('malformed-bytes'));
    expect(() => loadCiphertexts(context, shaped(0, 255, 255, 255, 255))).toThrowError(coded('malformed-bytes'));
    const scales = [0, -1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 100];
    for (const wrong of scales) {
      const encoded = new Uint8Array(new Float64Array([wrong]).buffer);
      expect(() => loadCiphertexts(context, shaped(8, ...encoded)), String(wrong)).toThrowError(
        coded('malformed-bytes'),
      );
    }
  });

  it('saves only batches that are alike', () => {
    const a = encryptSymmetric(secretKey, [columns[0]!], { scale });
    const b = encryptSymmetric(secretKey, [columns[0]!], { scale, level: 0 });
    const mixed: Ciphertext[] = [...a, ...b];
    expect(() => saveCiphertexts(mixed)).toThrowError(coded('invalid-argument'));
    expect(() => saveCiphertexts([])).toThrowError(coded('invalid-argument'));
    for (const ct of mixed) ct.dispose();
  });

  it('refuses insecure parameters unless they are allowed by name', () => {
    const bytes = saveParameters(parameters);
    expect(() => loadParameters(bytes)).toThrowError(coded('insecure-parameters'));
    expect(loadParameters(bytes, { allowInsecure: true })).toEqual(parameters);
    const good = createParameters({ ringDegree: 4096, dataPrimes: generatePrimes(4096, [36, 36]) });
    expect(loadParameters(saveParameters(good))).toEqual(good);
  });

  it('makes public keys over the special primes too, which are saved without', () => {
    const [short, long] = [false, true].map((special) => {
      const seeded = new KeyGenerator(context, { insecureSeedForTests: new Uint8Array(32).fill(7) });
      return seeded.publicKey(secretKey, { special });
    }) as [PublicKey, PublicKey];
    expect([short.basis.length, long.basis.length]).toEqual([3, 4]);
    expect(savePublicKey(long)).toEqual(savePublicKey(short));
    short.dispose();
    long.dispose();
  });

  it('has no place for keys without seeds', () => {
    const foreign = new PublicKey(context, undefined);
    expect(() => savePublicKey(foreign)).toThrowError(coded('not-serializable'));
    foreign.dispose();
    const shape = { parts: 3, level: 0 };
    const relinearization = new RelinearizationKey(context, shape, undefined);
    expect(() => saveRelinearizationKey(relinearization)).toThrowError(coded('not-serializable'));
    relinearization.dispose();
  });

  it('refuses parameters that claim more than they have', () => {
    const weak = createInsecureParameters({ ringDegree: 2048, dataPrimes: generatePrimes(2048, [40, 40]) });
    const bytes = saveParameters(weak);
    bytes[HEADER_BYTES + 2] = 128;
    expect(() => loadParameters(bytes)).toThrowError(coded('insecure-parameters'));
    const odd = saveParameters(weak);
    odd[HEADER_BYTES + 2] = 100;
    expect(() => loadParameters(odd)).toThrowError(coded('insecure-parameters'));
    const composite = saveParameters(weak);
    composite[composite.length - 8] = composite.at(-8)! ^ 2;
    expect(() => loadParameters(composite, { allowInsecure: true })).toThrowError(coded('invalid-parameters'));
    const id = saveParameters(createParameters({ ringDegree: 4096, dataPrimes: generatePrimes(4096, [36, 36]) }));
    id[16] = id[16]! ^ 1;
    expect(() => loadParameters(id)).toThrowError(coded('malformed-bytes'));
  });
});
