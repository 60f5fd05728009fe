import { type Variance, varianceAt } from '../evaluator/noise.ts';
import { createRandom } from '../evaluator/random.ts';
import type { Calibration } from './calibrate.ts';

/** How many slots stand for all; of more, the noisiest are taken. */
export const SIMULATED_SLOTS = 4096;
const DRAWS = 3;

export interface NoiseModel {
  /**
   * The largest output error of one batch, to first order, if every value of a position carries independent noise of
   * this variance at scale 1. Divide by the scale.
   */
  worst(position: number, variance: Variance): number;
}

/** One batch is drawn a few times with fixed seeds, once for all questions. */
export function createNoiseModel(calibration: Calibration, n: number): NoiseModel {
  const draws = Array.from({ length: DRAWS }, (_, seed) => drawBatch(calibration, n, seed + 1));
  const known = new Map<string, number>();
  return {
    worst: (position, variance) => {
      const key = `${position}:${variance.join()}`;
      const value =
        known.get(key) ?? average(draws.map((draw) => worstOf(draw, calibration.gains[position]!, variance)));
      known.set(key, value);
      return value;
    },
  };
}

interface Batch {
  /** |s|^2 of each slot over its mean. */
  readonly secret: Float64Array;
  /** |z| of a standard normal, [slot][output]. */
  readonly normal: Float64Array;
  readonly images: number;
  readonly outputs: number;
}

function drawBatch({ gains, images }: Calibration, n: number, seed: number): Batch {
  const random = createRandom(seed);
  const outputs = gains[0]!.length / images;
  const slots = Math.min(n / 2, SIMULATED_SLOTS);
  const secret = Float64Array.from({ length: n / 2 }, random.exponential)
    .sort()
    .slice(n / 2 - slots);
  const normal = Float64Array.from({ length: slots * outputs }, () => Math.abs(random.normal()));
  return { secret, normal, images, outputs };
}

function worstOf({ secret, normal, images, outputs }: Batch, gain: Float64Array, variance: Variance): number {
  let worst = 0;
  for (let slot = 0, at = 0; slot < secret.length; slot++) {
    const v = varianceAt(variance, secret[slot]!);
    for (let o = 0; o < outputs; o++, at++) {
      const square = v * gain[o * images + (slot % images)]! * normal[at]! ** 2;
      if (square > worst) worst = square;
    }
  }
  return Math.sqrt(worst);
}

const average = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length;
