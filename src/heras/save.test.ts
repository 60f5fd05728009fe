import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256 } from '@noble/hashes/sha2.js';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { HesperError } from '../errors.ts';
import { decodeContainer, encodeContainer } from './container.ts';
import { averagePooling2d } from './layers/average-pooling-2d.ts';
import { conv2d } from './layers/conv2d.ts';
import { dense } from './layers/dense.ts';
import { flatten } from './layers/flatten.ts';
import { inputLayer } from './layers/input-layer.ts';
import { zeroPadding2d } from './layers/zero-padding-2d.ts';
import { loadModel, modelFromBytes } from './load.ts';
import { sequential } from './sequential.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hesper-save-'));
});
afterAll(() => rm(folder, { recursive: true }));

const model = sequential({
  name: 'tiny',
  seed: 3,
  layers: [
    inputLayer({ inputShape: [4, 4, 1] }),
    zeroPadding2d({ padding: [0, 1] }),
    conv2d({ filters: 2, kernelSize: [2, 3], strides: 2, activation: 'square', name: 'first' }),
    averagePooling2d({ padding: 'same' }),
    flatten(),
    dense({ units: 2, useBias: false }),
  ],
});
const bytes = model.toBytes();
const x = { shape: [3, 4, 4, 1], data: Float32Array.from({ length: 48 }, (_, i) => Math.cos(i)) };

const code = (data: Uint8Array): string => {
  try {
    modelFromBytes(data);
  } catch (error) {
    return error instanceof HesperError ? error.code : `not typed: ${error}`;
  }
  return 'accepted';
};

/** The file with other words in it, digest made right again: only the meaning is wrong. */
function forged(change: (content: Content, tensors: Tensors) => void): Uint8Array {
  const { content, tensors } = decodeContainer(bytes, 'model') as unknown as { content: Content; tensors: Tensors };
  change(content, tensors);
  return encodeContainer({ kind: 'model', content, tensors });
}
interface Content {
  name: unknown;
  inputShape: unknown;
  layers: { type: string; name: string; config: Record<string, unknown> }[];
}
type Tensors = { name: string; shape: number[]; data: Float32Array }[];

function resealed(change: (copy: Uint8Array, view: DataView) => void): Uint8Array {
  const copy = bytes.slice();
  change(copy, new DataView(copy.buffer));
  copy.set(sha256(copy.subarray(0, -32)), copy.length - 32);
  return copy;
}

