import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contentId } from '../../format/content-id.ts';
import { directoryStore, memoryStore, type ObjectStore, type StoreOptions } from './object-store.ts';

const coded = (code: string) => expect.objectContaining({ name: 'HesperError', code });
const object = (seed: number, bytes = 10_000): Uint8Array =>
  Uint8Array.from({ length: bytes }, (_, i) => (i * seed) % 251);
const quota = { quotaBytes: 100_000 };
let root: string;
let made = 0;
const fresh = (): string => join(root, `${made++}`);
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'hesper-store-'));
});
afterAll(() => rmSync(root, { recursive: true }));

const collect = async (chunks: AsyncIterable<Uint8Array>): Promise<Buffer> => {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
};
const upload = async (store: ObjectStore, bytes: Uint8Array, size = 3000): Promise<string> => {
  const id = contentId(bytes);
  let { offset } = await store.begin(id, bytes.length);
  while (offset < bytes.length) ({ offset } = await store.append(id, offset, bytes.subarray(offset, offset + size)));
  return id;
};

describe.each([
  ['memory', (options: StoreOptions) => memoryStore(options)],
  ['a directory', (options: StoreOptions) => directoryStore(fresh(), options)],
] as const)('objects in %s', (_, open) => {
  it('come in chunks and go out as they came; the same one twice is there once', async () => {
    const store = await open(quota);
    const bytes = object(3);
    const id = await upload(store, bytes);
    expect(store.has(id)).toBe(true);
    expect(Buffer.compare(await collect(store.read(id)), bytes)).toBe(0);
    expect(await store.begin(id, bytes.length)).toEqual({ offset: bytes.length, isWhole: true });
    expect(await store.append(id, 0, bytes.subarray(0, 10))).toEqual({ offset: bytes.length, isWhole: true });
    expect(store.usage).toEqual({ bytes: bytes.length, objects: 1 });
    await store.remove(id);
    await store.remove(id);
    expect(store.usage).toEqual({ bytes: 0, objects: 0 });
    expect(() => store.read(id)).toThrowError(coded('missing-data'));
  });

  it('go on where they were cut', async () => {
    const store = await open(quota);
    const bytes = object(5);
    const id = contentId(bytes);
    await store.begin(id, bytes.length);
    await store.append(id, 0, bytes.subarray(0, 1234));
    expect(await store.begin(id, bytes.length)).toEqual({ offset: 1234, isWhole: false });
    expect(() => store.read(id)).toThrowError(coded('missing-data'));
    const gap = expect.objectContaining({ code: 'invalid-argument', remedy: 'Send on from byte 1234' });
    await expect(store.append(id, 2000, bytes.subarray(2000))).rejects.toThrowError(gap);
    expect(await store.append(id, 1234, bytes.subarray(1234))).toEqual({ offset: bytes.length, isWhole: true });
  });

  it('take turns: two senders of one object cannot mix', async () => {
    const store = await open(quota);
    const bytes = object(7);
    const id = contentId(bytes);
    await Promise.all([store.begin(id, bytes.length), store.begin(id, bytes.length)]);
    const halves = [bytes.subarray(0, 5000), bytes.subarray(5000)] as const;
    const results = await Promise.allSettled([
      store.append(id, 0, halves[0]),
      store.append(id, 0, halves[0]),
      store.append(id, 5000, halves[1]),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(Buffer.compare(await collect(store.read(id)), bytes)).toBe(0);
  });

  it('with other contents than their id are removed, and may come again', async () => {
    const store = await open(quota);
    const bytes = object(9);
    const id = contentId(bytes);
    await store.begin(id, bytes.length);
    await expect(store.append(id, 0, object(11))).rejects.toThrowError(coded('malformed-bytes'));
    expect([store.has(id), store.usage.bytes]).toEqual([false, 0]);
    await expect(store.append(id, 0, bytes)).rejects.toThrowError(coded('invalid-argument'));
    await upload(store, bytes);
    expect(store.has(id)).toBe(true);
  });

  it('are refused beyond the quota, which announced bytes count for', async () => {
    const store = await open({ ...quota, maxObjects: 2 });
    await store.begin(contentId(object(1)), 60_000);
    const second = contentId(object(2));
    await expect(store.begin(second, 40_001)).rejects.toThrowError(coded('quota-exceeded'));
    await store.begin(second, 40_000);
    await expect(store.append(second, 0, object(2, 40_001))).rejects.toThrowError(coded('malformed-bytes'));
    await expect(store.begin(contentId(object(3)), 1)).rejects.toThrowError(coded('quota-exceeded'));
    await store.remove(contentId(object(1)));
    await store.begin(contentId(object(3)), 1);
  });

  it('that stay away are removed on request, whole ones are not', async () => {
    const store = await open(quota);
    const id = await upload(store, object(3));
    await store.begin(contentId(object(5)), 10_000);
    expect(await store.removeIdle(60_000)).toBe(0);
    expect(await store.removeIdle(0)).toBe(1);
    expect([store.has(id), store.usage]).toEqual([true, { bytes: 10_000, objects: 1 }]);
  });

  it('have content ids for names and nothing else', async () => {
    const store = await open(quota);
    for (const id of ['../../etc/passwd', '', 'a'.repeat(63), 'A'.repeat(64), `${'a'.repeat(64)}.part`]) {
      await expect(store.begin(id, 10)).rejects.toThrowError(coded('invalid-argument'));
      await expect(store.append(id, 0, object(1))).rejects.toThrowError(coded('invalid-argument'));
      expect(() => store.read(id)).toThrowError(coded('invalid-argument'));
      await expect(store.remove(id)).rejects.toThrowError(coded('invalid-argument'));
    }
    for (const length of [0, -1, 1.5, Number.NaN, 2 ** 60])
      await expect(store.begin('a'.repeat(64), length)).rejects.toThrowError(coded('invalid-argument'));
  });
});

describe('a directory', () => {
  it('keeps objects over restarts, and uploads go on', async () => {
    const path = fresh();
    const [whole, cut] = [object(3), object(5)];
    const first = await directoryStore(path, quota);
    const id = await upload(first, whole);
    await first.begin(contentId(cut), cut.length);
    await first.append(contentId(cut), 0, cut.subarray(0, 4321));
    expect(readdirSync(path).sort()).toEqual([id, `${contentId(cut)}.part`].sort());
    const second = await directoryStore(path, quota);
    expect(Buffer.compare(await collect(second.read(id)), whole)).toBe(0);
    expect(await second.begin(contentId(cut), cut.length)).toEqual({ offset: 4321, isWhole: false });
    await upload(second, cut);
    expect(readdirSync(path).sort()).toEqual([id, contentId(cut)].sort());
    expect(Buffer.compare(await collect(second.read(contentId(cut))), cut)).toBe(0);
  });

  it('says what the system refused, and goes on when it does no more', async () => {
    const path = fresh();
    const bytes = object(5);
    const id = contentId(bytes);
    const store = await directoryStore(path, quota);
    await store.begin(id, bytes.length);
    renameSync(path, `${path}-away`);
    const gone = expect.objectContaining({ code: 'storage-failure', met: 'ENOENT' });
    await expect(store.append(id, 0, bytes)).rejects.toThrowError(gone);
    expect(await store.begin(id, bytes.length)).toEqual({ offset: 0, isWhole: false });
    renameSync(`${path}-away`, path);
    await upload(store, bytes);
    expect(Buffer.compare(await collect(store.read(id)), bytes)).toBe(0);
    writeFileSync(`${path}-file`, '');
    const notDirectory = expect.objectContaining({ code: 'storage-failure', met: 'EEXIST' });
    await expect(directoryStore(`${path}-file`, quota)).rejects.toThrowError(notDirectory);
  });

  it('finds out at the end that a part was changed between', async () => {
    const path = fresh();
    const bytes = object(5);
    const id = contentId(bytes);
    const first = await directoryStore(path, quota);
    await first.begin(id, bytes.length);
    await first.append(id, 0, bytes.subarray(0, 5000));
    writeFileSync(join(path, `${id}.part`), object(6, 5000));
    const second = await directoryStore(path, quota);
    await second.begin(id, bytes.length);
    await expect(second.append(id, 5000, bytes.subarray(5000))).rejects.toThrowError(coded('malformed-bytes'));
    expect(readdirSync(path)).toEqual([]);
  });

  it("is its owner's, follows no links, and leaves other files alone", async () => {
    const path = fresh();
    const id = 'a'.repeat(64);
    const store = await directoryStore(path, quota);
    expect(lstatSync(path).mode & 0o077).toBe(0);
    writeFileSync(join(path, 'README'), 'mine');
    symlinkSync(join(root, 'target'), join(path, `${id}.part`));
    await store.begin(id, 10);
    await expect(store.append(id, 0, new Uint8Array(10))).rejects.toThrowError(
      expect.objectContaining({ code: 'storage-failure', met: 'ELOOP' }),
    );
    expect(readdirSync(root)).not.toContain('target');
    await expect(directoryStore(path, quota)).rejects.toThrowError(coded('invalid-argument'));
    rmSync(join(path, `${id}.part`));
    mkdirSync(join(path, 'b'.repeat(64)));
    await expect(directoryStore(path, quota)).rejects.toThrowError(coded('invalid-argument'));
    rmSync(join(path, 'b'.repeat(64)), { recursive: true });
    const again = await directoryStore(path, quota);
    expect([again.usage.objects, readdirSync(path)]).toEqual([0, ['README']]);
  });
});
