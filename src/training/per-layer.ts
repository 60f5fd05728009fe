import { HesperError } from '../errors.ts';
import type { Trainable } from '../heras/trainer.ts';

/** One number for every layer, or one per layer name. */
export type PerLayer = number | Readonly<Record<string, number>>;

/**
 * One entry per weight of the model: kernels have the number of their layer, biases and other layers undefined.
 * Throws 'invalid-argument' for a name that is not there, or a number that `good` refuses.
 */
export function kernelNumbers(
  { layers }: Trainable,
  option: string,
  given: PerLayer,
  good: (value: number) => boolean,
  wanted: string,
): (number | undefined)[] {
  const names = layers.map(({ name }) => name);
  const numbers = typeof given === 'number' ? Object.fromEntries(names.map((name) => [name, given])) : given;
  if (Object.keys(numbers).every((name) => names.includes(name)) && Object.values(numbers).every(good))
    return layers.flatMap(({ name, weights }) =>
      Object.values(weights).map(({ shape }) => (shape.length > 1 ? numbers[name] : undefined)),
    );
  throw new HesperError('invalid-argument', `fit: ${option} does not fit the model`, {
    met: given,
    wanted: { numbers: wanted, layers: names },
    remedy: 'Give one number for all layers, or one for each name of a layer.',
  });
}
