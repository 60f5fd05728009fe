import { HesperError } from '../../errors.ts';
import type { Graph } from '../../graph/graph.ts';
import { sizeOf } from '../../graph/operators.ts';
import { toColumns } from '../../packing/batch.ts';
import { calibrationLimit } from '../options.ts';
import { fuseLinear } from '../passes/fuse-linear.ts';
import { chooseWeightBits, quantizationLoss, quantizeStage } from '../passes/quantize.ts';
import { type LinearStage, type QuantizedLinear, type QuantizedStage, type Stage, stagesOf } from '../stages.ts';
import { exactRows, weightBitsOf } from './integer-rows.ts';
import type { BfvPlanOptions } from './options.ts';

/** What inputs are: numbers of the range, rounded to integers round(x * scale). */
export interface IntegerInput {
  readonly range: readonly [number, number];
  readonly scale: number;
  /** The range in integers. */
  readonly integers: readonly [number, number];
  /** Whether the range comes from a calibration batch: then exactness holds only inside it. */
  readonly calibrated: boolean;
}

/** A network of integers: weights, biases and inputs are integers over scales, and so is every value in between. */
export interface IntegerNetwork {
  readonly input: IntegerInput;
  /** Biases are real numbers: integers over the scale of their sum. */
  readonly stages: readonly QuantizedStage[];
  /** Scale behind each stage. */
  readonly scales: readonly number[];
  /** Layers whose weights had to be rounded to become integers. */
  readonly rounded: readonly string[];
  /** Against the float network, on the calibration batch, where there is one: bits of the outputs' errors. */
  readonly loss: { readonly rmsBits: number; readonly worstBits: number; readonly agreement: number } | null;
}

/** Bits of rounded weights where nothing tells which to take. */
const DEFAULT_WEIGHT_BITS = 8;
/** Root mean square error of the outputs that rounding may cost, in bits, where a calibration batch can tell. */
const TOLERANCE_BITS = 9;

/**
 * From a network of real numbers to one of integers. Weights that are integers over a scale stay as they are.
 * Throws 'invalid-argument' where the input is not declared, 'plan-impossible' for weights that are to be integers and
 * are not, 'invalid-model' for a network that computes nothing, and what `stagesOf` throws.
 */
export function discretize(graph: Graph, options: BfvPlanOptions): IntegerNetwork {
  const stages = fuseLinear(stagesOf(graph));
  if (stages.length === 0) throw empty();
  const input = integerInput(graph, options);
  const columns = calibrationColumns(graph, stages, options);
  const { stages: quantized, rounded } = integerStages(stages, columns, options);
  const scales = scalesOf(quantized, input.scale);
  const biased = quantized.map((stage, i) => withIntegerBias(stage, scales[i]!));
  return {
    input,
    stages: biased,
    scales,
    rounded,
    loss: columns
      ? quantizationLoss(
          stages,
          biased,
          columns.map((column) => roundedInputs(column, input.scale)),
        )
      : null,
  };
}

function integerInput(graph: Graph, options: BfvPlanOptions): IntegerInput {
  const { input } = graph;
  const range = options.inputRange ?? input?.range ?? (options.calibratedRange ? calibratedRange(options) : undefined);
  const scale = options.inputScale ?? input?.scale;
  if (!range || !scale) throw undeclared(range === undefined ? 'range' : 'scale');
  const integers = [roundAt(range[0], scale), roundAt(range[1], scale)] as const;
  const calibrated = options.calibratedRange === true && options.inputRange === undefined && input === undefined;
  if (integers.every(Number.isSafeInteger)) return { range: [range[0], range[1]], scale, integers, calibrated };
  throw new HesperError('invalid-argument', 'The inputs are too large for integers', {
    met: { range, scale },
    wanted: 'integers round(x * scale) below 2^53',
    remedy: 'Use a smaller input scale.',
  });
}

/** As the encoder rounds: halves upwards. */
const roundAt = (value: number, scale: number): number => Math.floor(value * scale + 0.5);

const roundedInputs = (column: Float64Array, scale: number): Float64Array =>
  column.map((value) => roundAt(value, scale) / scale);

function calibratedRange({ calibration }: BfvPlanOptions): readonly [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const input of calibration!) {
    for (const value of input) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  return [low, high];
}

