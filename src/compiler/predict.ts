import { createClearEvaluator } from '../evaluator/clear.ts';
import type { Program } from '../evaluator/record.ts';
import { replay } from '../evaluator/replay.ts';
import { createSimulator } from '../evaluator/simulate.ts';
import type { PointwiseStep } from '../evaluator/verbs.ts';
import { largestOf } from './calibrate.ts';
import { SIMULATED_SLOTS } from './noise-model.ts';

export interface Setting {
  readonly ringDegree: number;
  readonly dataPrimes: readonly number[];
  readonly specialPrimes: readonly number[];
  readonly inputScale: number;
}

export interface Prediction {
  /** -log2 of the largest output error over the largest output, encrypted against the same plan in the clear. */
  readonly bits: number;
  readonly maxError: number;
  readonly maxOutput: number;
}

/** Multiply-accumulates that one simulation may cost: about a tenth of a second. */
const SIMULATED_WORK = 1.2e8;
const FEWEST_SLOTS = 512;

/**
 * Runs the program on one full batch with the noise that encryption would add. The images of the calibration batch
 * are repeated to fill the slots. Of large batches or networks only the noisiest slots are simulated, and the largest
 * error is raised by what a normal variable would gain over all of them.
 */
export function predict(program: Program, images: readonly Float64Array[], setting: Setting, seed: number): Prediction {
  const all = setting.ringDegree / 2;
  const affordable = Math.max(FEWEST_SLOTS, Math.floor(SIMULATED_WORK / weightsOf(program)));
  const slots = Math.min(all, SIMULATED_SLOTS, affordable);
  const columns = images.map((column) => repeated(column, slots));
  const { ev, encrypt } = createSimulator({
    ringDegree: setting.ringDegree,
    primes: setting.dataPrimes,
    special: setting.specialPrimes,
    slots,
    seed,
  });
  const noisy = replay(
    ev,
    program,
    columns.map((column) => encrypt(column, setting.inputScale)),
  );
  const period = images[0]!.length;
  const exact = replay(createClearEvaluator(period), program, images);
  const maxOutput = largestOf(exact);
  const seen = noisy.reduce((worst, ct, o) => Math.max(worst, largestDifference(ct.values, exact[o]!)), 0);
  const maxError = seen * Math.sqrt(Math.log(2 * all * noisy.length) / Math.log(2 * slots * noisy.length));
  return { bits: -Math.log2(maxError / maxOutput), maxError, maxOutput };
}

/** Non-zero weights of all linear steps. */
function weightsOf({ steps }: Program): number {
  const all = steps.flatMap((step): readonly PointwiseStep[] => {
    if (step.verb === 'pointwise') return step.argument;
    return step.verb === 'linear' ? [{ verb: 'linear', argument: step.argument }] : [];
  });
  return all.reduce((sum, step) => sum + (step.verb === 'linear' ? step.argument.values.length : 0), 1);
}

function repeated(column: Float64Array, slots: number): Float64Array {
  const out = new Float64Array(slots);
  for (let j = 0; j < slots; j++) out[j] = column[j % column.length]!;
  return out;
}

function largestDifference(noisy: Float64Array, exact: Float64Array): number {
  let worst = 0;
  for (let j = 0; j < noisy.length; j++) worst = Math.max(worst, Math.abs(noisy[j]! - exact[j % exact.length]!));
  return worst;
}
