import { describe, expect, it } from 'vitest';
import { HesperError } from '../errors.ts';
import type { Layer } from './layer.ts';
import { activation, square } from './layers/activation.ts';
import { averagePooling2d } from './layers/average-pooling-2d.ts';
import { conv2d } from './layers/conv2d.ts';
import { dense } from './layers/dense.ts';
import { flatten } from './layers/flatten.ts';
import { inputLayer } from './layers/input-layer.ts';
import { zeroPadding2d } from './layers/zero-padding-2d.ts';
import { randomFrom } from './random.ts';
import { sequential } from './sequential.ts';

const codeOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(HesperError);
    return (error as HesperError).code;
  }
  return 'nothing thrown';
};

/** A model of one layer with weights 0.1, 0.2, ... */
function one(layer: Layer, inputShape: number[]) {
  const model = sequential({ layers: [layer] }).build(inputShape);
  let next = 0;
  model.setWeights(model.getWeights().map(({ shape, data }) => ({ shape, data: data.map(() => ++next / 10) })));
  return model;
}

const numbers = (count: number, seed = 1) => {
  const random = randomFrom(seed);
  return Float32Array.from({ length: count }, () => 2 * random() - 1);
};

/** Convolution straight from its definition: pads explicitly, as TensorFlow says where. */
function naiveConv(
  x: Float32Array,
  [h, w, c]: number[],
  kernel: Float32Array,
  [kh, kw, , f]: number[],
  s: number,
  same: boolean,
) {
  const total = (size: number, k: number) => Math.max(0, (Math.ceil(size / s) - 1) * s + k - size);
  const top = same ? Math.floor(total(h!, kh!) / 2) : 0;
  const left = same ? Math.floor(total(w!, kw!) / 2) : 0;
  const rows = same ? Math.ceil(h! / s) : Math.floor((h! - kh!) / s) + 1;
  const columns = same ? Math.ceil(w! / s) : Math.floor((w! - kw!) / s) + 1;
  const out: number[] = [];
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++)
      for (let o = 0; o < f!; o++) {
        let sum = 0;
        for (let u = 0; u < kh!; u++)
          for (let v = 0; v < kw!; v++)
            for (let k = 0; k < c!; k++) {
              const [y, z] = [i * s - top + u, j * s - left + v];
              if (y >= 0 && y < h! && z >= 0 && z < w!)
                sum += x[(y * w! + z) * c! + k]! * kernel[((u * kw! + v) * c! + k) * f! + o]!;
            }
        out.push(sum);
      }
  return { shape: [rows, columns, f!], out };
}

