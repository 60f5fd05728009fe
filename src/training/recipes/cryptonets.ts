import { sequential } from '../../heras/sequential.ts';
import { strongChanges } from './changes.ts';
import { collapsedLayers } from './collapsed.ts';
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
      layers: collapsedLayers({ inputShape: [28, 28, 1] }),
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
