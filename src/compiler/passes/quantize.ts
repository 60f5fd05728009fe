import type { LinearRows } from '../../evaluator/verbs.ts';
import type { Affine } from '../../ops/affine.ts';
import { runStages } from '../calibrate.ts';
import type { QuantizedStage, Stage } from '../stages.ts';

/** Widths that the planner tries; up to 12 run on the fast route of the GEMM. */
export const MIN_WEIGHT_BITS = 6;
export const MAX_WEIGHT_BITS = 12;

/** How far the integer plan is from the float network, on the calibration batch. */
export interface QuantizationLoss {
  /** -log2 of the root-mean-square error of the outputs over the largest output. */
  readonly rmsBits: number;
  /** -log2 of the largest error over the largest output. */
  readonly worstBits: number;
  /** Share of inputs whose largest output is the same one. */
  readonly agreement: number;
}

/**
 * Weights as signed integers of `bits` bits over one power of two per stage. Common factors of two go into the scale,
 * so that a pooling matrix of quarters costs two bits and not twelve.
 */
export function quantizeStage(stage: Stage, bits: number): QuantizedStage {
  if (stage.kind === 'square') return stage;
  const { rows, bits: used } = quantizeAffine(stage.affine, bits);
  return { kind: 'linear', names: stage.names, rows, bias: [...stage.affine.bias], bits: used };
}

function quantizeAffine(affine: Affine, bits: number): { rows: LinearRows; bits: number } {
  const limit = 2 ** (bits - 1) - 1;
  const scale = largestScale(affine.values, limit);
  const rounded = Int32Array.from(affine.values, (weight) => Math.round(weight * scale));
  const shift = commonTwos(rounded);
  const kept = keepNonZero(affine, rounded);
  const values = kept.values.map((value) => value / 2 ** shift);
  const largest = values.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  const rows = { outputs: affine.outputs, inputs: affine.inputs, ...kept, values, scale: scale / 2 ** shift };
  return { rows, bits: Math.ceil(Math.log2(largest + 1)) + 1 };
}

/** The largest power of two at which every weight still rounds to at most `limit`. */
function largestScale(weights: Float64Array, limit: number): number {
  const largest = weights.reduce((max, weight) => Math.max(max, Math.abs(weight)), 0);
  if (largest === 0) return 1;
  let scale = 2 ** Math.floor(Math.log2((limit + 0.5) / largest));
  while (Math.round(largest * scale) > limit) scale /= 2;
  return scale;
}

function commonTwos(values: Int32Array): number {
  const any = values.reduce((bits, value) => bits | value, 0);
  return any === 0 ? 0 : Math.log2(any & -any);
}

function keepNonZero(affine: Affine, values: Int32Array): Pick<LinearRows, 'rowStart' | 'columns' | 'values'> {
  const rowStart = new Int32Array(affine.outputs + 1);
  const kept: number[] = [];
  for (let r = 0; r < affine.outputs; r++) {
    for (let k = affine.rowStart[r]!; k < affine.rowStart[r + 1]!; k++) if (values[k] !== 0) kept.push(k);
    rowStart[r + 1] = kept.length;
  }
  return {
    rowStart,
    columns: Int32Array.from(kept, (k) => affine.columns[k]!),
    values: Int32Array.from(kept, (k) => values[k]!),
  };
}

/**
 * The fewest bits, for each stage, at which the root-mean-square error on the calibration batch stays within
 * 2^-toleranceBits of the largest output: first one width for all, then stage by stage, first to last, less where it
 * does not hurt. If `MAX_WEIGHT_BITS` do not reach it, those; the loss stands in the plan.
 */
export function chooseWeightBits(
  stages: readonly Stage[],
  columns: readonly Float64Array[],
  toleranceBits: number,
): QuantizedStage[] {
  const exact = runStages(stages.map(exactStage), columns).at(-1)!;
  const good = (quantized: readonly QuantizedStage[]): boolean =>
    lossOf(exact, runStages(quantized, columns).at(-1)!).rmsBits >= toleranceBits;
  const widths = Array.from({ length: MAX_WEIGHT_BITS - MIN_WEIGHT_BITS + 1 }, (_, i) => MIN_WEIGHT_BITS + i);
  const uniform = widths.find((bits) => good(stages.map((stage) => quantizeStage(stage, bits)))) ?? MAX_WEIGHT_BITS;
  const chosen = stages.map((stage) => quantizeStage(stage, uniform));
  stages.forEach((stage, i) => {
    if (stage.kind === 'square') return;
    for (let bits = uniform - 1; bits >= MIN_WEIGHT_BITS; bits--) {
      const trial = chosen.with(i, quantizeStage(stage, bits));
      if (!good(trial)) break;
      chosen[i] = trial[i]!;
    }
  });
  return chosen;
}

/** The float network against its integer plan. */
export function quantizationLoss(
  stages: readonly Stage[],
  quantized: readonly QuantizedStage[],
  columns: readonly Float64Array[],
): QuantizationLoss {
  return lossOf(runStages(stages.map(exactStage), columns).at(-1)!, runStages(quantized, columns).at(-1)!);
}

/** The stage with its real weights: runs in the clear only. */
export function exactStage(stage: Stage): QuantizedStage {
  if (stage.kind === 'square') return stage;
  const { affine, names } = stage;
  const rows = { ...affine, values: affine.values as unknown as Int32Array, scale: 1 };
  return { kind: 'linear', names, rows, bias: [...affine.bias], bits: 53 };
}

function lossOf(exact: readonly Float64Array[], met: readonly Float64Array[]): QuantizationLoss {
  let sum = 0;
  let worst = 0;
  let largest = 0;
  exact.forEach((column, o) => {
    column.forEach((value, j) => {
      const error = Math.abs(value - met[o]![j]!);
      sum += error * error;
      worst = Math.max(worst, error);
      largest = Math.max(largest, Math.abs(value));
    });
  });
  const count = exact.length * exact[0]!.length;
  const bits = (error: number): number => (error === 0 ? 53 : Math.min(53, -Math.log2(error / largest)));
  return { rmsBits: bits(Math.sqrt(sum / count)), worstBits: bits(worst), agreement: sameLargest(exact, met) };
}

function sameLargest(a: readonly Float64Array[], b: readonly Float64Array[]): number {
  const slots = a[0]!.length;
  let same = 0;
  for (let j = 0; j < slots; j++) if (largestAt(a, j) === largestAt(b, j)) same++;
  return same / slots;
}

const largestAt = (columns: readonly Float64Array[], j: number): number =>
  columns.reduce((best, column, o) => (column[j]! > columns[best]![j]! ? o : best), 0);
