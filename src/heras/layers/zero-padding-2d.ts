import { z } from 'zod';
import type { Layer, LayerKind, LayerOptions } from '../layer.ts';
import { makeLayer } from '../layer.ts';
import { margins } from '../options.ts';
import { image } from '../windows.ts';

export interface ZeroPadding2dOptions extends LayerOptions {
  /** One number, [height, width], or [[top, bottom], [left, right]]. Default 1. */
  readonly padding?:
    | number
    | readonly [number, number]
    | readonly [readonly [number, number], readonly [number, number]];
}

const config = z.strictObject({
  padding: margins.default([
    [1, 1],
    [1, 1],
  ]),
});

export const zeroPadding2dKind: LayerKind<z.infer<typeof config>> = {
  type: 'ZeroPadding2D',
  prefix: 'zeroPadding2d',
  config,
  outputShape: (input, { padding: [rows, columns] }, name) => {
    const [height, width, channels] = image(name, input);
    return [height + rows[0] + rows[1], width + columns[0] + columns[1], channels];
  },
  weights: () => [],
  call: (math, x, c) => math.zeroPad2d(x, c.padding),
  operations: ({ padding }) => [{ op: 'zeroPadding2d', attributes: { padding }, weights: {} }],
};

/** Keras's ZeroPadding2D, channels last. */
export const zeroPadding2d = (options: ZeroPadding2dOptions = {}): Layer => makeLayer(zeroPadding2dKind, options);
