import type { IntegerNetwork } from '../compiler/bfv/discretize.ts';
import { partOf } from '../compiler/bfv/tiles.ts';
import type { QuantizedLinear, QuantizedStage, SquareStage } from '../compiler/stages.ts';
import { bigintsOf, createIntegerEvaluator } from '../evaluator/clear-integer.ts';
import type { Evaluator } from '../evaluator/evaluator.ts';
import { type Interval, magnitudeOf } from '../evaluator/interval.ts';
import { lowerAffine } from '../ops/affine.ts';
import { decryptIntegers } from '../rlwe/secret/decrypt-integers.ts';
import { encryptIntegers } from '../rlwe/secret/encrypt-integers.ts';
import { measureNoise } from '../rlwe/secret/measure-noise.ts';
import type { Workbench } from './workbench.ts';
import { type Pattern, rowPatterns } from './worst-inputs.ts';

/** One layer by itself, on fresh inputs at the ends of their intervals. */
export interface LayerCheck {
  readonly names: readonly string[];
  /** Largest |output| that was reached over the bound of the layer. */
  readonly reach: number;
  /** Values of this layer or of its inputs are beyond what the moduli hold: they wrap, harmlessly, and are not compared. */
  readonly wraps: boolean;
  readonly outputs: number;
  readonly wrong: number;
  /** Bits left at the layer's outputs. */
  readonly budgetBits: number;
}

/** Rows of a linear layer, or squares, that are run: the strongest ones. */
const ROWS = 4;

export const verifyLayers = (bench: Workbench, network: IntegerNetwork, ranges: readonly Interval[][]): LayerCheck[] =>
  network.stages.map((stage, i) => verifyLayer(bench, stage, ranges[i]!, ranges[i + 1]!));

/** A part of a layer: its strongest rows, and the inputs that they need. */
interface Part {
  readonly stage: QuantizedStage;
  readonly ranges: readonly Interval[];
  readonly patterns: readonly Pattern[];
}

function verifyLayer(
  bench: Workbench,
  stage: QuantizedStage,
  ranges: readonly Interval[],
  after: readonly Interval[],
): LayerCheck {
  const { encoding } = bench.plan;
  const bound = largest(after.map(magnitudeOf));
  const { stage: own, ranges: ends, patterns } = partFor(stage, ranges, after);
  const wraps = encoding === 'slots' && [bound, ...ends.map(magnitudeOf)].some((size) => size > capacityOf(bench));
  const check = { names: stage.names, reach: 0, wraps, outputs: 0, wrong: 0, budgetBits: Number.POSITIVE_INFINITY };
  if (wraps) return check;
  const batches = encoding === 'slots' ? [patterns] : patterns.slice(0, 2).map((pattern) => [pattern]);
  const found = batches.map((batch) => runPart(bench, own, batch, ends[0]!.scale));
  const most = largest(found.map((part) => part.most));
  return {
    ...check,
    reach: bound === 0n ? 1 : Number((most * 10_000n) / bound) / 10_000,
    outputs: found.reduce((sum, { outputs }) => sum + outputs, 0),
    wrong: found.reduce((sum, { wrong }) => sum + wrong, 0),
    budgetBits: Math.min(...found.map(({ budgetBits }) => budgetBits)),
  };
}

/** Slots hold integers up to this. */
const capacityOf = ({ plan }: Workbench): bigint =>
  (plan.plaintextModuli.reduce((product, t) => product * BigInt(t), 1n) - 1n) / 2n;

function runPart(bench: Workbench, stage: QuantizedStage, patterns: readonly Pattern[], scale: number) {
  const columns = patterns[0]!.map((_, feature) => patterns.map((pattern) => pattern[feature]!));
  const wanted = clear(stage, columns, scale);
  const { met, budgetBits } = encrypted(bench, stage, columns, scale);
  const wrong = wanted.reduce((sum, row, o) => sum + row.filter((value, j) => value !== met[o]![j]).length, 0);
  const most = largest(wanted.flat().map((value) => (value < 0n ? -value : value)));
  return { outputs: wanted.length * patterns.length, wrong, most, budgetBits };
}

const partFor = (stage: QuantizedStage, ranges: readonly Interval[], after: readonly Interval[]): Part =>
  stage.kind === 'linear' ? linearPart(stage, ranges, after) : squarePart(stage, ranges);

function linearPart(stage: QuantizedLinear, ranges: readonly Interval[], after: readonly Interval[]): Part {
  const rows = [...after.keys()].sort((a, b) => (magnitudeOf(after[a]!) < magnitudeOf(after[b]!) ? 1 : -1));
  const { inputs, layer } = partOf(stage, rows.slice(0, ROWS), null);
  const own = inputs.map((i) => ranges[i]!);
  return { stage: layer, ranges: own, patterns: rowPatterns(layer.rows, own, 2 * ROWS) };
}

function squarePart(stage: SquareStage, ranges: readonly Interval[]): Part {
  const own = [...ranges].sort((a, b) => (magnitudeOf(a) < magnitudeOf(b) ? 1 : -1)).slice(0, ROWS);
  const farther = own.map(({ lo, hi }) => (-lo > hi ? lo : hi));
  return {
    stage: { ...stage, width: own.length },
    ranges: own,
    patterns: [farther, own.map(({ lo }) => lo), own.map(({ hi }) => hi)],
  };
}

const run = <C>(ev: Evaluator<C>, stage: QuantizedStage, cts: readonly C[]): C[] =>
  stage.kind === 'linear' ? lowerAffine(ev, cts, stage) : ev.squareAll(cts, undefined);

function clear(stage: QuantizedStage, columns: readonly bigint[][], scale: number): bigint[][] {
  const ev = createIntegerEvaluator(columns[0]!.length);
  return run(
    ev,
    stage,
    columns.map((column) => ev.fresh(column, scale)),
  ).map(bigintsOf);
}

function encrypted(
  bench: Workbench,
  stage: QuantizedStage,
  columns: readonly bigint[][],
  scale: number,
): { met: bigint[][]; budgetBits: number } {
  const { plan, secretKey, sides } = bench;
  const { encoding } = plan;
  const inputs = encryptIntegers(secretKey, columns, { encoding, scale });
  const outputs = sides.map(({ ev }, i) => run(ev, stage, inputs[i]!));
  const budgetBits = Math.min(...outputs.map((list) => measureNoise(secretKey, list).overall.budgetBits));
  const decrypted = decryptIntegers(secretKey, outputs, { encoding });
  const met = Array.from({ length: decrypted.length }, (_, o) => decrypted.integers(o));
  decrypted.dispose();
  for (const ct of new Set([...inputs.flat(), ...outputs.flat()])) ct.dispose();
  return { met, budgetBits };
}

const largest = (values: readonly bigint[]): bigint =>
  values.reduce((most, value) => (value > most ? value : most), 0n);
