import { HesperError } from '../errors.ts';
import type { FitOptions, Trainable } from '../heras/trainer.ts';

/** How a kernel is rounded: to k / scale with |k| <= limit. */
export interface Rounding {
  readonly scale: number;
  readonly limit: number;
}

/** One entry per weight of the model; biases and unnamed layers are not rounded. */
export type Roundings = readonly (Rounding | undefined)[];

type Quantization = NonNullable<FitOptions['quantization']>;

/** Bits per weight of the model, 0 where it is not rounded. Throws 'invalid-argument'. */
export function weightBitsOf({ layers }: Trainable, { weightBits }: Quantization): number[] {
  const names = layers.map(({ name }) => name);
  const wanted =
    typeof weightBits === 'number' ? Object.fromEntries(names.map((name) => [name, weightBits])) : weightBits;
  const unknown = Object.keys(wanted).find((name) => !names.includes(name));
  const bad = Object.values(wanted).find((bits) => !(Number.isInteger(bits) && bits >= 2 && bits <= 16));
  if (unknown === undefined && bad === undefined)
    return layers.flatMap(({ name, weights }) =>
      Object.values(weights).map(({ shape }) => (shape.length > 1 ? (wanted[name] ?? 0) : 0)),
    );
  throw new HesperError('invalid-argument', 'fit: quantization.weightBits does not fit the model', {
    met: weightBits,
    wanted: { bits: '2 .. 16', layers: names },
    remedy: 'Give one number for all layers, or one for each name of a layer.',
  });
}

/** The power of two at which rounding and clipping together change a kernel least, in the mean square. */
export function chooseRounding(kernel: Float32Array, bits: number): Rounding {
  const limit = 2 ** (bits - 1) - 1;
  const largest = kernel.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const first = 2 ** Math.floor(Math.log2(limit / (largest || 1)));
  const choices = Array.from({ length: bits + 4 }, (_, i) => ({ scale: first * 2 ** i, limit }));
  const costs = choices.map((choice) => distance(kernel, rounded(kernel, choice)));
  return choices[costs.indexOf(Math.min(...costs))]!;
}

export function rounded(kernel: Float32Array, { scale, limit }: Rounding): Float32Array {
  return kernel.map((value) => Math.max(-limit, Math.min(limit, Math.round(value * scale))) / scale);
}

/** Keeps a kernel where its rounding can follow, in place. */
export function clip(kernel: Float32Array, { scale, limit }: Rounding): void {
  const most = limit / scale;
  for (let k = 0; k < kernel.length; k++) kernel[k] = Math.max(-most, Math.min(most, kernel[k]!));
}

const distance = (a: Float32Array, b: Float32Array): number =>
  a.reduce((sum, value, k) => sum + (value - b[k]!) ** 2, 0);
