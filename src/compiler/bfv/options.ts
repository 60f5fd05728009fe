import type { SecurityBits } from '../../security/tables.ts';
import { type Objective, ringDegrees } from '../choose-parameters.ts';
import type { CostModel } from '../cost-model.ts';
import { want } from '../want.ts';

/** 'slots': one image per slot, for batches. 'coefficients': one integer per ciphertext, for one image. */
export type Encoding = 'slots' | 'coefficients';

/** 'auto' tries both ways. Lazily: behind the linear layer that follows a square. */
export type BfvRelinearize = 'auto' | 'never' | 'lazy';

/** None of them needs to be given for a model that declares its input and was trained on integers. */
export interface BfvPlanOptions {
  /** Default 'slots'. */
  readonly encoding?: Encoding;
  /** Where the model does not declare it: the inputs that the plan is exact for. */
  readonly inputRange?: readonly [number, number];
  /** Where the model does not declare it: inputs are rounded to integers round(x * inputScale). */
  readonly inputScale?: number;
  /** Flattened typical inputs: for `calibratedRange`, and to choose the weight bits of a model of float weights. */
  readonly calibration?: readonly (Float32Array | Float64Array)[];
  /** Take the range of the calibration inputs for the input's: the plan is then exact only inside it. Default false. */
  readonly calibratedRange?: boolean;
  /** Signed bits of the weights; by default weights that are integers over a scale stay as they are. */
  readonly weightBits?: number;
  /** Refuse weights that are not integers over a scale instead of rounding them. Default false. */
  readonly exactWeights?: boolean;
  /** As under CKKS, so that one program serves both: exact answers have any precision that is asked for. */
  readonly precisionBits?: number | undefined;
  /** Bits of security, 128 by default. */
  readonly security?: SecurityBits;
  /** By default the one that serves the objective best. */
  readonly ringDegree?: number;
  /** How many plaintext moduli run side by side; by default what serves the objective best. */
  readonly plaintextModuli?: number;
  /** Default 'auto'. */
  readonly relinearize?: BfvRelinearize;
  /** Time per image (default with slots), time of a batch (default with coefficients), or bytes per image. */
  readonly objective?: Objective;
  /** Bytes of intermediate ciphertexts that a program may hold between its linear layers, 256 MB by default. */
  readonly workingBytes?: number;
  /** Measured costs of this machine. */
  readonly costs?: CostModel;
}

export const DEFAULT_WORKING_BYTES = 256e6;

/** Throws 'invalid-argument'. */
export function checkBfvOptions(options: BfvPlanOptions): void {
  const { encoding = 'slots', security = 128, ringDegree, relinearize = 'auto', objective, workingBytes } = options;
  const { weightBits, plaintextModuli, inputRange, inputScale, calibratedRange, calibration } = options;
  want(['slots', 'coefficients'].includes(encoding), 'encoding', encoding, 'slots or coefficients');
  want([128, 192, 256].includes(security), 'security', security, '128, 192 or 256');
  want(
    ringDegree === undefined || (ringDegrees as readonly number[]).includes(ringDegree),
    'ringDegree',
    ringDegree,
    ringDegrees,
  );
  want(['auto', 'never', 'lazy'].includes(relinearize), 'relinearize', relinearize, 'auto, never or lazy');
  want(
    objective === undefined || ['throughput', 'latency', 'bytes'].includes(objective),
    'objective',
    objective,
    'throughput, latency or bytes',
  );
  want(whole(weightBits, 2, 24), 'weightBits', weightBits, '2 to 24');
  want(whole(plaintextModuli, 1, MAX_MODULI), 'plaintextModuli', plaintextModuli, `1 to ${MAX_MODULI}`);
  want(inputRange === undefined || isRange(inputRange), 'inputRange', inputRange, 'two finite numbers, ascending');
  want(inputScale === undefined || (inputScale > 0 && Number.isFinite(inputScale)), 'inputScale', inputScale, '> 0');
  want(workingBytes === undefined || workingBytes > 0, 'workingBytes', workingBytes, 'more than 0');
  want(!calibratedRange || (calibration?.length ?? 0) > 0, 'calibration', calibration?.length ?? null, 'some inputs');
}

/** Plaintext moduli side by side, at most. */
export const MAX_MODULI = 12;

const whole = (value: number | undefined, low: number, high: number): boolean =>
  value === undefined || (Number.isInteger(value) && value >= low && value <= high);

const isRange = ([low, high]: readonly [number, number]): boolean =>
  Number.isFinite(low) && Number.isFinite(high) && low < high;