describe('model files', () => {
  it('bring back the same model', () => {
    const copy = modelFromBytes(bytes);
    expect(copy.toBytes()).toEqual(bytes);
    expect(copy.name).toBe('tiny');
    expect(copy.toGraph()).toEqual(model.toGraph());
    expect(copy.predict(x)).toEqual(model.predict(x));
  });

  it('are read at any offset of a larger buffer', () => {
    const larger = new Uint8Array(bytes.length + 3);
    larger.set(bytes, 3);
    expect(modelFromBytes(larger.subarray(3)).toBytes()).toEqual(bytes);
  });

  it('are written wholly', async () => {
    const path = join(folder, 'a.hesper');
    await writeFile(path, 'old');
    await model.save(path);
    expect(new Uint8Array(await readFile(path))).toEqual(bytes);
    expect((await loadModel(path)).predict(x)).toEqual(model.predict(x));
    expect(await readdir(folder)).toEqual(['a.hesper']);
  });

  it('leave nothing behind when they cannot be written', async () => {
    const nowhere = join(folder, 'nowhere', 'a.hesper');
    await expect(model.save(nowhere)).rejects.toMatchObject({ code: 'invalid-argument' });
    const before = await readdir(folder);
    await expect(model.save(folder)).rejects.toMatchObject({ code: 'invalid-argument' });
    expect(await readdir(folder)).toEqual(before);
    await expect(loadModel(nowhere)).rejects.toMatchObject({ code: 'missing-data' });
  });

  it('cut short anywhere are refused', () => {
    for (let length = 0; length < bytes.length; length++)
      expect(code(bytes.subarray(0, length))).toBe('malformed-bytes');
    expect(code(new Uint8Array([...bytes, 0]))).toBe('malformed-bytes');
  });

  it('with any byte changed are refused', () => {
    for (let i = 0; i < bytes.length; i++) {
      const copy = bytes.slice();
      copy[i]! ^= 1 << (i % 8);
      expect(['malformed-bytes', ...(i >= 8 && i < 12 ? ['unsupported-version'] : [])]).toContain(code(copy));
    }
  });

  it.each([
    ['of another version', resealed((_, view) => view.setUint32(8, 2, true)), 'unsupported-version'],
    ['with a header beyond its end', resealed((_, view) => view.setUint32(12, 2 ** 31, true)), 'malformed-bytes'],
    ['with a header that is not JSON', resealed((copy) => copy.fill(0x41, 16, 24)), 'malformed-bytes'],
    ['with a header that is not UTF-8', resealed((copy) => copy.fill(0xff, 20, 22)), 'malformed-bytes'],
    [
      'with NaN in a weight',
      resealed((_, view) => view.setFloat32(bytes.length - 36, Number.NaN, true)),
      'non-finite-value',
    ],
    [
      'with infinity in a weight',
      resealed((_, view) => view.setFloat32(bytes.length - 36, Infinity, true)),
      'non-finite-value',
    ],
    ['of another kind', encodeContainer({ kind: 'checkpoint', tensors: [], content: {} }), 'malformed-bytes'],
    ['with an unknown layer', forged(({ layers }) => void (layers[2]!.type = 'Conv3D')), 'unknown-layer'],
    [
      'with a layer named like an object member',
      forged(({ layers }) => void (layers[2]!.type = '__proto__')),
      'unknown-layer',
    ],
    ['with an unknown option', forged(({ layers }) => void (layers[2]!.config['dilation'] = 2)), 'invalid-model'],
    ['with an option out of range', forged(({ layers }) => void (layers[2]!.config['filters'] = -1)), 'invalid-model'],
    ['with a huge layer', forged(({ layers }) => void (layers[5]!.config['units'] = 1e9)), 'invalid-model'],
    ['with layers that do not fit each other', forged(({ layers }) => void layers.splice(4, 1)), 'invalid-model'],
    ['with two layers of one name', forged(({ layers }) => void (layers[4]!.name = 'first')), 'invalid-model'],
    ['without layers', forged((content) => void (content.layers = [])), 'invalid-model'],
    ['without an input shape', forged((content) => void (content.inputShape = [])), 'invalid-model'],
    ['without content', encodeContainer({ kind: 'model', tensors: [], content: null }), 'invalid-model'],
    [
      'with a weight too many',
      forged((_, tensors) => void tensors.push({ name: 'more', shape: [1], data: new Float32Array(1) })),
      'invalid-model',
    ],
    ['with a weight too few', forged((_, tensors) => void tensors.pop()), 'invalid-model'],
    ['with weights in another order', forged((_, tensors) => void tensors.reverse()), 'invalid-model'],
    ['with a weight of another shape', forged((_, tensors) => void tensors[0]!.shape.reverse()), 'invalid-model'],
    ['with a length that does not match', forged((_, tensors) => void (tensors[0]!.shape[0] = 5)), 'malformed-bytes'],
  ])('%s are refused', (_, data, wanted) => expect(code(data)).toBe(wanted));

  it('of some bytes cannot ask for memory: no weight is made that the file does not have', () => {
    const greedy = forged(({ layers }) => void (layers[5]!.config['units'] = 2 ** 16));
    const making = vi.spyOn(Float32Array, 'from');
    expect(code(greedy)).toBe('invalid-model');
    expect(making).not.toHaveBeenCalled();
    expect(code(bytes)).toBe('accepted');
    expect(making).toHaveBeenCalled();
    making.mockRestore();
  });

  it('are not written with weights that are not finite', () => {
    const tensors = [{ name: 'a', shape: [1], data: Float32Array.of(Number.NaN) }];
    expect(() => encodeContainer({ kind: 'model', tensors, content: {} })).toThrow(HesperError);
  });
});
