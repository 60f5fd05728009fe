import { afterEach, describe, expect, it } from 'vitest';
import type { Kernel, KernelVariant } from '../../kernel/kernel.ts';
import { availableKernels, loadKernel } from '../../kernel/load.ts';
import { generatePrimes } from '../../ring/primes.ts';
import { type Context, createContext } from '../context.ts';
import { encryptPublic } from '../encrypt.ts';
import { encryptIntegersPublic } from '../encrypt-integers.ts';
import { createInsecureParameters, type Parameters, type Scheme } from '../parameters.ts';
import { seedSource } from '../seeds.ts';
import { loadIntegerCiphertexts } from '../serialize.ts';
import { decryptPrivate } from './decrypt.ts';
import { decryptIntegers } from './decrypt-integers.ts';
import { decryptToPlaintexts } from './decrypt-plaintext.ts';
import { encryptIntegers, encryptIntegersToBytes } from './encrypt-integers.ts';
import { encryptSymmetric } from './encrypt-symmetric.ts';
import { KeyGenerator } from './key-generator.ts';
import { measureNoise } from './measure-noise.ts';
import type { SecretKey } from './secret-key.ts';

const n = 1024;
const primes = generatePrimes(n, [40, 38, 42]);
const plaintextModuli = generatePrimes(n, [16, 20]);
const literal = { ringDegree: n, dataPrimes: primes.slice(0, 2), specialPrimes: primes.slice(2) };
const parameters = createInsecureParameters(literal);
const exactParameters = createInsecureParameters({ ...literal, plaintextModuli });
const insecureSeedForTests = new Uint8Array(32).fill(77);
const variants = (await availableKernels()).filter((k) => k.available && k.variant !== 'reference');

const bytesOf = (numbers: Float64Array): Buffer => Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength);

/** All that the pool hands out again: buffers of every size class up to 128 KB, as many as were in use at once. */
function reclaimed(kernel: Kernel): Buffer {
  const handles: [number, number][] = [];
  const out: Buffer[] = [];
  for (let octave = 512; octave < 16384; octave *= 2)
    for (let eighth = 8; eighth < 16; eighth++)
      for (let copy = 0; copy < 24; copy++)
        handles.push([kernel.allocate((octave * eighth) / 8), (octave * eighth) / 8]);
  for (const [handle, doubles] of handles) {
    const contents = new Float64Array(doubles);
    kernel.read(handle, 0, contents);
    out.push(bytesOf(contents));
  }
  for (const [handle] of handles) kernel.release(handle);
  return Buffer.concat(out);
}

/** What gives the key away: its seed, and pieces of its rows in each form it is worked with. */
function traces(context: Context, secretKey: SecretKey): Record<string, Buffer> {
  const { kernel, ring, allPrimes } = context;
  const all = new Float64Array(n * allPrimes.length);
  kernel.read(secretKey.handle, 0, all);
  const copy = kernel.allocate(all.length);
  kernel.write(copy, 0, all);
  kernel.nttInverse(ring, Int32Array.of(copy), allPrimes, 1);
  const row = new Float64Array(n);
  kernel.read(copy, 0, row);
  kernel.multiply(
    ring,
    Int32Array.of(copy),
    Int32Array.of(secretKey.handle),
    Int32Array.of(secretKey.handle),
    allPrimes,
    1,
    1,
  );
  const square = new Float64Array(n);
  kernel.read(copy, 0, square);
  kernel.wipe(copy);
  expect([...new Set(row)].toSorted()).toEqual([-1, 0, 1]);
  const at = (list: Float64Array, start: number): Buffer => Buffer.from(bytesOf(list.slice(start, start + 8)));
  return {
    seed: Buffer.from(seedSource({ insecureSeedForTests }).next(1)),
    ternary: Buffer.from(bytesOf(row.slice(500, 540))),
    packed: Buffer.from(
      Array.from({ length: 16 }, (_, i) => [0, 1, 2, 3].reduce((b, k) => b | ((row[4 * i + k]! + 1) << (2 * k)), 0)),
    ),
    transformed: at(all, 100),
    'transformed, last prime': at(all, all.length - 100),
    square: at(square, 300),
  };
}

const found = (memory: Buffer, wanted: Record<string, Buffer>): string[] =>
  Object.keys(wanted).filter((name) => memory.includes(wanted[name]!));

