import { z } from 'zod';
import type { Layer, LayerKind } from '../layer.ts';
import { makeLayer } from '../layer.ts';

const config = z.strictObject({});

export const inputLayerKind: LayerKind<z.infer<typeof config>> = {
  type: 'InputLayer',
  prefix: 'input',
  config,
  outputShape: (input) => input,
  weights: () => [],
  call: (_math, x) => x,
  operations: () => [],
};

/** Keras's InputLayer: says the shape of one example; the same as `inputShape` on the first layer. */
export const inputLayer = (options: { readonly inputShape: readonly number[]; readonly name?: string }): Layer =>
  makeLayer(inputLayerKind, options);
