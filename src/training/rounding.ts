import { HesperError } from '../errors.ts';
import { declaredInput } from '../heras/build.ts';
import type { Quantization, Trainable } from '../heras/trainer.ts';
import { kernelNumbers } from './per-layer.ts';

/** Which integers a kernel may have: |k| <= limit, with `powers` only 0 and +- powers of two. */
export interface Integers {
  readonly limit: number;
  readonly powers: boolean;
}

/** How a kernel is rounded: to k / scale. */
export interface Rounding extends Integers {
  readonly scale: number;
}

/** One entry per weight of the model; biases and unnamed layers are not rounded. */
export type Roundings = readonly (Rounding | undefined)[];

/** What each weight of the model shall be rounded to. Throws 'invalid-argument'. */
export function integersOf(model: Trainable, { weightBits, powersOfTwo }: Quantization): (Integers | undefined)[] {
  const between = (least: number, most: number) => (value: number) =>
    Number.isInteger(value) && value >= least && value <= most;
  const bits = kernelNumbers(model, 'quantization.weightBits', weightBits ?? {}, between(2, 16), '2 .. 16');
  const powers = kernelNumbers(model, 'quantization.powersOfTwo', powersOfTwo ?? {}, between(1, 16), '1 .. 16');
  return bits.map((b, i) => {
    if (powers[i] !== undefined) return { limit: 2 ** (powers[i] - 1), powers: true };
    return b === undefined ? undefined : { limit: 2 ** (b - 1) - 1, powers: false };
  });
}

/** More than any bias; a double holds it. */
const unlimited = 2 ** 48;

/**
 * Roundings of biases, to integers at the scale of their sums, beside those of the kernels. Throws 'invalid-argument' if a
 * kernel is not rounded, or the input.
 */
export function withBiases(model: Trainable, kernels: Roundings): Roundings {
  const input = declaredInput(model.layers);
  if (input === undefined) throw undeclared();
  let { scale } = input;
  let next = 0;
  return model.layers.flatMap(({ name, kind, config, weights }) => {
    const own = Object.values(weights).map(({ shape }) => ({ isKernel: shape.length > 1, rounding: kernels[next++] }));
    const kernel = own.find(({ isKernel }) => isKernel);
    if (kernel !== undefined && kernel.rounding === undefined) throw unrounded(name);
    const { sums, output } = kind.scales?.(scale, kernel?.rounding?.scale ?? 1, config) ?? {
      sums: scale,
      output: scale,
    };
    scale = output;
    const bias = { scale: sums, limit: unlimited, powers: false };
    return own.map(({ isKernel, rounding }) => (isKernel ? rounding : bias));
  });
}

/** Throws what `withBiases` will throw. */
export function checkBiases(model: Trainable, quantization: Quantization): void {
  const kernels = integersOf(model, quantization).map((integers) => integers && { ...integers, scale: 1 });
  withBiases(model, kernels);
}

const undeclared = () =>
  new HesperError('invalid-argument', 'fit: biases cannot be rounded where the input is not', {
    remedy: 'Declare the input: inputLayer({ inputShape, scale }). Or leave biasesFromEpoch out.',
  });

const unrounded = (layer: string) =>
  new HesperError('invalid-argument', `fit: biases cannot be rounded where the kernel of '${layer}' is not`, {
    remedy: 'Name every layer in weightBits or powersOfTwo, or leave biasesFromEpoch out.',
  });

/** The power of two at which rounding and clipping together change a kernel least, in the mean square. */
export function chooseRounding(kernel: Float32Array, integers: Integers): Rounding {
  const largest = kernel.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const first = 2 ** Math.floor(Math.log2(integers.limit / (largest || 1)));
  const count = Math.ceil(Math.log2(integers.limit + 1)) + 5;
  const choices = Array.from({ length: count }, (_, i) => ({ ...integers, scale: first * 2 ** i }));
  const costs = choices.map((choice) => distance(kernel, rounded(kernel, choice)));
  return choices[costs.indexOf(Math.min(...costs))]!;
}

export function rounded(kernel: Float32Array, rounding: Rounding): Float32Array {
  const copy = kernel.slice();
  round(copy, rounding);
  return copy;
}

/** In place. */
export function round(kernel: Float32Array, { scale, limit, powers }: Rounding): void {
  for (let k = 0; k < kernel.length; k++) {
    const value = kernel[k]! * scale;
    const integer = powers
      ? Math.sign(value) * nearestPower(Math.abs(value), limit)
      : Math.max(-limit, Math.min(limit, Math.round(value)));
    kernel[k] = integer / scale;
  }
}

/** Of 0, 1, 2, 4 ... limit. Between two powers 2^k and 2^(k+1) the border is 3/2 * 2^k, as Chou and others have it. */
function nearestPower(value: number, limit: number): number {
  if (value < 0.5) return 0;
  let power = 1;
  while (power < limit && value >= 1.5 * power) power *= 2;
  return power;
}

/** Keeps a kernel where its rounding can follow, in place. */
export function clip(kernel: Float32Array, { scale, limit }: Rounding): void {
  const most = limit / scale;
  for (let k = 0; k < kernel.length; k++) kernel[k] = Math.max(-most, Math.min(most, kernel[k]!));
}

const distance = (a: Float32Array, b: Float32Array): number =>
  a.reduce((sum, value, k) => sum + (value - b[k]!) ** 2, 0);
