import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { Kernel } from '../../kernel/kernel.ts';
import { availableKernels, loadKernel } from '../../kernel/load.ts';
import { createReferenceKernel } from '../../kernel/reference.ts';
import { generatePrimes } from '../../ring/primes.ts';
import { createContext } from '../context.ts';
import { createInsecureParameters } from '../parameters.ts';
import { saveCiphertexts, savePublicKey } from '../serialize.ts';
import { saveRelinearizationKey } from '../serialize-keys.ts';
import { decryptPrivate } from './decrypt.ts';
import { encryptSymmetric, encryptSymmetricSeededToBytes } from './encrypt-symmetric.ts';
import { KeyGenerator } from './key-generator.ts';

const n = 1024;
const primes = generatePrimes(n, [40, 36, 42]);
const parameters = createInsecureParameters({
  ringDegree: n,
  dataPrimes: primes.slice(0, 2),
  specialPrimes: primes.slice(2),
});
const refusal = expect.objectContaining({ name: 'HesperError', code: 'not-serializable' });
const coded = (code: string) => expect.objectContaining({ name: 'HesperError', code });
const column = Float64Array.from({ length: n / 2 }, (_, j) => Math.sin(j));
const scale = 2 ** 20;

function open(kernel: Kernel, options = {}) {
  const context = createContext(parameters, kernel);
  const generator = new KeyGenerator(context, options);
  return { kernel, context, generator, secretKey: generator.secretKey() };
}

/** Keys and ciphertexts that follow from one test seed, as bytes. */
function deterministic(kernel: Kernel): Uint8Array[] {
  const insecureSeedForTests = new Uint8Array(32).fill(42);
  const { generator, secretKey } = open(kernel, { insecureSeedForTests });
  const cts = encryptSymmetric(secretKey, [column, column], { scale, insecureSeedForTests });
  return [
    savePublicKey(generator.publicKey(secretKey)),
    saveRelinearizationKey(generator.relinearizationKey(secretKey, { parts: 4 })),
    encryptSymmetricSeededToBytes(secretKey, [column, column], { scale, insecureSeedForTests }),
    saveCiphertexts(cts),
  ];
}

describe('secret keys', () => {
  it('have no serialised form, and are wiped', async () => {
    const { kernel, secretKey } = open(await loadKernel());
    expect(() => JSON.stringify({ secretKey })).toThrowError(refusal);
    const { handle } = secretKey;
    expect(handle).toBeGreaterThan(0);
    decryptPrivate(secretKey, encryptSymmetric(secretKey, [column], { scale }));
    const before = kernel.poolStats().liveBuffers;
    secretKey.dispose();
    secretKey.dispose();
    expect(before - kernel.poolStats().liveBuffers).toBe(2);
    expect(() => secretKey.handle).toThrowError(coded('disposed'));
    expect(() => encryptSymmetric(secretKey, [column], { scale })).toThrowError(coded('disposed'));
    kernel.close();
  });

  it('are wiped with zeros, not only given back', () => {
    const kernel = createReferenceKernel();
    const wiped: number[] = [];
    const spy: Kernel = new Proxy(kernel, {
      get: (target, name: keyof Kernel) => {
        const value = target[name] as unknown;
        if (name === 'wipe') {
          return (handle: number) => {
            wiped.push(handle);
            target.wipe(handle);
          };
        }
        return typeof value === 'function' ? (value as (...a: unknown[]) => unknown).bind(target) : value;
      },
    });
    const { secretKey } = open(spy);
    const { handle } = secretKey;
    expect(wiped.length).toBe(1); // the row of small integers it came from
    secretKey.dispose();
    expect(wiped).toContain(handle);
  });

  it('differ, and follow a test seed where one is given by its name', async () => {
    const kernel = await loadKernel();
    const { secretKey: a, generator } = open(kernel);
    const b = generator.secretKey();
    const [ct] = encryptSymmetric(a, [column], { scale });
    const wrong = decryptPrivate(b, [ct!]).column(0);
    expect(Math.max(...wrong.map(Math.abs))).toBeGreaterThan(1000);
    kernel.close();
  });

  it('never repeat a uniform half: one fresh seed for each ciphertext', async () => {
    const { kernel, secretKey } = open(await loadKernel());
    const bytes = encryptSymmetricSeededToBytes(secretKey, new Array(50).fill(column), { scale });
    const seeds = Array.from({ length: 50 }, (_, i) =>
      Buffer.from(bytes.subarray(56 + 32 * i, 88 + 32 * i)).toString('hex'),
    );
    expect(new Set(seeds).size).toBe(50);
    kernel.close();
  });

  it('give byte-equal keys and ciphertexts on every kernel under a test seed', async () => {
    const expected = deterministic(createReferenceKernel());
    const variants = (await availableKernels()).filter((k) => k.available && k.variant !== 'reference');
    expect(variants.length).toBeGreaterThan(0);
    for (const { variant } of variants) {
      const kernel = await loadKernel({ variant });
      deterministic(kernel).forEach((bytes, i) => {
        expect(Buffer.compare(bytes, expected[i]!), `${variant} ${i}`).toBe(0);
      });
      kernel.close();
    }
  });
});

