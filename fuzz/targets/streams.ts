/** Keys that come in chunks, and stores of what came. */

import { HesperError } from '../../src/errors.ts';
import { contentId } from '../../src/format/content-id.ts';
import type { ObjectReceiver } from '../../src/rlwe/key-stream.ts';
import { receiveGaloisKeys, receiveRelinearizationKey } from '../../src/rlwe/key-stream.ts';
import {
  loadGaloisKeys,
  loadRelinearizationKey,
  saveGaloisKeys,
  saveRelinearizationKey,
} from '../../src/rlwe/serialize-keys.ts';
import { directoryStore, memoryStore, type ObjectStore } from '../../src/service/store/object-store.ts';
import { Violation } from '../check.ts';
import type { MakeTarget, Read, Target } from '../target.ts';
import { bytesOf, ckksParameters, ofOwner } from './objects.ts';

interface Disposable {
  dispose(): void;
}

const lastOf = (bytes: Uint8Array): number => bytes[bytes.length - 1] ?? 0;

/** Sizes of chunks follow from the last byte. */
function* chunksOf(bytes: Uint8Array): Generator<Uint8Array> {
  const size = [1, 7, 48, 100, 1000, 4096, 5000, 1 << 20][lastOf(bytes) % 8]!;
  const step = Math.max(size, Math.ceil(bytes.length / 64));
  for (let at = 0; at < bytes.length; at += step) yield bytes.subarray(at, at + step);
}

/** In chunks an object is taken exactly where it is taken whole, and never under another content id. */
function received<T extends Disposable>(
  bytes: Uint8Array,
  receive: (options: { contentId: string }) => ObjectReceiver<T>,
  load: (bytes: Uint8Array) => T,
  save: (made: T) => Uint8Array,
): Read {
  let whole: HesperError | undefined;
  try {
    load(bytes).dispose();
  } catch (error) {
    if (!(error instanceof HesperError)) throw error;
    whole = error;
  }
  const isLie = lastOf(bytes) >= 224;
  const receiver = receive({ contentId: isLie ? '0'.repeat(64) : contentId(bytes) });
  try {
    for (const chunk of chunksOf(bytes)) receiver.write(chunk);
    const made = receiver.finish();
    if (isLie || whole) throw new Violation(`taken in chunks, refused as a whole: ${whole?.message ?? 'another id'}`);
    return { save: () => save(made), dispose: () => made.dispose() };
  } catch (error) {
    receiver.dispose();
    if (!isLie && !whole && !(error instanceof Violation))
      throw new Violation(`taken whole, refused in chunks: ${error}`);
    throw error;
  }
}

export const galoisStream: MakeTarget = ofOwner(ckksParameters, ({ context, generator, secretKey }) => ({
  samples: [{ steps: [1], conjugation: true, level: 0 }, { steps: [{ step: -4, level: 1 }] }].map((options) =>
    bytesOf(generator.galoisKeys(secretKey, options), saveGaloisKeys),
  ),
  read: (bytes) =>
    received(
      bytes,
      (options) => receiveGaloisKeys(context, options),
      (whole) => loadGaloisKeys(context, whole),
      saveGaloisKeys,
    ),
}));

export const relinearizationStream: MakeTarget = ofOwner(ckksParameters, ({ context, generator, secretKey }) => ({
  samples: [{ parts: 3 }, { parts: 4, level: 0 }].map((options) =>
    bytesOf(generator.relinearizationKey(secretKey, options), saveRelinearizationKey),
  ),
  read: (bytes) =>
    received(
      bytes,
      (options) => receiveRelinearizationKey(context, options),
      (whole) => loadRelinearizationKey(context, whole),
      saveRelinearizationKey,
    ),
}));

const QUOTA = 200;
const contents = [new Uint8Array(40).fill(1), new Uint8Array(90).fill(2), new Uint8Array(90).fill(3)];
const names = [...contents.map(contentId), '0'.repeat(64), '../../etc/passwd', '', 'A'.repeat(64)];

