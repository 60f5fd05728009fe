import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HesperError } from '../errors.ts';
import { HEADER_BYTES } from '../format/header.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { loadKernel } from '../kernel/load.ts';
import { generatePrimes } from '../ring/primes.ts';
import type { Ciphertext } from './ciphertext.ts';
import { toNtt } from './ciphertext.ts';
import { type Context, createContext } from './context.ts';
import { createInsecureParameters } from './parameters.ts';
import { decryptIntegers } from './secret/decrypt-integers.ts';
import { encryptIntegers, encryptIntegersToBytes } from './secret/encrypt-integers.ts';
import { encryptSymmetric } from './secret/encrypt-symmetric.ts';
import { KeyGenerator } from './secret/key-generator.ts';
import type { SecretKey } from './secret/secret-key.ts';
import {
  loadCiphertexts,
  loadIntegerCiphertexts,
  loadParameters,
  loadPublicKey,
  saveCiphertexts,
  saveParameters,
  savePublicKey,
} from './serialize.ts';
import { loadRelinearizationKey, saveRelinearizationKey } from './serialize-keys.ts';

const n = 1024;
const primes = generatePrimes(n, [40, 36, 44]);
const plaintextModuli = [...generatePrimes(n, [16]), 625];
const literal = { ringDegree: n, dataPrimes: primes.slice(0, 2), specialPrimes: primes.slice(2) };
const parameters = createInsecureParameters({ ...literal, plaintextModuli });
const coded = (code: string) => expect.objectContaining({ name: 'HesperError', code });
const columns = [Int32Array.of(5), Int32Array.of(-77)];
const integers = { encoding: 'coefficients', scale: 4 } as const;