describe('decrypted values', () => {
  it('can be read, but refuse to be serialised, cloned, posted or printed', async () => {
    const { kernel, secretKey } = open(await loadKernel());
    const values = decryptPrivate(secretKey, encryptSymmetric(secretKey, [column], { scale }));
    expect(values.length).toBe(1);
    expect(Math.abs(values.column(0)[7]! - column[7]!)).toBeLessThan(2 ** -10);
    expect(() => values.column(1)).toThrowError(coded('invalid-argument'));
    expect(() => JSON.stringify([values])).toThrowError(refusal);
    expect(() => structuredClone(values)).toThrowError(refusal);
    expect(() => new MessageChannel().port1.postMessage(values)).toThrowError(refusal);
    expect(() => `${values}`).toThrowError(refusal);
    expect(() => String(values)).toThrowError(refusal);
    expect(() => +(values as never)).toThrowError(refusal);
    expect(() => ({ ...values })).toThrowError(refusal);
    expect(inspect(values)).toBe('PrivateValues(1 columns)');
    const taken = values.column(0);
    values.dispose();
    expect(taken[7]).toBe(0);
    expect(() => values.column(0)).toThrowError(coded('disposed'));
    kernel.close();
  });

  it('are complex where that is asked for, and wiped as well', async () => {
    const { kernel, secretKey } = open(await loadKernel());
    const circle = { re: column, im: column.map((x) => x * x - 0.5) };
    const cts = encryptSymmetric(secretKey, [circle, column], { scale });
    const values = decryptPrivate(secretKey, cts, { complex: true });
    const [first, second] = [values.complexColumn(0), values.complexColumn(1)];
    for (let j = 0; j < n / 2; j++) {
      expect(Math.abs(first.re[j]! - circle.re[j]!)).toBeLessThan(2 ** -10);
      expect(Math.abs(first.im[j]! - circle.im[j]!)).toBeLessThan(2 ** -10);
      expect(Math.abs(second.im[j]!)).toBeLessThan(2 ** -10);
    }
    expect(() => decryptPrivate(secretKey, cts).complexColumn(0)).toThrowError(coded('invalid-argument'));
    expect(() => values.complexColumn(2)).toThrowError(coded('invalid-argument'));
    values.dispose();
    expect([first.re[7], first.im[7]]).toEqual([0, 0]);
    expect(() => values.complexColumn(0)).toThrowError(coded('disposed'));
    kernel.close();
  });

  it('leave their memory to the next ones, wiped, and do not share it while they live', async () => {
    const { kernel, secretKey } = open(await loadKernel());
    const decrypt = (factor: number) =>
      decryptPrivate(secretKey, encryptSymmetric(secretKey, [column.map((x) => factor * x)], { scale }));
    const [first, second] = [decrypt(1), decrypt(2)];
    expect(first.column(0).buffer).not.toBe(second.column(0).buffer);
    const { buffer } = first.column(0);
    first.dispose();
    const third = decrypt(3);
    expect(third.column(0).buffer).toBe(buffer);
    expect(Math.abs(second.column(0)[7]! - 2 * column[7]!)).toBeLessThan(2 ** -9);
    expect(Math.abs(third.column(0)[7]! - 3 * column[7]!)).toBeLessThan(2 ** -9);
    kernel.close();
  });
});

describe('encryption', () => {
  it('refuses what cannot be encoded, before any work', async () => {
    const { kernel, secretKey } = open(await loadKernel());
    const live = kernel.poolStats().liveBuffers;
    const encrypt =
      (values: number[], options = {}) =>
      () =>
        encryptSymmetric(secretKey, [Float64Array.from(values)], { scale, ...options });
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
      expect(encrypt([0, bad])).toThrowError(coded('non-finite-value'));
    expect(encrypt(new Array(n / 2 + 1).fill(0))).toThrowError(coded('shape-mismatch'));
    expect(encrypt([2 ** 56])).toThrowError(coded('scale-overflow'));
    expect(encrypt([2 ** 20], { level: 0 })).toThrowError(coded('scale-overflow'));
    expect(encrypt([0], { scale: 2 ** 80 })).toThrowError(coded('scale-overflow'));
    for (const wrong of [0, -1, Number.NaN])
      expect(encrypt([0], { scale: wrong })).toThrowError(coded('invalid-argument'));
    for (const level of [-1, 2, 0.5]) expect(encrypt([0], { level })).toThrowError(coded('invalid-argument'));
    expect(kernel.poolStats().liveBuffers).toBe(live);
    kernel.close();
  });

  it('fails closed without secure random numbers', async () => {
    const { kernel, generator, secretKey } = open(await loadKernel());
    const real = globalThis.crypto;
    Object.defineProperty(globalThis, 'crypto', { value: undefined, configurable: true });
    try {
      expect(() => generator.secretKey()).toThrowError(coded('kernel-unavailable'));
      expect(() => encryptSymmetric(secretKey, [column], { scale })).toThrowError(coded('kernel-unavailable'));
    } finally {
      Object.defineProperty(globalThis, 'crypto', { value: real, configurable: true });
    }
    kernel.close();
  });

  it('refuses keys of another context and evaluation keys without a special prime', async () => {
    const { kernel, generator } = open(await loadKernel());
    const plain = createContext(createInsecureParameters({ ringDegree: n, dataPrimes: primes.slice(0, 2) }), kernel);
    const foreign = new KeyGenerator(plain);
    const secretKey = foreign.secretKey();
    expect(() => generator.publicKey(secretKey)).toThrowError(coded('context-mismatch'));
    expect(() => generator.relinearizationKey(secretKey)).toThrowError(coded('context-mismatch'));
    expect(() => foreign.relinearizationKey(secretKey)).toThrowError(coded('invalid-parameters'));
    kernel.close();
  });
});
