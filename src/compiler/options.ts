import type { SecurityBits } from '../security/tables.ts';
import { type Objective, type RelinearizePolicy, ringDegrees } from './choose-parameters.ts';
import type { CostModel } from './cost-model.ts';
import { MAX_WEIGHT_BITS, MIN_WEIGHT_BITS } from './passes/quantize.ts';
import { want } from './want.ts';

/** None of them needs to be given but the calibration batch. */
export interface PlanOptions {
  /** Flattened typical inputs, a few hundred or more: they tell how large the numbers in the network become. */
  readonly calibration: readonly (Float32Array | Float64Array)[];
  /** Bits of security, 128 by default. */
  readonly security?: SecurityBits;
  /** The largest error of an output is at most 2^-precisionBits of the largest output. 12 by default. */
  readonly precisionBits?: number;
  /** Signed bits of the weights of all layers; by default as few as the calibration batch allows, of 6 to 12. */
  readonly weightBits?: number;
  /** By default the one that serves the objective best. */
  readonly ringDegree?: number;
  /** Where to relinearise; 'auto' by default. */
  readonly relinearize?: RelinearizePolicy;
  /** What to save: time per image (default), time per batch, or bytes per image. */
  readonly objective?: Objective;
  /** Measured costs of this machine. */
  readonly costs?: CostModel;
}

/** Inputs of the calibration batch that are used, at most: all of a small network's, fewer of one with many weights. */
export function calibrationLimit(weights: number): number {
  return Math.min(4096, Math.max(384, Math.floor(4e7 / weights)));
}

/** Throws 'invalid-argument'. Shapes and values of the calibration batch are checked when it is packed. */
export function checkOptions(options: PlanOptions): void {
  const { security = 128, precisionBits = 12, weightBits, ringDegree, relinearize = 'auto', objective } = options;
  want([128, 192, 256].includes(security), 'security', security, '128, 192 or 256');
  want(precisionBits >= 1 && precisionBits <= 40, 'precisionBits', precisionBits, '1 to 40');
  want(
    weightBits === undefined || (Number.isInteger(weightBits) && weightBits >= 2 && weightBits <= 24),
    'weightBits',
    weightBits,
    `2 to 24; ${MIN_WEIGHT_BITS} to ${MAX_WEIGHT_BITS} run fast`,
  );
  want(
    ringDegree === undefined || (ringDegrees as readonly number[]).includes(ringDegree),
    'ringDegree',
    ringDegree,
    ringDegrees,
  );
  want(
    ['auto', 'never', 'lazy', 'eager'].includes(relinearize),
    'relinearize',
    relinearize,
    'auto, never, lazy, eager',
  );
  want(
    objective === undefined || ['throughput', 'latency', 'bytes'].includes(objective),
    'objective',
    objective,
    'throughput, latency or bytes',
  );
  want(options.calibration?.length > 0, 'calibration', options.calibration?.length ?? null, 'a few hundred inputs');
}
