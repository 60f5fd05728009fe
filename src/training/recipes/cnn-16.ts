import { averagePooling2d } from '../../heras/layers/average-pooling-2d.ts';
import { conv2d } from '../../heras/layers/conv2d.ts';
import { dense } from '../../heras/layers/dense.ts';
import { flatten } from '../../heras/layers/flatten.ts';
import { inputLayer } from '../../heras/layers/input-layer.ts';
import { sequential } from '../../heras/sequential.ts';
import { milder } from './changes.ts';
import type { Recipe } from './recipe.ts';

/** SEALion's CNN-16: 3,136 activations, pooled to 784, then 100 and 10. Black and white pixels are enough for it. */
export const cnn16: Recipe = {
  name: 'cnn-16',
  model: (seed) =>
    sequential({
      name: 'cnn-16',
      seed,
      layers: [
        inputLayer({ inputShape: [28, 28, 1], scale: 1 }),
        conv2d({ filters: 16, kernelSize: 5, strides: 2, padding: 'same', activation: 'square' }),
        averagePooling2d({ poolSize: 2 }),
        flatten(),
        dense({ units: 100, activation: 'square' }),
        dense({ units: 10 }),
      ],
    }),
  epochs: 20,
  learningRate: 4e-3,
  weightDecay: 0.3,
  labelSmoothing: 0.05,
  changes: milder(1),
  kernels: (epochs) => ({
    quantization: {
      weightBits: { conv2d: 3, dense: 3, dense_1: 4 },
      fromEpoch: Math.floor(0.4 * epochs),
      biasesFromEpoch: Math.floor(0.6 * epochs),
    },
  }),
};