describe('layers', () => {
  it.each([
    [[6, 7, 2], 3, 1, 'valid'],
    [[6, 7, 2], 3, 1, 'same'],
    [[7, 6, 3], 2, 2, 'same'],
    [[7, 6, 1], 5, 2, 'same'],
    [[9, 8, 2], 4, 3, 'valid'],
    [[9, 8, 2], 4, 3, 'same'],
  ] as const)('conv2d %j kernel %i stride %i %s is the definition', (shape, kernelSize, strides, padding) => {
    const model = one(conv2d({ filters: 4, kernelSize, strides, padding, useBias: false }), [...shape]);
    const x = numbers(shape[0] * shape[1] * shape[2]);
    const kernel = model.getWeights()[0]!;
    const wanted = naiveConv(
      x,
      [...shape],
      kernel.data as Float32Array,
      [...kernel.shape],
      strides,
      padding === 'same',
    );
    const y = model.predict({ shape: [1, ...shape], data: x });
    expect(y.shape).toEqual([1, ...wanted.shape]);
    for (const [i, value] of wanted.out.entries()) expect(y.data[i]).toBeCloseTo(value, 4);
  });

  it('conv2d takes oblong kernels and strides, a bias and an activation', () => {
    const model = one(conv2d({ filters: 1, kernelSize: [1, 2], strides: [2, 1], activation: 'square' }), [3, 3, 1]);
    expect(model.outputShape).toEqual([2, 2, 1]);
    const y = model.predict({ shape: [1, 3, 3, 1], data: Float32Array.from([1, 2, 3, 9, 9, 9, 4, 5, 6]) });
    const value = (a: number, b: number) => (0.1 * a + 0.2 * b + 0.3) ** 2;
    [value(1, 2), value(2, 3), value(4, 5), value(5, 6)].forEach((v, i) => void expect(y.data[i]).toBeCloseTo(v, 4));
  });

  it('dense multiplies by [in, out] and adds the bias', () => {
    const model = one(dense({ units: 2 }), [3]);
    const y = model.predict({ shape: [2, 3], data: Float32Array.from([1, 0, 0, 1, 2, 3]) });
    const wanted = [0.1 + 0.7, 0.2 + 0.8, 0.1 + 0.6 + 1.5 + 0.7, 0.2 + 0.8 + 1.8 + 0.8];
    wanted.forEach((v, i) => void expect(y.data[i]).toBeCloseTo(v, 5));
  });

  it("averagePooling2d leaves the cells of 'same' padding out of the mean", () => {
    const x = { shape: [1, 3, 3, 1], data: Float32Array.from([1, 2, 3, 4, 5, 6, 7, 8, 9]) };
    const valid = one(averagePooling2d(), [3, 3, 1]).predict(x);
    expect([...valid.data]).toEqual([3]);
    const same = one(averagePooling2d({ padding: 'same' }), [3, 3, 1]).predict(x);
    expect([...same.data]).toEqual([3, 4.5, 7.5, 9]);
  });

  it('zeroPadding2d takes the three spellings of Keras', () => {
    expect(one(zeroPadding2d(), [4, 5, 2]).outputShape).toEqual([6, 7, 2]);
    expect(one(zeroPadding2d({ padding: [1, 2] }), [4, 5, 2]).outputShape).toEqual([6, 9, 2]);
    const model = one(zeroPadding2d({ padding: [[0, 1], [2, 0]] }), [1, 2, 1]); // biome-ignore format: a matrix
    expect(model.outputShape).toEqual([2, 4, 1]);
    expect([...model.predict({ shape: [1, 1, 2, 1], data: Float32Array.from([7, 8]) }).data]).toEqual([
      0, 0, 7, 8, 0, 0, 0, 0,
    ]);
  });

  it('square, activation and flatten', () => {
    const x = { shape: [1, 1, 2, 1], data: Float32Array.from([3, -2]) };
    for (const layer of [square(), activation('square')])
      expect([...one(layer, [1, 2, 1]).predict(x).data]).toEqual([9, 4]);
    expect([...one(activation('linear'), [1, 2, 1]).predict(x).data]).toEqual([3, -2]);
    expect(one(flatten(), [2, 3, 4]).outputShape).toEqual([24]);
  });

  it('has the defaults of Keras', () => {
    expect(conv2d({ filters: 1, kernelSize: 3 }).config).toEqual({
      filters: 1,
      kernelSize: [3, 3],
      strides: [1, 1],
      padding: 'valid',
      activation: 'linear',
      useBias: true,
      kernelInitializer: 'glorotUniform',
    });
    expect(averagePooling2d({ poolSize: 3 }).config).toEqual({ poolSize: [3, 3], strides: [3, 3], padding: 'valid' });
    expect(dense({ units: 4 }).config).toEqual({
      units: 4,
      activation: 'linear',
      useBias: true,
      kernelInitializer: 'glorotUniform',
    });
  });

  it('glorotUniform fills the range of its fans and no more', () => {
    const [kernel, bias] = sequential({
      layers: [conv2d({ filters: 8, kernelSize: 5, inputShape: [9, 9, 3] })],
    }).getWeights();
    const limit = Math.sqrt(6 / (25 * 3 + 25 * 8));
    const largest = Math.max(...kernel!.data.map(Math.abs));
    expect(largest).toBeLessThanOrEqual(limit);
    expect(largest).toBeGreaterThan(0.95 * limit);
    expect(bias!.data.every((value) => value === 0)).toBe(true);
  });

  it.each([
    ['a layer without its units', () => dense({} as never), 'invalid-argument'],
    ['an option nobody knows', () => dense({ units: 3, dropout: 0.5 } as never), 'invalid-argument'],
    [
      'an activation that cannot be encrypted',
      () => dense({ units: 3, activation: 'relu' as never }),
      'invalid-argument',
    ],
    ['a broken input shape', () => inputLayer({ inputShape: [28, -1] }), 'invalid-argument'],
    ['a window larger than the image', () => one(conv2d({ filters: 1, kernelSize: 5 }), [4, 9, 1]), 'shape-mismatch'],
    ['conv2d on vectors', () => one(conv2d({ filters: 1, kernelSize: 1 }), [4]), 'shape-mismatch'],
    ['dense on images', () => one(dense({ units: 1 }), [4, 4, 1]), 'shape-mismatch'],
    ['a dense layer of absurd size', () => one(dense({ units: 60_000 }), [60_000]), 'invalid-model'],
  ])('%s is refused', (_, run, code) => expect(codeOf(run)).toBe(code));
});