/** The input is a list of calls, four bytes each: what, which object, an offset, a length. */
async function useStore(store: ObjectStore, bytes: Uint8Array): Promise<void> {
  let refusal: unknown;
  for (let at = 0; at + 4 <= Math.min(bytes.length, 256); at += 4) {
    try {
      await call(store, bytes.subarray(at, at + 4));
    } catch (error) {
      if (!(error instanceof HesperError)) throw error;
      refusal = error;
    }
    if (store.usage.bytes > QUOTA || store.usage.objects > 3) throw new Violation('more in the store than its quota');
  }
  for (const [i, name] of names.slice(0, 4).entries())
    if (store.has(name)) await requireContent(store, name, contents[i]);
  if (refusal) throw refusal;
}

async function requireContent(store: ObjectStore, name: string, wanted: Uint8Array | undefined): Promise<void> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of store.read(name)) chunks.push(chunk);
  if (!wanted || !Buffer.concat(chunks).equals(wanted)) throw new Violation('other contents than the id says');
}

async function call(store: ObjectStore, [what = 0, which = 0, from = 0, length = 0]: Uint8Array): Promise<void> {
  const name = names[which % names.length]!;
  const content = contents[which % names.length] ?? new Uint8Array(100);
  const odd = what >= 128;
  if (what % 4 === 0)
    await store.begin(name, odd ? [0, -1, Number.NaN, 2 ** 60, 0.5, length][from % 6]! : content.length);
  else if (what % 4 === 1) {
    const chunk = content.slice(from, from + length);
    if (odd) chunk.fill(from);
    await store.append(name, from, chunk);
  } else if (what % 4 === 2) await store.remove(name);
  else {
    const chunks = [];
    for await (const chunk of store.read(name)) chunks.push(chunk);
  }
}

/** All of an object in two chunks, another in one, and some mistakes. */
const programs = [
  [0, 0, 0, 0, 1, 0, 0, 20, 1, 0, 20, 20, 0, 1, 0, 0, 1, 1, 0, 90, 3, 0, 0, 0, 2, 0, 0, 0],
  [0, 2, 0, 0, 1, 2, 0, 255, 128, 3, 5, 100, 129, 3, 0, 100, 0, 4, 0, 0, 1, 1, 7, 7],
].map((program) => Uint8Array.from(program));

const storeTarget = (open: () => Promise<{ store: ObjectStore; end(): Promise<void> }>): Target => ({
  samples: programs,
  isAsync: true,
  read: async (bytes) => {
    const { store, end } = await open();
    try {
      await useStore(store, bytes);
      return {};
    } finally {
      await end();
    }
  },
  // Files are read by chunks of 1 MiB, at most once a call.
  bound: () => 2 ** 26,
});

const options = { quotaBytes: QUOTA, maxObjects: 3 };

export const memory: MakeTarget = () =>
  storeTarget(async () => ({ store: await memoryStore(options), end: async () => {} }));

export const directory: MakeTarget = async () => {
  const { mkdtemp, readdir, rm } = await import('node:fs/promises');
  const { rmSync } = await import('node:fs');
  const { join } = await import('node:path');
  const { tmpdir } = await import('node:os');
  const root = await mkdtemp(join(tmpdir(), 'hesper-fuzz-store-'));
  process.on('exit', () => rmSync(root, { recursive: true, force: true }));
  return storeTarget(async () => {
    const path = join(root, 'store');
    return {
      store: await directoryStore(path, options),
      end: async () => {
        const files = await readdir(root, { recursive: true });
        const strange = files.find((name) => !/^store(\/[0-9a-f]{64}(\.part)?)?$/.test(name));
        await rm(path, { recursive: true, force: true });
        if (strange !== undefined) throw new Violation(`a file of another name: ${strange}`);
      },
    };
  });
};
