import { describe, expect, it } from 'vitest';
import { boundsOf } from '../compiler/bfv/bounds.ts';
import { discretize } from '../compiler/bfv/discretize.ts';
import { adam } from '../heras/compile.ts';
import type { Layer } from '../heras/layer.ts';
import { averagePooling2d } from '../heras/layers/average-pooling-2d.ts';
import { conv2d } from '../heras/layers/conv2d.ts';
import { dense } from '../heras/layers/dense.ts';
import { flatten } from '../heras/layers/flatten.ts';
import { inputLayer } from '../heras/layers/input-layer.ts';
import { quadratic } from '../heras/layers/quadratic.ts';
import { randomFrom } from '../heras/random.ts';
import { sequential } from '../heras/sequential.ts';
import type { Quantization } from '../heras/trainer.ts';
import './fit.ts';

const examples = () => {
  const random = randomFrom(3);
  const data = Float32Array.from({ length: 60 * 36 }, () => random());
  return [{ shape: [60, 6, 6, 1], data }, Array.from({ length: 60 }, (_, i) => i % 3)] as const;
};
const quantization: Quantization = { weightBits: 4, fromEpoch: 1, biasesFromEpoch: 2 };
const head = [flatten(), dense({ units: 5 }), quadratic({ a: 0.5, b: 1, c: 2 }), dense({ units: 3 })];
const trained = async (layers: readonly Layer[], options: Quantization = quantization) => {
  const model = sequential({ seed: 1, layers }).compile({ optimizer: adam({ learningRate: 0.02 }) });
  await model.fit(...examples(), { epochs: 4, seed: 1, batchSize: 10, quantization: options });
  return model;
};

describe('rounded biases', () => {
  it('are integers at the scale of their sums: the integer network has the numbers that the model has', async () => {
    const model = await trained([
      inputLayer({ inputShape: [6, 6, 1], scale: 3 }),
      conv2d({ filters: 2, kernelSize: 3, activation: 'square' }),
      averagePooling2d(),
      ...head,
    ]);
    const network = discretize(model.toGraph(), { exactWeights: true });
    expect(network.rounded).toEqual([]);
    const biases = model.getWeights().filter(({ shape }) => shape.length === 1);
    expect(biases.every(({ data }) => data.every((value) => value !== 0))).toBe(true);
    const own = [network.stages[0]!, network.stages.at(-1)!].map((stage) =>
      stage.kind === 'linear' ? stage.bias : [],
    );
    for (const [i, value] of biases[0]!.data.entries()) expect(value).toBeCloseTo(own[0]![i]!, 7);
    expect(boundsOf(network, 'slots').length).toBe(network.stages.length + 1);
    const scale = network.scales.at(-1)!;
    for (const value of biases.at(-1)!.data) {
      const integer = value * scale;
      expect(Math.abs(integer - Math.round(integer))).toBeLessThan(1e-7 * Math.max(1, Math.abs(integer)));
    }
  });

  it.each([
    [
      'an input that is not declared',
      [conv2d({ filters: 1, kernelSize: 3, inputShape: [6, 6, 1] }), ...head],
      quantization,
    ],
    [
      'a kernel that is not rounded',
      [inputLayer({ inputShape: [6, 6, 1], scale: 3 }), ...head],
      { ...quantization, weightBits: { dense: 4 } },
    ],
    [
      'kernels that are rounded later',
      [inputLayer({ inputShape: [6, 6, 1], scale: 3 }), ...head],
      { ...quantization, biasesFromEpoch: 0 },
    ],
  ])('are refused with %s, before training', (_, layers, options) =>
    expect(trained(layers, options)).rejects.toMatchObject({ code: 'invalid-argument' }),
  );
});
