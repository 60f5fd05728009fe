import { HesperError } from '../errors.ts';
import type { Graph } from '../graph/graph.ts';
import { roundInput } from '../graph/input.ts';
import { sizeOf } from '../graph/operators.ts';
import { toColumns } from '../packing/batch.ts';
import { planBfv } from './bfv/compile.ts';
import type { BfvPlanOptions } from './bfv/options.ts';
import type { BfvPlan } from './bfv/plan.ts';
import { type Built, build } from './build.ts';
import { type Calibration, calibrate } from './calibrate.ts';
import { type Choice, chooseParameters, type Demand, type NoiseModels } from './choose-parameters.ts';
import { defaultCostModel } from './cost-model.ts';
import { calibrationLimit, checkOptions, type PlanOptions } from './options.ts';
import { fuseLinear } from './passes/fuse-linear.ts';
import { chooseWeightBits, quantizationLoss, quantizeStage } from './passes/quantize.ts';
import type { CkksPlan, Plan } from './plan.ts';
import { type Prediction, predict } from './predict.ts';
import { impossible } from './refuse.ts';
import { assemble } from './report.ts';
import { type QuantizedStage, type Stage, stagesOf } from './stages.ts';

export type CkksPlanRequest = PlanOptions & { readonly scheme?: 'ckks' };
export type BfvPlanRequest = BfvPlanOptions & { readonly scheme: 'bfv' };

/**
 * Everything that the encrypted evaluation of a network has to know. CKKS, the default, keeps a precision and needs
 * typical inputs as calibration; BFV gives the integers of a discretised network exactly. The same network serves both.
 *
 * Throws 'plan-impossible' with the reason and what to relax, 'invalid-argument', 'shape-mismatch',
 * 'non-finite-value', 'invalid-model', 'unknown-layer'.
 */
export function plan(graph: Graph, options: CkksPlanRequest): CkksPlan;
export function plan(graph: Graph, options: BfvPlanRequest): BfvPlan;
export function plan(graph: Graph, options: CkksPlanRequest | BfvPlanRequest): Plan;
export function plan(graph: Graph, options: CkksPlanRequest | BfvPlanRequest): Plan {
  const { scheme = 'ckks' } = options;
  if (!['ckks', 'bfv'].includes(scheme)) throw unknownScheme(scheme);
  return options.scheme === 'bfv' ? planBfv(graph, options) : planCkks(graph, options);
}

const unknownScheme = (met: unknown): HesperError =>
  new HesperError('invalid-argument', 'There is no such scheme', {
    met,
    wanted: "'ckks' or 'bfv'",
    remedy: 'Name one of them, or leave it out for CKKS.',
  });

/**
 * From a network and typical inputs to everything that encryption has to know: ring degree, primes, scales, where to
 * relinearise and rescale, and the program to run. Deterministic. The passes, in order: fuse linear layers, round
 * weights, calibrate, choose the structure and its numbers, record and fuse the program, simulate.
 *
 * Throws 'plan-impossible' with the reason and what to relax, 'invalid-argument', 'shape-mismatch',
 * 'non-finite-value', 'input-out-of-range', 'invalid-model', 'unknown-layer'.
 */
export function planCkks(graph: Graph, options: PlanOptions): CkksPlan {
  checkOptions(options);
  const stages = fuseLinear(stagesOf(graph));
  const columns = calibrationColumns(graph, stages, options);
  const quantized = quantize(stages, columns, options);
  const calibration = calibrate(quantized, columns);
  checkOutputs(calibration);
  const demand: Demand = {
    security: options.security ?? 128,
    precisionBits: options.precisionBits ?? 12,
    relinearize: options.relinearize ?? 'auto',
    objective: options.objective ?? 'throughput',
    ringDegree: options.ringDegree,
    costs: options.costs ?? defaultCostModel,
  };
  const { built, prediction } = tightest(quantized, calibration, columns, demand);
  return assemble({
    graph,
    stages: quantized,
    calibration,
    demand,
    built,
    prediction,
    loss: quantizationLoss(stages, quantized, columns),
    calibrationInputs: columns[0]!.length,
  });
}

