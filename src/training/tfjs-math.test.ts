import type { Tensor } from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { forward } from '../heras/forward.ts';
import type { Layer } from '../heras/layer.ts';
import { averagePooling2d } from '../heras/layers/average-pooling-2d.ts';
import { conv2d } from '../heras/layers/conv2d.ts';
import { dense } from '../heras/layers/dense.ts';
import { flatten } from '../heras/layers/flatten.ts';
import { quadratic } from '../heras/layers/quadratic.ts';
import { zeroPadding2d } from '../heras/layers/zero-padding-2d.ts';
import { randomFrom } from '../heras/random.ts';
import { sequential } from '../heras/sequential.ts';
import { loadTfjs } from './load-tfjs.ts';
import type { Tfjs } from './tfjs.ts';
import { tfjsMath } from './tfjs-math.ts';

let tf: Tfjs;
beforeAll(async () => {
  tf = await loadTfjs();
});

const numbers = (count: number, seed: number) => {
  const random = randomFrom(seed);
  return Float32Array.from({ length: count }, () => 2 * random() - 1);
};

const models: Record<string, Layer[]> = {
  'zero padding': [zeroPadding2d({ padding: [[0, 2], [1, 0]] })], // biome-ignore format: a matrix
  'valid convolution': [conv2d({ filters: 3, kernelSize: [2, 3], strides: 2, activation: 'square' })],
  'same convolution': [conv2d({ filters: 2, kernelSize: 4, strides: [3, 2], padding: 'same' })],
  'valid pooling': [averagePooling2d({ poolSize: [2, 3], strides: 1 })],
  'same pooling': [averagePooling2d({ poolSize: 3, strides: 2, padding: 'same' })],
  quadratics: [flatten(), dense({ units: 4 }), quadratic({ a: 0.125, b: 0.5, c: 2 })],
  'dense layers': [flatten(), dense({ units: 7, activation: 'square' }), dense({ units: 3, useBias: false })],
};

describe('layers on TensorFlow.js', () => {
  it.each(Object.keys(models).flatMap((name) => ['wasm', 'cpu'].map((backend) => [name, backend])))(
    '%s on %s is what predict computes',
    async (name, backend) => {
      await tf.setBackend(backend!);
      const model = sequential({ seed: 5, layers: models[name!]! }).build([6, 7, 2]);
      const x = { shape: [4, 6, 7, 2], data: numbers(336, 1) };
      const y = tf.tidy(() => {
        const weights = model.layers.map((layer) =>
          Object.fromEntries(Object.entries(layer.weights).map(([key, w]) => [key, tf.tensor(w.data, [...w.shape])])),
        );
        return forward(tfjsMath(tf), model.layers, weights, tf.tensor(x.data, x.shape)).dataSync();
      });
      const wanted = model.predict(x).data;
      expect(y.length).toBe(wanted.length);
      for (const [i, value] of wanted.entries()) expect(y[i]).toBeCloseTo(value, 4);
    },
  );

  it('has the right gradients of products on the WebAssembly backend', async () => {
    const run = async (backend: string) => {
      await tf.setBackend(backend);
      const { matMul } = tfjsMath(tf);
      const loss = (x: Tensor, w: Tensor) => tf.sum(tf.square(matMul(x, w))).asScalar();
      return tf.tidy(() =>
        tf
          .grads(loss)([tf.tensor(numbers(15, 1), [5, 3]), tf.tensor(numbers(12, 2), [3, 4])])
          .map((g) => [...g.dataSync()]),
      );
    };
    const [met, wanted] = [await run('wasm'), await run('cpu')];
    for (const [i, list] of wanted.entries())
      for (const [k, value] of list.entries()) expect(met[i]![k]).toBeCloseTo(value, 4);
  });
});
