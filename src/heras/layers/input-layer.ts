import { z } from 'zod';
import type { Layer, LayerKind } from '../layer.ts';
import { makeLayer } from '../layer.ts';

export interface InputLayerOptions {
  readonly inputShape: readonly number[];
  readonly name?: string;
  /** Numbers outside are refused. Default [0, 1], where there is a scale. */
  readonly range?: readonly [number, number];
  /** Inputs are rounded to integers over this scale: with range [0, 1] and scale 3 to 0, 1/3, 2/3, 1. */
  readonly scale?: number;
}

const bound = z
  .number()
  .min(-(2 ** 20))
  .max(2 ** 20);
const config = z
  .strictObject({
    range: z.tuple([bound, bound]).optional(),
    scale: z
      .number()
      .positive()
      .max(2 ** 20)
      .optional(),
  })
  .refine(({ range, scale }) => range === undefined || scale !== undefined, 'a range needs a scale')
  .refine(({ range }) => range === undefined || range[0] < range[1], 'range: the lower end comes first')
  .transform(({ range, scale }) => (scale === undefined ? {} : { range: range ?? ([0, 1] as const), scale }));

export const inputLayerKind: LayerKind<z.infer<typeof config>> = {
  type: 'InputLayer',
  prefix: 'input',
  config,
  outputShape: (input) => input,
  weights: () => [],
  call: (_math, x) => x,
  operations: () => [],
  input: ({ range, scale }) => (scale === undefined ? undefined : { range, scale }),
};

/**
 * Keras's InputLayer: says the shape of one example, as `inputShape` on the first layer does. With `scale` it also says
 * which numbers the model takes: they are rounded in `predict`, in `fit` and under encryption alike. `predict` and the
 * encrypting client refuse numbers outside the range; examples that `augment` moves outside are moved to its end.
 */
export const inputLayer = (options: InputLayerOptions): Layer => makeLayer(inputLayerKind, options);
