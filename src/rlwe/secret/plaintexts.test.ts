import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Kernel } from '../../kernel/kernel.ts';
import { loadKernel } from '../../kernel/load.ts';
import { createReferenceKernel } from '../../kernel/reference.ts';
import { generatePrimes } from '../../ring/primes.ts';
import { decode, encode } from '../../schemes/ckks/encoder.ts';
import type { Ciphertext } from '../ciphertext.ts';
import { type Context, createContext } from '../context.ts';
import { encryptPublic } from '../encrypt.ts';
import { createInsecureParameters } from '../parameters.ts';
import type { Plaintext } from '../plaintext.ts';
import { loadCiphertexts, saveCiphertexts } from '../serialize.ts';
import { decryptToPlaintexts } from './decrypt-plaintext.ts';
import { encryptSymmetricPlaintexts } from './encrypt-plaintexts.ts';
import { encryptSymmetric, encryptSymmetricSeededToBytes } from './encrypt-symmetric.ts';
import { KeyGenerator } from './key-generator.ts';
import type { SecretKey } from './secret-key.ts';

const n = 1024;
const parameters = createInsecureParameters({ ringDegree: n, dataPrimes: generatePrimes(n, [40, 36, 36]) });
const columns = [1, 2, 3].map((c) => Float64Array.from({ length: n / 2 }, (_, j) => Math.cos(c * j)));
const scale = 2 ** 24;
const insecureSeedForTests = new Uint8Array(32).fill(9);
const coded = (code: string) => expect.objectContaining({ name: 'HesperError', code });

