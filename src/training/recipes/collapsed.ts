import type { Layer, LayerOptions } from '../../heras/layer.ts';
import { conv2d } from '../../heras/layers/conv2d.ts';
import { dense } from '../../heras/layers/dense.ts';
import { flatten } from '../../heras/layers/flatten.ts';
import { zeroPadding2d } from '../../heras/layers/zero-padding-2d.ts';

/** CryptoNets in its collapsed form: 28 x 28, 845 and 100 squares, 10 logits. `first`: options of the first layer. */
export const collapsedLayers = (first: LayerOptions = {}): Layer[] => [
  zeroPadding2d({
    ...first,
    padding: [
      [0, 1],
      [0, 1],
    ],
  }),
  conv2d({ filters: 5, kernelSize: 5, strides: 2, activation: 'square' }),
  flatten(),
  dense({ units: 100, activation: 'square' }),
  dense({ units: 10 }),
];