function sealAndOpen({ kernel, ring }: Context, secretKey: SecretKey): void {
  const [key, nonce] = [new Uint8Array(32).fill(1), new Uint8Array(12)];
  const bytes = new Uint8Array(n / 4 + 16);
  kernel.sealSecret(ring, bytes, secretKey.integers, key, nonce, nonce);
  const row = kernel.allocate(n);
  kernel.openSecret(ring, row, bytes, key, nonce, nonce);
  kernel.wipe(row);
  bytes[0]! ^= 1;
  expect(() => kernel.openSecret(ring, secretKey.integers, bytes, key, nonce, nonce)).toThrow();
}

/** Everything that works with the secret. */
function useKey(context: Context<'ckks'>, generator: KeyGenerator<'ckks'>, secretKey: SecretKey<'ckks'>): void {
  const column = Float64Array.from({ length: n / 2 }, (_, j) => Math.cos(j));
  const made = [
    generator.publicKey(secretKey),
    generator.relinearizationKey(secretKey, { parts: 4 }),
    generator.galoisKeys(secretKey, { steps: [1, -2], conjugation: true }),
    ...encryptSymmetric(secretKey, [column, column], { scale: 2 ** 20 }),
  ];
  sealAndOpen(context, secretKey);
  const cts = encryptSymmetric(secretKey, [column], { scale: 2 ** 20 });
  const plaintexts = decryptToPlaintexts(secretKey, cts);
  made.push(...encryptPublic(made[0] as never, plaintexts), ...cts);
  decryptPrivate(secretKey, cts).dispose();
  for (const plaintext of plaintexts) plaintext.wipe();
  for (const object of made) object.dispose();
  expect(context.kernel.poolStats().liveBuffers).toBe(4); // the secret, two forms for keys, powers for decryption
}

/** The same under BFV. */
function useKeyExactly(context: Context<'bfv'>, generator: KeyGenerator<'bfv'>, secretKey: SecretKey<'bfv'>): void {
  const columns = [Int32Array.of(1, -2, 3), Int32Array.of(7)];
  const keys = [generator.publicKey(secretKey), generator.relinearizationKey(secretKey)] as const;
  for (const [encoding, list] of [
    ['slots', columns],
    ['coefficients', columns.slice(1)],
  ] as const) {
    const made = [
      ...encryptIntegers(secretKey, list, { encoding }),
      ...encryptIntegersPublic(keys[0], list, { encoding }),
      ...encryptIntegersToBytes(secretKey, list, { encoding }).map((b) => loadIntegerCiphertexts(context, b)),
    ];
    for (let i = 0; i < made.length; i += 2) decryptIntegers(secretKey, made.slice(i, i + 2), { encoding }).dispose();
    measureNoise(secretKey, made.flat());
    for (const ct of made.flat()) ct.dispose();
  }
  for (const key of keys) key.dispose();
  expect(context.kernel.poolStats().liveBuffers).toBe(4); // as above
}

describe.each(variants.map(({ variant }) => variant))('secret keys on %s', (variant: KernelVariant) => {
  let kernel: Kernel;
  afterEach(() => kernel.close());

  const open = async <S extends Scheme>(chosen: Parameters<S>) => {
    kernel = await loadKernel({ variant, threads: 1 });
    const context = createContext(chosen, kernel);
    const generator = new KeyGenerator(context, { insecureSeedForTests });
    return { context, generator, secretKey: generator.secretKey() };
  };

  it('leave nothing in the memory of the kernel', async () => {
    const { context, generator, secretKey } = await open(parameters);
    const wanted = traces(context, secretKey);
    useKey(context, generator, secretKey);
    expect(found(reclaimed(kernel), wanted)).toEqual([]);
    secretKey.dispose();
    expect(found(reclaimed(kernel), wanted)).toEqual([]);
  });

  it('leave nothing behind in exact arithmetic either', async () => {
    const { context, generator, secretKey } = await open(exactParameters);
    const wanted = traces(context, secretKey);
    useKeyExactly(context, generator, secretKey);
    expect(found(reclaimed(kernel), wanted)).toEqual([]);
    secretKey.dispose();
    expect(found(reclaimed(kernel), wanted)).toEqual([]);
  });

  it('would be found if they were only given back', async () => {
    const { context, secretKey } = await open(parameters);
    const wanted = traces(context, secretKey);
    const contents = new Float64Array(n * 3);
    kernel.read(secretKey.handle, 0, contents);
    const copy = kernel.allocate(n * 3);
    kernel.write(copy, 0, contents);
    kernel.release(copy);
    expect(found(reclaimed(kernel), wanted)).toEqual(
      expect.arrayContaining(['transformed', 'transformed, last prime']),
    );
  });
});
