import { dense } from '../../heras/layers/dense.ts';
import { flatten } from '../../heras/layers/flatten.ts';
import { inputLayer } from '../../heras/layers/input-layer.ts';
import { sequential } from '../../heras/sequential.ts';
import { milder } from './changes.ts';
import type { Recipe } from './recipe.ts';

/** 784 - units - 10 with squares, as SEALion has it (van Elsloo and others 2019). */
const layers = (units: number, scale: number) => [
  inputLayer({ inputShape: [28, 28, 1], scale }),
  flatten(),
  dense({ units, activation: 'square' }),
  dense({ units: 10 }),
];

/**
 * So few units have no capacity to spare: milder changes, no smoothing of labels. Pixels of two bits and kernels of 3 and
 * 4 bits keep the logits below 2^25.
 */
export const dnn30: Recipe = {
  name: 'dnn-30',
  model: (seed) => sequential({ name: 'dnn-30', seed, layers: layers(30, 3) }),
  epochs: 80,
  learningRate: 5e-3,
  weightDecay: 0.05,
  labelSmoothing: 0,
  changes: milder(0.6, 0.2),
  kernels: (epochs) => ({
    quantization: {
      weightBits: { dense: 3, dense_1: 4 },
      fromEpoch: Math.floor(0.4 * epochs),
      biasesFromEpoch: Math.floor(0.5 * epochs),
    },
  }),
};

/** The same, with room for labels that are smoothed. */
export const dnn100: Recipe = {
  name: 'dnn-100',
  model: (seed) => sequential({ name: 'dnn-100', seed, layers: layers(100, 3) }),
  epochs: 40,
  learningRate: 4e-3,
  weightDecay: 0.1,
  labelSmoothing: 0.05,
  changes: { ...milder(0.6), noise: 0.05 },
  kernels: (epochs) => ({
    quantization: { weightBits: { dense: 3, dense_1: 4 }, fromEpoch: Math.floor(0.4 * epochs) },
  }),
};
