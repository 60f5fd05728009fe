import { conv2d } from '../../heras/layers/conv2d.ts';
import { dense } from '../../heras/layers/dense.ts';
import { flatten } from '../../heras/layers/flatten.ts';
import { zeroPadding2d } from '../../heras/layers/zero-padding-2d.ts';
import { sequential } from '../../heras/sequential.ts';
import { strongChanges } from './changes.ts';
import type { Recipe } from './recipe.ts';

/**
 * CryptoNets (Gilad-Bachrach and others 2016) in its collapsed form: 845 - 100 - 10 with squares, 85,740 weights. In the
 * second half kernels are rounded to integers of 4 and 5 bits: the encrypted network needs no others, and small ones
 * keep its moduli small.
 */
export const cryptonets: Recipe = {
  name: 'cryptonets',
  model: (seed) =>
    sequential({
      name: 'cryptonets',
      seed,
      layers: [
        zeroPadding2d({
          inputShape: [28, 28, 1],
          padding: [
            [0, 1],
            [0, 1],
          ],
        }),
        conv2d({ filters: 5, kernelSize: 5, strides: 2, activation: 'square' }),
        flatten(),
        dense({ units: 100, activation: 'square' }),
        dense({ units: 10 }),
      ],
    }),
  epochs: 120,
  learningRate: 4e-3,
  weightDecay: 0.2,
  labelSmoothing: 0.05,
  changes: strongChanges,
  kernels: (epochs) => ({
    quantization: { weightBits: { conv2d: 4, dense: 4, dense_1: 5 }, fromEpoch: Math.floor(epochs / 2) },
  }),
};
