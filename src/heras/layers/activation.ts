import { z } from 'zod';
import type { Layer, LayerKind, LayerOptions } from '../layer.ts';
import { activate, activatedScales, activationOperations, makeLayer } from '../layer.ts';
import type { ActivationName } from '../options.ts';
import { activationName } from '../options.ts';

const config = z.strictObject({ activation: activationName });

export const activationKind: LayerKind<z.infer<typeof config>> = {
  type: 'Activation',
  prefix: 'activation',
  config,
  outputShape: (input) => input,
  weights: () => [],
  call: (math, x, c) => activate(math, x, c.activation),
  operations: (c) => activationOperations(c.activation),
  scales: (input, _, c) => activatedScales(input, c.activation),
};

/** Keras's Activation; shape kept. What can be computed on encrypted values: 'square' and 'linear'. */
export const activation = (name: ActivationName, options: LayerOptions = {}): Layer =>
  makeLayer(activationKind, { ...options, activation: name });

/** x -> x * x */
export const square = (options: LayerOptions = {}): Layer => activation('square', options);
