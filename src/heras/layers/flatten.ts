import { z } from 'zod';
import type { Layer, LayerKind, LayerOptions } from '../layer.ts';
import { makeLayer } from '../layer.ts';

const config = z.strictObject({});

export const flattenKind: LayerKind<z.infer<typeof config>> = {
  type: 'Flatten',
  prefix: 'flatten',
  config,
  outputShape: (input) => [input.reduce((product, size) => product * size, 1)],
  weights: () => [],
  call: (math, x, _config, _weights, output) => math.reshape(x, output),
  operations: () => [{ op: 'flatten', attributes: {}, weights: {} }],
};

/** Keras's Flatten: row-major, [height, width, channels] -> [height * width * channels]. */
export const flatten = (options: LayerOptions = {}): Layer => makeLayer(flattenKind, options);
