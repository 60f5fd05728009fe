import { describe, expect, it } from 'vitest';
import type { HesperError } from '../errors.ts';
import { runClear } from '../graph/run-clear.ts';
import { validate } from '../graph/validate.ts';
import { operators } from '../ops/all.ts';
import { adam, cosineDecay } from './compile.ts';
import { square } from './layers/activation.ts';
import { averagePooling2d } from './layers/average-pooling-2d.ts';
import { conv2d } from './layers/conv2d.ts';
import { dense } from './layers/dense.ts';
import { flatten } from './layers/flatten.ts';
import { inputLayer } from './layers/input-layer.ts';
import { zeroPadding2d } from './layers/zero-padding-2d.ts';
import { score } from './losses.ts';
import { sequential } from './sequential.ts';

const small = (seed = 1) =>
  sequential({
    name: 'small',
    seed,
    layers: [
      zeroPadding2d({ inputShape: [5, 5, 1], padding: [[0, 1], [0, 1]] }), // biome-ignore format: a matrix
      conv2d({ filters: 2, kernelSize: 3 }),
      square(),
      averagePooling2d(),
      flatten(),
      dense({ units: 4, activation: 'square' }),
      dense({ units: 3, useBias: false }),
    ],
  });

const facts = (run: () => unknown) => {
  try {
    run();
  } catch (error) {
    return (error as HesperError).code;
  }
  return undefined;
};

