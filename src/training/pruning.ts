import { HesperError } from '../errors.ts';
import type { Pruning, Trainable } from '../heras/trainer.ts';
import { kernelNumbers } from './per-layer.ts';

/** One entry per weight of the model: the density wanted at last, undefined where nothing is pruned. */
export type Densities = readonly (number | undefined)[];

/** Throws 'invalid-argument'. */
export function densitiesOf(model: Trainable, { density, fromEpoch, toEpoch }: Pruning): Densities {
  if (!(Number.isInteger(fromEpoch) && Number.isInteger(toEpoch) && fromEpoch >= 0 && toEpoch > fromEpoch))
    throw new HesperError('invalid-argument', 'fit: pruning has no epochs', {
      met: { fromEpoch, toEpoch },
      wanted: 'integers, 0 <= fromEpoch < toEpoch',
      remedy: 'Change the option.',
    });
  return kernelNumbers(model, 'pruning.density', density, (d) => d > 0 && d <= 1, '0 < density <= 1');
}

/** The part of an epoch's weights that is kept: from 1 down to `last`, steeply first (Zhu and Gupta 2017). */
export function densityAt(last: number, { fromEpoch, toEpoch }: Pruning, epoch: number): number {
  const done = Math.min(1, Math.max(0, (epoch + 1 - fromEpoch) / (toEpoch - fromEpoch)));
  return last + (1 - last) * (1 - done) ** 3;
}

/** 1 for the round(density * length) largest weights, the first ones among equals; 0 for the others. */
export function largest(kernel: Float32Array, density: number): Float32Array {
  const order = Uint32Array.from(kernel, (_, k) => k).sort(
    (a, b) => Math.abs(kernel[b]!) - Math.abs(kernel[a]!) || a - b,
  );
  const mask = new Float32Array(kernel.length);
  for (const k of order.subarray(0, Math.round(density * kernel.length))) mask[k] = 1;
  return mask;
}
