import { z } from 'zod';
import { HesperError } from '../../errors.ts';
import type { Layer, LayerKind, LayerOptions } from '../layer.ts';
import { activate, activatedScales, activationOperations, makeLayer } from '../layer.ts';
import type { Shape } from '../math.ts';
import type { ActivationName, Initializer } from '../options.ts';
import { activationName, initializer, units } from '../options.ts';

export interface DenseOptions extends LayerOptions {
  readonly units: number;
  /** Default 'linear'. */
  readonly activation?: ActivationName;
  /** Default true. */
  readonly useBias?: boolean;
  /** Default 'glorotUniform'. */
  readonly kernelInitializer?: Initializer;
}

const config = z.strictObject({
  units,
  activation: activationName.default('linear'),
  useBias: z.boolean().default(true),
  kernelInitializer: initializer.default('glorotUniform'),
});

export const denseKind: LayerKind<z.infer<typeof config>> = {
  type: 'Dense',
  prefix: 'dense',
  config,
  outputShape: (input, c, name) => {
    checkVector(input, name);
    return [c.units];
  },
  weights: (input, c) => {
    const bias = { name: 'bias', shape: [c.units], initializer: 'zeros' as const };
    const kernel = { name: 'kernel', shape: [input[0]!, c.units], initializer: c.kernelInitializer };
    return [kernel, ...(c.useBias ? [bias] : [])];
  },
  call: (math, x, c, { kernel, bias }) => {
    const y = math.matMul(x, kernel!);
    return activate(math, bias === undefined ? y : math.addBias(y, bias), c.activation);
  },
  operations: ({ units, useBias, activation }, weights) => [
    { op: 'dense', attributes: { units, useBias }, weights },
    ...activationOperations(activation),
  ],
  scales: (input, kernel, { activation }) => activatedScales(input * kernel, activation),
};

/** Keras's Dense on vectors. [in] -> [units]. Weights: kernel [in, units], bias [units]. */
export const dense = (options: DenseOptions): Layer => makeLayer(denseKind, options);

function checkVector(input: Shape, name: string): void {
  if (input.length === 1) return;
  throw new HesperError('shape-mismatch', `Layer '${name}' takes vectors`, {
    met: input,
    wanted: '[features]',
    remedy: 'Put flatten() before it.',
  });
}
