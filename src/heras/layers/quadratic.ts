import { z } from 'zod';
import { isExactCoefficient } from '../../ops/quadratic.ts';
import type { Layer, LayerKind, LayerOptions } from '../layer.ts';
import { makeLayer } from '../layer.ts';

export interface QuadraticOptions extends LayerOptions {
  /** Of x^2, not zero. An integer or +-2^k, as b and c are: the encrypted network holds them exactly. */
  readonly a: number;
  /** Of x. Default 0. */
  readonly b?: number;
  /** Default 0. */
  readonly c?: number;
}

const coefficient = z.number().refine(isExactCoefficient, 'an integer or +-2^k, 2^-16 to 2^16');

const config = z
  .strictObject({ a: coefficient, b: coefficient.default(0), c: coefficient.default(0) })
  .refine(({ a }) => a !== 0, 'a: not zero')
  .refine(({ a, b }) => Number.isInteger((b / (2 * a)) * 2 ** 20), 'b / 2a: a multiple of a power of two');

export const quadraticKind: LayerKind<z.infer<typeof config>> = {
  type: 'Quadratic',
  prefix: 'quadratic',
  config,
  outputShape: (input) => input,
  weights: () => [],
  call: (math, x, { a, b, c }) => math.quadratic(x, a, b, c),
  operations: (attributes) => [{ op: 'quadratic', attributes: { ...attributes }, weights: {} }],
  scales: (input, _, { a }) => ({ sums: input, output: input ** 2 / Math.min(1, Math.abs(a)) }),
};

/**
 * x -> a x^2 + b x + c, shape kept; a square with its slope elsewhere. Encrypted it costs one product, as `square` does:
 * the rest melts into the layers around it. For example x / 2 + x^2 / 8 + 1 / 4, near a rectifier on [-4, 4].
 */
export const quadratic = (options: QuadraticOptions): Layer => makeLayer(quadraticKind, options);