describe('sequential', () => {
  it('names, shapes and counts as Keras does', () => {
    const model = small();
    expect(model.layers.map(({ name }) => name)).toEqual([
      'zeroPadding2d',
      'conv2d',
      'activation',
      'averagePooling2d',
      'flatten',
      'dense',
      'dense_1', // biome-ignore format: a list
    ]);
    expect(model.layers.map(({ outputShape }) => outputShape)).toEqual([
      [6, 6, 1],
      [4, 4, 2],
      [4, 4, 2],
      [2, 2, 2],
      [8],
      [4],
      [3], // biome-ignore format: a list
    ]);
    expect(model.countParams()).toBe(18 + 2 + 32 + 4 + 12);
  });

  it('prints a summary', () => {
    let printed = '';
    const text = small().summary({ printFn: (line) => void (printed = line) });
    expect(printed).toBe(text);
    expect(text).toContain('conv2d (Conv2D)');
    expect(text).toContain('(batch, 4, 4, 2)');
    expect(text).toContain('Total parameters: 68');
  });

  it('makes equal weights for equal seeds and others for others', () => {
    expect(small(7).getWeights()).toEqual(small(7).getWeights());
    expect(small(7).getWeights()).not.toEqual(small(8).getWeights());
    const [, , first, , second] = small(7).getWeights();
    expect(first!.data.slice(0, 4)).not.toEqual(second!.data.slice(0, 4));
  });

  it('gives weights away as copies and takes them back', () => {
    const model = small();
    const weights = model.getWeights();
    weights[0]!.data.fill(9);
    expect(model.getWeights()[0]!.data[0]).not.toBe(9);
    model.setWeights(weights);
    expect(model.getWeights()[0]!.data[0]).toBe(9);
  });

  it('becomes a graph whose nodes are a chain, fused activations apart', () => {
    const graph = small().toGraph();
    expect(graph.inputShape).toEqual([5, 5, 1]);
    expect(graph.nodes.map(({ op, inputs }) => [op, ...inputs])).toEqual([
      ['zeroPadding2d', -1],
      ['conv2d', 0],
      ['square', 1],
      ['averagePooling2d', 2],
      ['flatten', 3],
      ['dense', 4],
      ['square', 5],
      ['dense', 6],
    ]);
    expect(new Set(graph.nodes.map(({ name }) => name)).size).toBe(8);
    expect(graph.nodes[1]!.attributes).toEqual({
      filters: 2,
      kernelSize: [3, 3],
      strides: [1, 1],
      padding: 'valid',
      useBias: true,
    });
    expect(graph.nodes[0]!.attributes).toEqual({ padding: [[0, 1], [0, 1]] }); // biome-ignore format: a matrix
    expect(graph.nodes[3]!.attributes).toEqual({ poolSize: [2, 2], strides: [2, 2], padding: 'valid' });
    expect(graph.nodes[1]!.weights['kernel']!.shape).toEqual([3, 3, 1, 2]);
    expect(Object.keys(graph.nodes[7]!.weights)).toEqual(['kernel']);
  });

  it('becomes a graph that computes what predict does', () => {
    const model = small();
    const x = { shape: [3, 5, 5, 1], data: Float32Array.from({ length: 75 }, (_, i) => Math.cos(i)) };
    const y = model.predict(x).data;
    const graph = model.toGraph();
    expect(validate(graph, operators)).toHaveLength(graph.nodes.length);
    for (let i = 0; i < 3; i++) {
      const one = runClear(graph, operators, { shape: [5, 5, 1], data: x.data.slice(25 * i, 25 * (i + 1)) });
      expect(one.data.length).toBe(3);
      one.data.forEach((value, k) => void expect(value).toBeCloseTo(y[3 * i + k]!, 5));
    }
  });

  it('predicts the same in any batch size, and nothing for no examples', () => {
    const model = small();
    const x = { shape: [7, 5, 5, 1], data: Float32Array.from({ length: 175 }, (_, i) => Math.sin(i)) };
    expect(model.predict(x, { batchSize: 2 })).toEqual(model.predict(x));
    expect(model.predict({ shape: [0, 5, 5, 1], data: new Float32Array(0) }).shape).toEqual([0, 3]);
    const one = model.predict({ shape: [1, 5, 5, 1], data: x.data.subarray(25, 50) });
    expect(one.data).toEqual(model.predict(x).data.slice(3, 6));
  });

  it('evaluates loss and accuracy', () => {
    const model = sequential({ layers: [dense({ units: 2, inputShape: [2], useBias: false })] });
    model.setWeights([{ shape: [2, 2], data: Float32Array.from([1, 0, 0, 1]) }]);
    const x = { shape: [2, 2], data: Float32Array.from([2, 0, 0, 2]) };
    const { loss, accuracy } = model.evaluate(x, [0, 0]);
    expect(accuracy).toBe(0.5);
    expect(loss).toBeCloseTo((Math.log(1 + Math.exp(-2)) + Math.log(1 + Math.exp(2))) / 2, 6);
    model.compile({ loss: { name: 'sparseCategoricalCrossentropy', labelSmoothing: 0.2 } });
    expect(model.evaluate(x, [0, 0]).loss).toBeCloseTo(0.9 * loss + 0.1 * loss, 6);
    model.compile({ loss: 'meanSquaredError' });
    expect(model.evaluate(x, { shape: [2, 2], data: Float32Array.from([2, 1, 0, 2]) }).loss).toBe(0.25);
  });

  it('smooths labels as Keras does', () => {
    const compiled = sequential().compile({ loss: { name: 'categoricalCrossentropy', labelSmoothing: 0.3 } }).compiled;
    const logits = Float32Array.from([1, 2, 0]);
    const total = Math.log(Math.E + Math.E ** 2 + 1);
    const targets = Float32Array.from([0.1, 0.8, 0.1]);
    expect(score(logits, targets, 3, compiled).loss).toBeCloseTo(total - (0.1 * 1 + 0.8 * 2), 6);
  });

  it('knows schedules', () => {
    const rate = cosineDecay({ initialLearningRate: 1, decaySteps: 100, warmupSteps: 9, alpha: 0.1 });
    expect(rate(0)).toBeCloseTo(0.1, 2);
    expect(rate(50)).toBeCloseTo(0.55, 6);
    expect(rate(1_000)).toBeCloseTo(0.1, 6);
  });

  it('says what is missing for training', async () => {
    expect(facts(() => small().fit({ shape: [1, 5, 5, 1], data: new Float32Array(25) }, [0]))).toBe('missing-peer');
    try {
      await small().fit({ shape: [1, 5, 5, 1], data: new Float32Array(25) }, [0]);
    } catch (error) {
      expect((error as HesperError).remedy).toContain('npm i @tensorflow/tfjs @tensorflow/tfjs-backend-wasm');
      expect((error as HesperError).remedy).toContain('hesper/training');
    }
  });

  const x = { shape: [1, 5, 5, 1], data: new Float32Array(25) };
  it.each([
    ['no input shape', () => sequential({ layers: [dense({ units: 1 })] }).build(), 'invalid-model'],
    ['no layers', () => sequential().predict(x), 'invalid-model'],
    [
      'two layers of one name',
      () => sequential({ layers: [flatten({ name: 'a' }), flatten({ name: 'a' })] }).build([2]),
      'invalid-model',
    ],
    [
      'a model that computes nothing',
      () => sequential({ layers: [inputLayer({ inputShape: [2] })] }).toGraph(),
      'invalid-model',
    ],
    ['a layer after building', () => small().build().add(square()), 'invalid-argument'],
    [
      'another input shape in the middle',
      () => sequential({ layers: [flatten(), dense({ units: 1, inputShape: [3] })] }).build([4]),
      'shape-mismatch',
    ],
    ['examples of another shape', () => small().predict({ shape: [1, 25], data: x.data }), 'shape-mismatch'],
    ['too few numbers', () => small().predict({ shape: [2, 5, 5, 1], data: x.data }), 'shape-mismatch'],
    ['a batch of nothing', () => small().predict(x, { batchSize: 0 }), 'invalid-argument'],
    [
      'NaN in the data',
      () => small().predict({ shape: [1, 5, 5, 1], data: x.data.map(() => Number.NaN) }),
      'non-finite-value',
    ],
    [
      'infinity in the weights',
      () =>
        small().setWeights(
          small()
            .getWeights()
            .map(({ shape, data }) => ({ shape, data: data.map(() => Infinity) })),
        ),
      'non-finite-value',
    ],
    ['too few weights', () => small().setWeights(small().getWeights().slice(1)), 'shape-mismatch'],
    ['a class that is not there', () => small().evaluate(x, [3]), 'invalid-argument'],
    ['too many labels', () => small().evaluate(x, [0, 1]), 'shape-mismatch'],
    ['an optimiser nobody knows', () => small().compile({ optimizer: 'lion' as never }), 'invalid-argument'],
    ['a negative rate', () => adam({ learningRate: -1 }), 'invalid-argument'],
    [
      'a seed that is none',
      () => sequential({ seed: 0.5, layers: [dense({ units: 1, inputShape: [1] })] }).build(),
      'invalid-argument',
    ],
  ])('%s is refused', (_, run, code) => expect(facts(run)).toBe(code));
});
