import { z } from 'zod';
import type { Layer, LayerKind, LayerOptions } from '../layer.ts';
import { activate, activatedScales, activationOperations, makeLayer } from '../layer.ts';
import type { Padding } from '../math.ts';
import type { ActivationName, Initializer } from '../options.ts';
import { activationName, initializer, padding, pair, units } from '../options.ts';
import { image, windowShape } from '../windows.ts';

export interface Conv2dOptions extends LayerOptions {
  readonly filters: number;
  readonly kernelSize: number | readonly [number, number];
  /** Default 1. */
  readonly strides?: number | readonly [number, number];
  /** Default 'valid'. */
  readonly padding?: Padding;
  /** Default 'linear'. */
  readonly activation?: ActivationName;
  /** Default true. */
  readonly useBias?: boolean;
  /** Default 'glorotUniform'. */
  readonly kernelInitializer?: Initializer;
}

const config = z.strictObject({
  filters: units,
  kernelSize: pair,
  strides: pair.default([1, 1]),
  padding: padding.default('valid'),
  activation: activationName.default('linear'),
  useBias: z.boolean().default(true),
  kernelInitializer: initializer.default('glorotUniform'),
});

export const conv2dKind: LayerKind<z.infer<typeof config>> = {
  type: 'Conv2D',
  prefix: 'conv2d',
  config,
  outputShape: (input, c, name) => [...windowShape(name, input, c.kernelSize, c.strides, c.padding), c.filters],
  weights: (input, c) => {
    const kernel = [...c.kernelSize, image('conv2d', input)[2], c.filters];
    const bias = { name: 'bias', shape: [c.filters], initializer: 'zeros' as const };
    return [{ name: 'kernel', shape: kernel, initializer: c.kernelInitializer }, ...(c.useBias ? [bias] : [])];
  },
  call: (math, x, c, { kernel, bias }) => {
    const y = math.conv2d(x, kernel!, c.strides, c.padding);
    return activate(math, bias === undefined ? y : math.addBias(y, bias), c.activation);
  },
  operations: ({ filters, kernelSize, strides, padding, useBias, activation }, weights) => [
    { op: 'conv2d', attributes: { filters, kernelSize, strides, padding, useBias }, weights },
    ...activationOperations(activation),
  ],
  scales: (input, kernel, { activation }) => activatedScales(input * kernel, activation),
};

/**
 * Keras's Conv2D, channels last. [height, width, channels] -> [rows, columns, filters].
 * Weights: kernel [kh, kw, channels, filters], bias [filters].
 */
export const conv2d = (options: Conv2dOptions): Layer => makeLayer(conv2dKind, options);
