import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Kernel } from '../../kernel/kernel.ts';
import { availableKernels, loadKernel } from '../../kernel/load.ts';
import { generatePrimes } from '../../ring/primes.ts';
import { type Context, createContext } from '../context.ts';
import { createInsecureParameters } from '../parameters.ts';
import { decryptPrivate } from './decrypt.ts';
import { encryptSymmetric } from './encrypt-symmetric.ts';
import { KeyGenerator } from './key-generator.ts';
import { ReleaseCounter } from './release-counter.ts';
import type { SecretKey } from './secret-key.ts';
import { loadSecretKey, saveSecretKey, secretKeyFileBytes } from './secret-key-file.ts';

const n = 1024;
const primes = generatePrimes(n, [40, 36, 42]);
const literal = { ringDegree: n, dataPrimes: primes.slice(0, 2), specialPrimes: primes.slice(2) };
const parameters = createInsecureParameters(literal);
const passphrase = 'correct horse battery staple';
const insecureSeedForTests = new Uint8Array(32).fill(9);
const options = { passphrase, insecureLogCostForTests: 4 };
const coded = (code: string) => expect.objectContaining({ name: 'HesperError', code });
const scale = 2 ** 20;
const column = Float64Array.from({ length: n / 2 }, (_, j) => Math.sin(j));

let kernel: Kernel;
let context: Context<'ckks'>;
let key: SecretKey<'ckks'>;
let file: Uint8Array;
beforeAll(async () => {
  kernel = await loadKernel();
  context = createContext(parameters, kernel);
  key = new KeyGenerator(context).secretKey();
  file = await saveSecretKey(key, options);
});
afterAll(() => kernel.close());

const changed = (at: number, value: (x: number) => number): Uint8Array => file.map((x, i) => (i === at ? value(x) : x));
const load = (bytes: Uint8Array, p: string | Uint8Array = passphrase) =>
  loadSecretKey(context, bytes, { passphrase: p });

function contents(secretKey: SecretKey): Float64Array {
  const all = new Float64Array(n * 3);
  secretKey.context.kernel.read(secretKey.handle, 0, all);
  return all;
}