describe('exact integers as bytes', () => {
  let kernel: Kernel;
  let context: Context<'bfv'>;
  let secretKey: SecretKey<'bfv'>;
  let batches: Record<string, Uint8Array>;

  beforeAll(async () => {
    kernel = await loadKernel();
    context = createContext(parameters, kernel);
    secretKey = new KeyGenerator(context).secretKey();
    const cts = encryptIntegers(secretKey, columns, { ...integers, level: 0 });
    batches = {
      seeded: encryptIntegersToBytes(secretKey, columns, integers)[1]!,
      full: saveCiphertexts(cts[1]!),
    };
    disposeAll(cts.flat());
  });
  afterAll(() => {
    secretKey.dispose();
    expect(kernel.poolStats().liveBuffers).toBe(0);
    context.dispose();
    kernel.close();
  });

  const disposeAll = (cts: readonly Ciphertext<'bfv'>[]) => {
    for (const ct of cts) ct.dispose();
  };
  const changed = (bytes: Uint8Array, at: number, ...values: number[]): Uint8Array => {
    const copy = bytes.slice();
    copy.set(values, at);
    return copy;
  };
  const names = ['seeded', 'full'];

  it('have the lengths that follow from the shapes', () => {
    expect(batches.seeded!.length).toBe(HEADER_BYTES + 16 + 2 * (32 + 76 * (n / 8)));
    expect(batches.full!.length).toBe(HEADER_BYTES + 16 + 2 * 2 * 40 * (n / 8));
  });

  it.each(names)('%s: come in coefficient form with modulus and scale, and go out byte for byte', (name) => {
    const cts = loadIntegerCiphertexts(context, batches[name]!);
    const level = name === 'full' ? 0 : 1;
    for (const ct of cts)
      expect(ct.shape).toEqual({ level, parts: 2, scale: 4, form: 'coefficient', plaintextModulus: 625 });
    using got = decryptIntegers(secretKey, [cts], integers);
    expect([got.integers(0), got.integers(1)]).toEqual([[5n], [-77n]]);
    expect([...got.numbers(1)]).toEqual([-77 / 4]);
    const ntt = toNtt(cts);
    const bytes = saveCiphertexts(cts);
    if (name === 'full') expect(Buffer.compare(bytes, batches.full!)).toBe(0);
    expect(Buffer.compare(saveCiphertexts(ntt), bytes)).toBe(0);
    expect(() => saveCiphertexts([cts[0]!, ntt[0]!])).toThrowError(coded('invalid-argument'));
    disposeAll([...cts, ...ntt]);
  });

  it.each(names)('%s: refuse every length but the exact one, another modulus, scale, level, and residue', (name) => {
    const bytes = batches[name]!;
    const live = kernel.poolStats().liveBuffers;
    const load = (b: Uint8Array) => () => loadIntegerCiphertexts(context, b);
    for (const length of [0, 40, 47, 55, 56, 57, bytes.length - 1])
      expect(load(bytes.slice(0, length)), String(length)).toThrowError(coded('malformed-bytes'));
    const shape = (at: number, ...values: number[]) => load(changed(bytes, HEADER_BYTES + at, ...values));
    for (const index of [2, 255]) expect(shape(6, index)).toThrowError(coded('malformed-bytes'));
    expect(shape(7, 1)).toThrowError(coded('malformed-bytes'));
    expect(shape(4, 2)).toThrowError(coded('malformed-bytes'));
    for (const parts of [0, 1, 3, 10]) expect(shape(5, parts)).toThrowError(coded('malformed-bytes'));
    for (const scale of [0, -1, Number.NaN, Number.POSITIVE_INFINITY])
      expect(shape(8, ...new Uint8Array(new Float64Array([scale]).buffer))).toThrowError(coded('malformed-bytes'));
    expect(load(bytes.slice().fill(255, bytes.length - 16))).toThrowError(coded('residue-out-of-range'));
    expect(load(changed(bytes, 4, 2))).toThrowError(coded('unsupported-version'));
    expect(load(changed(bytes, 16, bytes[16]! ^ 1))).toThrowError(coded('context-mismatch'));
    expect(kernel.poolStats().liveBuffers).toBe(live);
  });

  it.each(names)('%s: damaged anywhere, are a typed error or another valid batch', (name) => {
    const bytes = batches[name]!;
    const live = kernel.poolStats().liveBuffers;
    const place = fc.oneof(fc.integer({ min: 0, max: 64 }), fc.integer({ min: 0, max: bytes.length - 1 }));
    const damage = fc.array(fc.tuple(place, fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(damage, (list) => {
        const copy = bytes.slice();
        for (const [at, value] of list) copy[at] = value;
        try {
          disposeAll(loadIntegerCiphertexts(context, copy));
        } catch (error) {
          if (!(error instanceof HesperError)) throw error;
        }
        return kernel.poolStats().liveBuffers === live;
      }),
      { numRuns: 150 },
    );
  });

  it('and reals are not taken for each other', () => {
    const reals = createContext(createInsecureParameters(literal), kernel);
    const realKey = new KeyGenerator(reals).secretKey();
    const cts = encryptSymmetric(realKey, [Float64Array.of(1)], { scale: 2 ** 20 });
    const bytes = saveCiphertexts(cts);
    // @ts-expect-error of the other scheme
    expect(() => loadIntegerCiphertexts(reals, bytes)).toThrowError(coded('context-mismatch'));
    expect(() => loadIntegerCiphertexts(context, bytes)).toThrowError(coded('context-mismatch'));
    // @ts-expect-error of the other scheme
    expect(() => loadCiphertexts(context, batches.full!)).toThrowError(coded('context-mismatch'));
    expect(() => loadCiphertexts(reals, batches.full!)).toThrowError(coded('context-mismatch'));
    expect(() => loadCiphertexts(reals, changed(bytes, HEADER_BYTES + 6, 1))).toThrowError(coded('malformed-bytes'));
    // @ts-expect-error of the other scheme
    disposeAll(cts);
    realKey.dispose();
    reals.dispose();
  });

  it('keep no lower level: primes cannot be dropped', () => {
    const [cts] = encryptIntegers(secretKey, columns, { ...integers, moduli: [625] });
    expect(() => cts![0]!.atLevel(0)).toThrowError(coded('level-mismatch'));
    const same = cts![0]!.atLevel(1);
    expect(same.plaintextModulus).toBe(625);
    disposeAll([same, ...cts!]);
  });

  it('have keys and parameters that travel as those of CKKS', () => {
    const generator = new KeyGenerator(context);
    const publicKey = generator.publicKey(secretKey);
    const key = generator.relinearizationKey(secretKey);
    const [again, keyAgain] = [
      loadPublicKey(context, savePublicKey(publicKey)),
      loadRelinearizationKey(context, saveRelinearizationKey(key)),
    ];
    expect(Buffer.compare(savePublicKey(again), savePublicKey(publicKey))).toBe(0);
    expect(Buffer.compare(saveRelinearizationKey(keyAgain), saveRelinearizationKey(key))).toBe(0);
    expect(saveRelinearizationKey(key).length).toBe(HEADER_BYTES + 8 + 2 * (32 + (76 + 44) * (n / 8)));
    for (const object of [publicKey, key, again, keyAgain]) object.dispose();
    const bytes = saveParameters(parameters);
    expect(loadParameters(bytes, { allowInsecure: true })).toEqual(parameters);
    const foreign = changed(bytes, bytes.length - 8, 5 ** 3);
    expect(() => loadParameters(foreign, { allowInsecure: true })).toThrowError(coded('malformed-bytes'));
    expect(() => loadParameters(changed(bytes, bytes.length - 8, 4), { allowInsecure: true })).toThrowError(
      coded('invalid-parameters'),
    );
  });
});