function calibrationColumns(graph: Graph, stages: readonly Stage[], options: BfvPlanOptions): Float64Array[] | null {
  const { calibration } = options;
  if (!calibration?.length) return null;
  const weights = stages.reduce((sum, stage) => sum + (stage.kind === 'linear' ? stage.affine.values.length : 0), 1);
  const inputs = calibration.slice(0, calibrationLimit(weights));
  return toColumns(inputs, sizeOf(graph.inputShape), inputs.length);
}

function integerStages(
  stages: readonly Stage[],
  columns: readonly Float64Array[] | null,
  { weightBits, exactWeights }: BfvPlanOptions,
): { stages: QuantizedStage[]; rounded: string[] } {
  const exact = stages.map((stage) => (stage.kind === 'linear' ? exactStage(stage, weightBits) : stage));
  const rounded = stages.filter((_, i) => exact[i] === null).map((stage) => stage.names.join(' + '));
  if (rounded.length === 0) return { stages: exact as QuantizedStage[], rounded };
  if (exactWeights) throw notIntegers(rounded);
  const bits = weightBits ?? DEFAULT_WEIGHT_BITS;
  const fallback =
    columns && weightBits === undefined
      ? chooseWeightBits(stages, columns, TOLERANCE_BITS)
      : stages.map((stage) => quantizeStage(stage, bits));
  return { stages: exact.map((stage, i) => stage ?? fallback[i]!), rounded };
}

function exactStage({ names, affine }: LinearStage, weightBits: number | undefined): QuantizedLinear | null {
  const rows = exactRows(affine, weightBits);
  return rows && { kind: 'linear', names, rows, bias: [...affine.bias], bits: weightBitsOf(rows.values) };
}

/** Sums multiply the scale by that of their weights, squares square it. */
export function scalesOf(stages: readonly QuantizedStage[], inputScale: number): number[] {
  let scale = inputScale;
  return stages.map((stage) => (scale = stage.kind === 'square' ? scale ** 2 : scale * stage.rows.scale));
}

/** Integers of a bias beyond this are not kept exactly by doubles. */
const MAX_BIAS = 2 ** 50;

function withIntegerBias(stage: QuantizedStage, scale: number): QuantizedStage {
  if (stage.kind === 'square') return stage;
  const bias = stage.bias.map((value) => quotient(Math.round(value * scale), scale, stage.names));
  return { ...stage, bias };
}

/** What the evaluators accept as an integer at a scale, kept well. */
const TOLERANCE = 2 ** -22;

/** A double that times the scale gives back the integer: the nearest quotient, or a neighbour of it. */
function quotient(integer: number, scale: number, names: readonly string[]): number {
  const near = integer / scale;
  const around = [0, 1, -1].map((ulps) => near * (1 + ulps * 2 ** -52));
  const found = around.find((value) => Math.abs(value * scale - integer) <= TOLERANCE);
  if (found !== undefined && Math.abs(integer) <= MAX_BIAS) return found;
  throw new HesperError('plan-impossible', `A bias of layer '${names.join(' + ')}' is too large for its scale`, {
    met: `2^${Math.log2(Math.abs(integer)).toFixed(1)} at scale 2^${Math.log2(scale).toFixed(1)}`,
    wanted: 'at most 2^50',
    remedy: 'Use a smaller input scale, fewer weight bits, or fewer squares.',
  });
}

const undeclared = (what: 'range' | 'scale'): HesperError =>
  new HesperError('invalid-argument', `The ${what} of the input is not known`, {
    met: 'a model that does not declare its input',
    wanted: 'inputLayer({ inputShape, range, scale }), or the options inputRange and inputScale',
    remedy: `Declare it; ${what === 'range' ? 'or set calibratedRange, and the plan is exact only inside that range.' : 'integers round(x * scale) are what is encrypted.'}`,
  });

const notIntegers = (layers: readonly string[]): HesperError =>
  new HesperError('plan-impossible', 'The weights of a layer are not integers over a scale', {
    met: layers,
    wanted: 'weights k / scale with integers k of few bits',
    remedy: 'Train with rounded weights, or leave exactWeights out: then they are rounded.',
  });

const empty = (): HesperError =>
  new HesperError('invalid-model', 'The network computes nothing', {
    met: 'no layer that changes its input',
    wanted: 'at least one dense, conv2d, pooling or square layer',
    remedy: 'Add a layer.',
  });