describe('encryption of encoded messages', () => {
  let kernel: Kernel;
  let context: Context<'ckks'>;
  let generator: KeyGenerator<'ckks'>;
  let secretKey: SecretKey<'ckks'>;

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

  const free = (...lists: (readonly { dispose(): void }[])[]): void => {
    for (const one of lists.flat()) one.dispose();
  };
  /** Of different levels and scales, neighbours alike and not. */
  const messages = (): Plaintext<'ckks'>[] => [
    ...encode(context, columns.slice(0, 2), { scale }),
    ...encode(context, columns.slice(2), { scale: 2 * scale }),
    ...encode(context, columns.slice(0, 1), { scale, level: 1 }),
    ...encode(context, columns.slice(1, 2), { scale }),
  ];
  const wanted = [0, 1, 2, 0, 1].map((c) => columns[c]!);

  it.each(['symmetric', 'public'] as const)('%s: keeps order, level and scale, and the values', (kind) => {
    const plaintexts = messages();
    const publicKey = generator.publicKey(secretKey);
    const cts =
      kind === 'public' ? encryptPublic(publicKey, plaintexts) : encryptSymmetricPlaintexts(secretKey, plaintexts);
    expect(cts.map((ct) => [ct.level, ct.scale, ct.parts])).toEqual(plaintexts.map((p) => [p.level, p.scale, 2]));
    const decrypted = decryptToPlaintexts(secretKey, cts);
    expect(decrypted.map((p) => [p.level, p.scale])).toEqual(plaintexts.map((p) => [p.level, p.scale]));
    // Errors of 3.24 a coefficient; of a public key 3.24 * sqrt(4 n / 3).
    const deviation = ((3.24 * Math.sqrt(n / 2)) / scale) * (kind === 'public' ? Math.sqrt((4 * n) / 3) : 1);
    decode(decrypted).forEach((met, i) => {
      const error = Math.max(...met.map((x, j) => Math.abs(x - wanted[i]![j]!)));
      expect(error).toBeLessThan(8 * deviation);
      expect(error).toBeGreaterThan(deviation);
    });
    free(plaintexts, cts, decrypted, [publicKey]);
  });

  it('symmetric: the same bits as encryption of columns, and of bytes loaded, under the same seed', () => {
    const plaintexts = encode(context, columns, { scale });
    const a = encryptSymmetricPlaintexts(secretKey, plaintexts, { insecureSeedForTests });
    const b = encryptSymmetric(secretKey, columns, { scale, insecureSeedForTests });
    const c = loadCiphertexts(
      context,
      encryptSymmetricSeededToBytes(secretKey, columns, { scale, insecureSeedForTests }),
    );
    expect(Buffer.compare(saveCiphertexts(a), saveCiphertexts(b))).toBe(0);
    expect(Buffer.compare(saveCiphertexts(a), saveCiphertexts(c))).toBe(0);
    free(plaintexts, a, b, c);
  });

  it('is the same on the reference kernel, bit by bit', () => {
    const run = (on: Kernel): Uint8Array[] => {
      const own = createContext(parameters, on);
      const keys = new KeyGenerator(own, { insecureSeedForTests });
      const secret = keys.secretKey();
      const publicKey = keys.publicKey(secret);
      const plaintexts = encode(own, columns.slice(0, 1), { scale });
      const lists = [
        encryptSymmetricPlaintexts(secret, plaintexts, { insecureSeedForTests }),
        encryptPublic(publicKey, plaintexts, { insecureSeedForTests }),
      ];
      const bytes = lists.map((cts) => saveCiphertexts(cts));
      free(...lists, plaintexts, [publicKey, secret, own]);
      return bytes;
    };
    const [met, reference] = [run(kernel), run(createReferenceKernel())];
    met.forEach((bytes, i) => {
      expect(Buffer.compare(bytes, reference[i]!)).toBe(0);
    });
  });

  it('makes no two alike, and nothing of nothing', () => {
    const [plaintext] = encode(context, columns.slice(0, 1), { scale });
    const publicKey = generator.publicKey(secretKey);
    const list = [plaintext!, plaintext!];
    const pairs = [encryptSymmetricPlaintexts(secretKey, list), encryptPublic(publicKey, list)];
    for (const [a, b] of pairs) expect(Buffer.compare(saveCiphertexts([a!]), saveCiphertexts([b!]))).not.toBe(0);
    expect([encryptSymmetricPlaintexts(secretKey, []), encryptPublic(publicKey, [])]).toEqual([[], []]);
    expect(decryptToPlaintexts(secretKey, [])).toEqual([]);
    free(list, ...pairs, [publicKey]);
  });

  it('refuses the disposed and the foreign, and keeps nothing', () => {
    const other = createContext(parameters, kernel);
    const foreign = encode(other, columns.slice(0, 1), { scale });
    const gone = encode(context, columns.slice(0, 1), { scale });
    const live = encode(context, columns.slice(0, 1), { scale, level: 1 });
    const publicKey = generator.publicKey(secretKey);
    gone[0]!.dispose();
    const before = kernel.poolStats().liveBuffers;
    for (const encrypt of [
      (list: Plaintext<'ckks'>[]): Ciphertext<'ckks'>[] => encryptSymmetricPlaintexts(secretKey, list),
      (list: Plaintext<'ckks'>[]): Ciphertext<'ckks'>[] => encryptPublic(publicKey, list),
    ]) {
      expect(() => encrypt([...live, ...foreign])).toThrowError(coded('context-mismatch'));
      expect(() => encrypt([...live, ...gone])).toThrowError(coded('disposed'));
    }
    expect(kernel.poolStats().liveBuffers).toBe(before);
    free(foreign, live, [publicKey, other]);
  });

  it('wipes a decrypted message on request', () => {
    const [ct] = encryptSymmetric(secretKey, columns.slice(0, 1), { scale });
    const [plaintext] = decryptToPlaintexts(secretKey, [ct!]);
    const doubles = 3 * n;
    const seen = new Float64Array(doubles);
    kernel.read(plaintext!.handle, 0, seen);
    expect(seen.some((x) => x !== 0)).toBe(true);
    plaintext!.wipe();
    plaintext!.wipe();
    const again = kernel.allocate(doubles); // the pool gives the same memory back
    kernel.read(again, 0, seen);
    expect(seen.every((x) => x === 0)).toBe(true);
    kernel.release(again);
    expect(() => plaintext!.handle).toThrowError(coded('disposed'));
    ct!.dispose();
  });
});
