import { z } from 'zod';
import type { Layer, LayerKind, LayerOptions } from '../layer.ts';
import { makeLayer } from '../layer.ts';
import type { Padding } from '../math.ts';
import { padding, pair } from '../options.ts';
import { image, windowShape } from '../windows.ts';

export interface AveragePooling2dOptions extends LayerOptions {
  /** Default 2. */
  readonly poolSize?: number | readonly [number, number];
  /** Default: poolSize. */
  readonly strides?: number | readonly [number, number] | null;
  /** Default 'valid'. */
  readonly padding?: Padding;
}

const config = z
  .strictObject({
    poolSize: pair.default([2, 2]),
    strides: pair.nullish(),
    padding: padding.default('valid'),
  })
  .transform(({ poolSize, strides, padding }) => ({ poolSize, strides: strides ?? poolSize, padding }));

export const averagePooling2dKind: LayerKind<z.infer<typeof config>> = {
  type: 'AveragePooling2D',
  prefix: 'averagePooling2d',
  config,
  outputShape: (input, c, name) => [
    ...windowShape(name, input, c.poolSize, c.strides, c.padding),
    image(name, input)[2],
  ],
  weights: () => [],
  call: (math, x, c) => math.averagePool2d(x, c.poolSize, c.strides, c.padding),
  operations: (c) => [{ op: 'averagePooling2d', attributes: { ...c }, weights: {} }],
  scales: (input, _, c) => ({ sums: input, output: input * c.poolSize[0] * c.poolSize[1] }),
};

/**
 * Keras's AveragePooling2D, channels last. [height, width, channels] -> [rows, columns, channels]. With 'same' the cells
 * of padding do not count in the mean.
 */
export const averagePooling2d = (options: AveragePooling2dOptions = {}): Layer =>
  makeLayer(averagePooling2dKind, options);