describe('secret key files', () => {
  it('give the same key back, which decrypts and makes keys', async () => {
    expect(file.length).toBe(secretKeyFileBytes(context));
    expect(file.length).toBe(108 + n / 4);
    const [ct] = encryptSymmetric(key, [column], { scale });
    const again = await load(file);
    expect(again.id).toBe(key.id);
    expect(contents(again)).toEqual(contents(key));
    const values = decryptPrivate(again, [ct!]).column(0);
    expect(Math.max(...values.map((x, j) => Math.abs(x - column[j]!)))).toBeLessThan(2 ** -10);
    new KeyGenerator(context).relinearizationKey(again, { parts: 4 }).dispose();
    const live = kernel.poolStats().liveBuffers;
    again.dispose();
    expect(kernel.poolStats().liveBuffers).toBeLessThan(live);
    expect(() => again.handle).toThrow(coded('disposed'));
  });

  it('differ each time, except for salt and nonce from a test seed', async () => {
    const other = await saveSecretKey(key, options);
    expect(Buffer.compare(other.subarray(64), file.subarray(64))).not.toBe(0);
    expect(other.subarray(0, 64)).toEqual(file.subarray(0, 64));
    const [a, b] = [await saveSecretKey(key, { ...options, insecureSeedForTests }), await load(other)];
    expect(await saveSecretKey(b, { ...options, insecureSeedForTests })).toEqual(a);
    b.dispose();
  });

  it('open in every kernel', async () => {
    for (const { variant } of (await availableKernels()).filter((k) => k.available)) {
      const there = await loadKernel({ variant });
      const opened = await loadSecretKey(createContext(parameters, there), file, { passphrase });
      expect(await saveSecretKey(opened, { ...options, insecureSeedForTests }), variant).toEqual(
        await saveSecretKey(key, { ...options, insecureSeedForTests }),
      );
      there.close();
    }
  });

  it('do not open with another passphrase or damaged, always with one message', async () => {
    const live = kernel.poolStats().liveBuffers;
    const refused = async (bytes: Uint8Array, p?: string): Promise<string> =>
      load(bytes, p).then(
        () => 'opened',
        (error: { code: string; message: string }) => `${error.code}: ${error.message}`,
      );
    const places = [48, 63, 64, 79, 80, 91, 92, 200, file.length - 17, file.length - 16, file.length - 1];
    const answers = new Set([
      await refused(file, `${passphrase} `),
      await refused(changed(7, (x) => x + 1)), // another cost
      await refused(changed(8, (x) => x + 1)),
      ...(await Promise.all(places.map((at) => refused(changed(at, (x) => x ^ 4))))),
    ]);
    expect(answers.size).toBe(1);
    expect([...answers][0]).toMatch(/^wrong-passphrase: /);
    expect(kernel.poolStats().liveBuffers).toBe(live);
  });

  it('are refused before any work where they are none, of another version or other parameters', async () => {
    const refused = (bytes: Uint8Array, code: string) => expect(load(bytes)).rejects.toThrow(coded(code));
    for (const length of [0, 5, 6, 91, 92, file.length - 1]) await refused(file.slice(0, length), 'malformed-bytes');
    await refused(Uint8Array.from([...file, 0]), 'malformed-bytes');
    await refused('HSSK' as never, 'malformed-bytes');
    await refused(
      changed(0, (x) => x + 1),
      'malformed-bytes',
    );
    await refused(
      changed(6, () => 2),
      'malformed-bytes',
    );
    for (const at of [7, 8, 9, 11, 12, 13, 15])
      await refused(
        changed(at, () => 200),
        'malformed-bytes',
      );
    const newer = expect(load(changed(4, () => 9))).rejects;
    await newer.toMatchObject({ code: 'unsupported-version', met: 9, wanted: 4 });
    await refused(
      changed(16, (x) => x ^ 1),
      'context-mismatch',
    );
    const other = createContext(createInsecureParameters({ ...literal, dataPrimes: primes.slice(0, 1) }), kernel);
    await expect(loadSecretKey(other, file, { passphrase })).rejects.toThrow(coded('context-mismatch'));
  });

  it('are read as they were when loading began', async () => {
    const mine = file.slice();
    const loading = load(mine);
    mine.fill(0);
    const opened = await loading;
    expect(opened.id).toBe(key.id);
    opened.dispose();
  });

  it('need a passphrase, and a key that lives', async () => {
    await expect(saveSecretKey(key, { ...options, passphrase: '' })).rejects.toThrow(coded('invalid-argument'));
    await expect(load(file, new Uint8Array(0))).rejects.toThrow(coded('invalid-argument'));
    for (const insecureLogCostForTests of [0, 21, 1.5])
      await expect(saveSecretKey(key, { passphrase, insecureLogCostForTests })).rejects.toThrow(
        coded('invalid-argument'),
      );
    const dead = new KeyGenerator(context).secretKey();
    dead.dispose();
    await expect(saveSecretKey(dead, options)).rejects.toThrow(coded('disposed'));
    const abort = AbortSignal.abort();
    await expect(saveSecretKey(key, { ...options, signal: abort })).rejects.toThrow(coded('aborted'));
    await expect(loadSecretKey(context, file, { passphrase, signal: abort })).rejects.toThrow(coded('aborted'));
  });

  it('keep the count of releases: the counter goes on, and does not go back', async () => {
    const counter = ReleaseCounter.start(key, () => {}, { limit: 5 });
    await counter.spend(key, 2);
    const again = await load(file);
    await counter.spend(again, 1);
    expect(counter.state).toEqual({ keyId: key.id, limit: 5, used: 3 });
    const copy = new ReleaseCounter({ keyId: key.id, limit: 5, used: 2 }, () => {});
    await expect(copy.spend(again, 1)).rejects.toThrow(coded('stale-counter'));
    again.dispose();
  });

  it('cost about as much as is said, by default', async () => {
    const bytes = await saveSecretKey(key, { passphrase });
    expect([...bytes.subarray(6, 16)]).toEqual([1, 17, 8, 0, 0, 0, 1, 0, 0, 0]);
    const opened = await load(bytes);
    expect(opened.id).toBe(key.id);
    opened.dispose();
  });
});
