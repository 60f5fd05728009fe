import { createClearEvaluator } from '../evaluator/clear.ts';
import type { Program } from '../evaluator/record.ts';
import { replay } from '../evaluator/replay.ts';
import { createSimulator } from '../evaluator/simulate.ts';
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

/**
 * Runs the program on one full batch with the noise that encryption would add. The images of the calibration batch
 * are repeated to fill the slots (at most 4096, the noisiest).
 */
export function predict(program: Program, images: readonly Float64Array[], setting: Setting, seed: number): Prediction {
  const slots = Math.min(setting.ringDegree / 2, SIMULATED_SLOTS);
  const columns = images.map((column) => repeated(column, slots));
  const { ev, encrypt } = createSimulator({
    ringDegree: setting.ringDegree,
    primes: setting.dataPrimes,
    special: setting.specialPrimes[0],
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
  const maxError = noisy.reduce((worst, ct, o) => Math.max(worst, largestDifference(ct.values, exact[o]!)), 0);
  return { bits: -Math.log2(maxError / maxOutput), maxError, maxOutput };
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