function calibrationColumns(graph: Graph, stages: readonly Stage[], { calibration }: PlanOptions): Float64Array[] {
  const weights = stages.reduce((sum, stage) => sum + (stage.kind === 'linear' ? stage.affine.values.length : 0), 1);
  const { input } = graph;
  const rows = calibration.slice(0, calibrationLimit(weights));
  const inputs = input === undefined ? rows : rows.map((row) => roundInput(row, input));
  return toColumns(inputs, sizeOf(graph.inputShape), inputs.length);
}

/** Rounding the weights may cost the outputs this many bits more than encryption does, as a root mean square. */
const QUANTIZATION_SLACK_BITS = 3;

function quantize(stages: readonly Stage[], columns: Float64Array[], options: PlanOptions): QuantizedStage[] {
  if (stages.length === 0) {
    throw new HesperError('invalid-model', 'The network computes nothing', {
      met: 'no layer that changes its input',
      wanted: 'at least one dense, conv2d, pooling or square layer',
      remedy: 'Add a layer.',
    });
  }
  const { weightBits, precisionBits = 12 } = options;
  if (weightBits !== undefined) return stages.map((stage) => quantizeStage(stage, weightBits));
  return chooseWeightBits(stages, columns, precisionBits - QUANTIZATION_SLACK_BITS);
}

function checkOutputs({ maxOutput }: Calibration): void {
  if (maxOutput > 0 && Number.isFinite(maxOutput)) return;
  throw new HesperError('plan-impossible', 'The outputs on the calibration batch give no scale to work with', {
    met: maxOutput,
    wanted: 'finite outputs that are not all zero',
    remedy: 'Give typical inputs as calibration, and check the weights of the model.',
  });
}

/** How far a simulated batch may be better than demanded before the numbers are made smaller. */
const TIGHT_BITS = 0.4;
const ATTEMPTS = 6;

interface Found {
  readonly built: Built;
  readonly prediction: Prediction;
}

/**
 * The first-order noise model proposes numbers, simulated batches judge them; what was missing or too much is asked
 * for anew, of the same structure as long as it can. Keeps the smallest that meets the demand.
 */
function tightest(
  stages: readonly QuantizedStage[],
  calibration: Calibration,
  columns: readonly Float64Array[],
  demand: Demand,
): Found {
  const models: NoiseModels = new Map();
  let asked = demand.precisionBits;
  let best: Found | null = null;
  let settled: Choice | undefined;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const wanted = { ...demand, precisionBits: asked };
    let choice = chooseParameters(stages, calibration, wanted, models, settled);
    if ('reason' in choice && settled && !best) choice = chooseParameters(stages, calibration, wanted, models);
    if ('reason' in choice) {
      if (best) break;
      throw impossible(stages, demand, choice);
    }
    settled = choice;
    const built = build(stages, calibration, choice);
    const prediction = worstOf(built, columns);
    const over = prediction.bits - demand.precisionBits;
    if (over >= 0 && (!best || isSmaller(built, best.built))) best = { built, prediction };
    if (over >= 0 && over <= TIGHT_BITS) break;
    asked -= over - TIGHT_BITS / 2;
  }
  if (best) return best;
  throw unreached(demand);
}

/**
 * Keys differ: the largest error of a batch moves by some tenths of a bit from one to the next, and by more in deep
 * networks. So a plan has to hold for a few simulated keys, for more of them where that is cheap.
 */
function worstOf(built: Built, columns: readonly Float64Array[]): Prediction {
  const keys = built.operations.multiplyAccumulates < FEW_KEYS_WORK ? 12 : 4;
  const predictions = Array.from({ length: keys }, (_, seed) => predict(built.program, columns, built, seed + 1));
  return predictions.reduce((worst, prediction) => (prediction.bits < worst.bits ? prediction : worst));
}

/** Multiply-accumulates of one encrypted batch beyond which a simulation takes a tenth of a second. */
const FEW_KEYS_WORK = 5e8;

const isSmaller = (a: Built, b: Built): boolean =>
  a.logQP < b.logQP || (a.logQP === b.logQP && a.inputScale < b.inputScale);

const unreached = ({ precisionBits }: Demand): HesperError =>
  new HesperError('plan-impossible', 'The simulated network never reached the precision', {
    met: `${ATTEMPTS} attempts`,
    wanted: `${precisionBits} bits`,
    remedy: 'Ask for fewer precisionBits, or give calibration inputs that are closer to the real ones.',
  });
