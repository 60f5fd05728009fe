import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contentId } from '../format/content-id.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { loadKernel } from '../kernel/load.ts';
import { generatePrimes } from '../ring/primes.ts';
import { type Context, createContext } from './context.ts';
import type { RelinearizationKey } from './evaluation-keys.ts';
import type { GaloisKeys } from './galois-keys.ts';
import {
  receiveGaloisKeys,
  receiveRelinearizationKey,
  streamGaloisKeys,
  streamRelinearizationKey,
} from './key-stream.ts';
import { createInsecureParameters } from './parameters.ts';
import { KeyGenerator } from './secret/key-generator.ts';
import { saveGaloisKeys, saveRelinearizationKey } from './serialize-keys.ts';

const n = 1024;
const primes = generatePrimes(n, [40, 36, 30, 44]);
const parameters = createInsecureParameters({
  ringDegree: n,
  dataPrimes: primes.slice(0, 3),
  specialPrimes: primes.slice(3),
});
const coded = (code: string) => expect.objectContaining({ name: 'HesperError', code });
const sizes = [1 << 20, 4096, 977];

describe('keys in chunks', () => {
  let kernel: Kernel;
  let context: Context;
  let galoisKeys: GaloisKeys;
  let relinearizationKey: RelinearizationKey;
  let bytes: Uint8Array;
  let id: string;

  beforeAll(async () => {
    kernel = await loadKernel();
    context = createContext(parameters, kernel);
    const generator = new KeyGenerator(context);
    using secretKey = generator.secretKey();
    galoisKeys = generator.galoisKeys(secretKey, { steps: [1, { step: -4, level: 1 }], conjugation: true });
    relinearizationKey = generator.relinearizationKey(secretKey, { parts: 4 });
    bytes = saveGaloisKeys(galoisKeys);
    id = contentId(bytes);
  });
  afterAll(() => {
    galoisKeys.dispose();
    relinearizationKey.dispose();
    expect(kernel.poolStats().liveBuffers).toBe(0);
    context.dispose();
    kernel.close();
  });

  const joined = (chunks: Iterable<Uint8Array>): Buffer => Buffer.concat([...chunks]);
  const chunksOf = (whole: Uint8Array, size: number): Uint8Array[] =>
    Array.from({ length: Math.ceil(whole.length / size) }, (_, i) => whole.subarray(i * size, (i + 1) * size));

  it.each(sizes)('of %i bytes are the bytes that are saved at once, from any offset on', (chunkBytes) => {
    const chunks = [...streamGaloisKeys(galoisKeys, { chunkBytes })];
    expect(Buffer.compare(joined(chunks), bytes)).toBe(0);
    expect(chunks.slice(0, -1).every((chunk) => chunk.length === chunkBytes)).toBe(true);
    expect(new Set(chunks.map((chunk) => chunk.buffer)).size).toBe(chunks.length);
    for (const from of [1, 47, 56, 80, 200, 5000, 30_001, bytes.length - 1, bytes.length])
      expect(Buffer.compare(joined(streamGaloisKeys(galoisKeys, { chunkBytes, from })), bytes.subarray(from))).toBe(0);
    const relinearization = saveRelinearizationKey(relinearizationKey);
    const streamed = streamRelinearizationKey(relinearizationKey, { chunkBytes });
    expect(Buffer.compare(joined(streamed), relinearization)).toBe(0);
  });

  it('have a content id that is the SHA-256 of the bytes, however they come', () => {
    expect(id).toBe(createHash('sha256').update(bytes).digest('hex'));
    expect(contentId(streamGaloisKeys(galoisKeys, { chunkBytes: 977 }))).toBe(id);
  });

  it.each(sizes)('of %i bytes are received, and give keys that are saved to the same bytes', (size) => {
    const receiver = receiveGaloisKeys(context, { contentId: id });
    for (const chunk of chunksOf(bytes, size)) receiver.write(chunk, receiver.offset);
    expect([receiver.offset, receiver.isWhole]).toEqual([bytes.length, true]);
    using keys = receiver.finish();
    expect(keys.steps).toEqual(galoisKeys.steps);
    expect(Buffer.compare(saveGaloisKeys(keys), bytes)).toBe(0);
    expect(() => receiver.finish()).toThrowError(coded('disposed'));
    receiver.dispose();
    expect(Buffer.compare(saveGaloisKeys(keys), bytes)).toBe(0);
  });

  it('cut in the middle say where to go on, and go on', () => {
    const relinearization = saveRelinearizationKey(relinearizationKey);
    const receiver = receiveRelinearizationKey(context, { contentId: contentId(relinearization) });
    receiver.write(relinearization.subarray(0, 12_345));
    expect(() => receiver.finish()).toThrowError(
      expect.objectContaining({ code: 'incomplete-stream', remedy: 'Send on from byte 12345' }),
    );
    expect(() => receiver.write(relinearization.subarray(0, 10), 0)).toThrowError(coded('invalid-argument'));
    for (const chunk of streamRelinearizationKey(relinearizationKey, { from: receiver.offset, chunkBytes: 5000 }))
      receiver.write(chunk);
    using key = receiver.finish();
    expect(Buffer.compare(saveRelinearizationKey(key), relinearization)).toBe(0);
  });

  it('take memory as they come, and give all of it back when they are given up', () => {
    const before = kernel.poolStats();
    const receiver = receiveGaloisKeys(context, { contentId: id });
    receiver.write(bytes.subarray(0, 80)); // header, head and table
    expect(kernel.poolStats().liveBytes).toBe(before.liveBytes);
    receiver.write(bytes.subarray(80, 50_000));
    expect(kernel.poolStats().liveBuffers).toBeGreaterThan(before.liveBuffers);
    expect(kernel.poolStats().liveBytes - before.liveBytes).toBeLessThan(16 * 50_000 + 2 ** 20);
    receiver.dispose();
    receiver.dispose();
    expect(kernel.poolStats().liveBuffers).toBe(before.liveBuffers);
    expect(() => receiver.write(bytes)).toThrowError(coded('disposed'));
  });

  it('with a bit changed are refused by residue, head, or content id, and nothing is kept', () => {
    const live = kernel.poolStats().liveBuffers;
    const codes = new Set<string>();
    for (const at of [0, 4, 6, 8, 20, 48, 52, 57, 60, 62, 81, 90, 5000, 60_000, bytes.length - 1]) {
      const damaged = bytes.slice();
      damaged[at]! ^= 4;
      const receiver = receiveGaloisKeys(context, { contentId: id });
      expect(() => {
        for (const chunk of chunksOf(damaged, 4096)) receiver.write(chunk);
        receiver.finish().dispose();
      }, String(at)).toThrowError(
        expect.objectContaining({
          name: 'HesperError',
          code: expect.toSatisfy((code: string) => codes.add(code).size > 0),
        }),
      );
      expect(kernel.poolStats().liveBuffers, String(at)).toBe(live);
    }
    expect([...codes].sort()).toEqual(['context-mismatch', 'malformed-bytes', 'unsupported-version']);
  });

  it('are refused where they are too long, do not end, or are named by anything but an id', () => {
    const quota = receiveGaloisKeys(context, { contentId: id, maxBytes: bytes.length - 1 });
    expect(() => quota.write(bytes.subarray(0, 100))).toThrowError(coded('quota-exceeded'));
    const longer = receiveGaloisKeys(context, { contentId: id, maxBytes: bytes.length });
    longer.write(bytes);
    expect(() => longer.write(Uint8Array.of(0))).toThrowError(coded('malformed-bytes'));
    for (const name of ['', '../x', id.toUpperCase(), `${id}0`])
      expect(() => receiveGaloisKeys(context, { contentId: name })).toThrowError(coded('invalid-argument'));
    for (const options of [{ chunkBytes: 0 }, { from: -1 }, { from: bytes.length + 1 }, { chunkBytes: 1.5 }])
      expect(() => streamGaloisKeys(galoisKeys, options)).toThrowError(coded('invalid-argument'));
  });
});
