import { beforeAll, describe, expect, it } from 'vitest';
import { normal, randomFrom } from '../heras/random.ts';
import { trainingBackend } from './backend.ts';
import { loadTfjs } from './load-tfjs.ts';
import type { Tfjs } from './tfjs.ts';

let tf: Tfjs;
beforeAll(async () => {
  tf = await loadTfjs();
});

const numbers = (count: number, seed: number) => {
  const random = randomFrom(seed);
  return Float32Array.from({ length: count }, () => normal(random));
};

interface Case {
  readonly x: [number, number, number, number];
  readonly kernel: [number, number, number, number];
  readonly strides: [number, number];
  readonly padding: 'valid' | 'same';
}

/** Gradients of a curved loss of conv2d with respect to input and kernel, on one backend. */
async function gradients(backend: string, { x, kernel, strides, padding }: Case): Promise<Float32Array[]> {
  await tf.setBackend(backend);
  const size = (shape: number[]) => shape.reduce((product, n) => product * n, 1);
  const loss = (a: unknown, w: unknown) =>
    tf.sum(tf.square(tf.conv2d(a as never, w as never, strides, padding))).asScalar();
  return tf.tidy(() => {
    const inputs = [tf.tensor(numbers(size(x), 1), x), tf.tensor(numbers(size(kernel), 2), kernel)];
    return tf
      .grads(loss)(inputs)
      .map((g) => g.dataSync() as Float32Array);
  });
}

const cases: Case[] = [
  { x: [3, 9, 8, 2], kernel: [3, 3, 2, 4], strides: [1, 1], padding: 'same' },
  { x: [3, 9, 8, 2], kernel: [3, 3, 2, 4], strides: [1, 1], padding: 'valid' },
  { x: [2, 10, 11, 1], kernel: [5, 5, 1, 3], strides: [2, 2], padding: 'same' },
  { x: [2, 10, 11, 1], kernel: [5, 5, 1, 3], strides: [2, 2], padding: 'valid' },
  { x: [2, 7, 9, 3], kernel: [2, 4, 3, 2], strides: [3, 1], padding: 'same' },
  { x: [1, 6, 6, 5], kernel: [1, 1, 5, 2], strides: [2, 3], padding: 'valid' },
];

describe('the gradient of conv2d by its kernel', () => {
  it('is registered with the WebAssembly backend, which the loader chose', async () => {
    expect(await trainingBackend()).toMatchObject({ backend: 'wasm' });
    expect(tf.getKernel('Conv2DBackpropFilter', 'wasm')).toBeDefined();
  });

  it.each(cases)('equals that of the cpu backend: %j', async (theCase) => {
    const wanted = await gradients('cpu', theCase);
    const met = await gradients('wasm', theCase);
    for (const [i, list] of wanted.entries()) {
      const largest = Math.max(...list.map(Math.abs));
      expect(Math.max(...list.map((value, k) => Math.abs(value - met[i]![k]!)))).toBeLessThan(2e-6 * largest);
    }
  });

  it('leaks no tensor', async () => {
    await gradients('wasm', cases[0]!);
    const before = tf.memory();
    for (let i = 0; i < 20; i++) await gradients('wasm', cases[i % cases.length]!);
    expect(tf.memory()).toMatchObject({ numTensors: before.numTensors, numDataBuffers: before.numDataBuffers });
  });
});
