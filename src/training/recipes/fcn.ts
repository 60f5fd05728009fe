import { inputLayer } from '../../heras/layers/input-layer.ts';
import { sequential } from '../../heras/sequential.ts';
import { milder } from './changes.ts';
import { collapsedLayers } from './collapsed.ts';
import type { Recipe } from './recipe.ts';

/**
 * CryptoNets' shape with few weights, all of them 0 or +-2^k, as in Faster CryptoNets (Chou and others 2018): 945
 * activations. Pruned gradually by magnitude, then rounded. Black and white pixels and few neighbouring k keep the
 * coefficients of its encrypted polynomials small.
 */
export const fcn: Recipe = {
  name: 'fcn',
  model: (seed) =>
    sequential({
      name: 'fcn',
      seed,
      layers: [inputLayer({ inputShape: [28, 28, 1], scale: 1 }), ...collapsedLayers()],
    }),
  epochs: 40,
  learningRate: 4e-3,
  weightDecay: 0.1,
  labelSmoothing: 0,
  changes: milder(0.85),
  kernels: (epochs) => ({
    pruning: {
      density: { conv2d: 0.4, dense: 0.082, dense_1: 0.6 },
      fromEpoch: Math.floor(0.06 * epochs),
      toEpoch: Math.max(1, Math.floor(0.4 * epochs)),
    },
    quantization: {
      powersOfTwo: { conv2d: 2, dense: 2, dense_1: 3 },
      fromEpoch: Math.floor(0.4 * epochs),
      biasesFromEpoch: Math.floor(0.64 * epochs),
    },
  }),
};
