import { priceOf } from '../evaluator/work.ts';
import { maxLogQP } from '../security/check.ts';
import type { SecurityBits } from '../security/tables.ts';
import type { Calibration } from './calibrate.ts';
import type { CostModel } from './cost-model.ts';
import { createNoiseModel, type NoiseModel } from './noise-model.ts';
import { leastModulus, minPrimeBits, type Problem, type Solution, solve } from './solve.ts';
import type { QuantizedStage } from './stages.ts';
import {
  primeCount,
  type Segment,
  type Step,
  type Structure,
  segmentsOf,
  structuresOf,
  walk,
  widthOf,
  workOf,
} from './structure.ts';

export type Objective = 'throughput' | 'latency' | 'bytes';
export type RelinearizePolicy = 'auto' | 'never' | 'lazy' | 'eager';

export const ringDegrees = [1024, 2048, 4096, 8192, 16384, 32768, 65536] as const;

export interface Demand {
  readonly security: SecurityBits;
  readonly precisionBits: number;
  readonly relinearize: RelinearizePolicy;
  readonly objective: Objective;
  readonly ringDegree?: number;
  readonly costs: CostModel;
}

/** A structure with its numbers at one ring degree. */
export interface Choice extends Candidate {
  readonly solution: Solution;
  /** Bytes per image, evaluation keys left out. */
  readonly bytesPerImage: number;
}

/** Why there is none: the candidate that came closest. */
export interface Refusal {
  readonly reason: 'parts' | 'modulus' | 'ring-degree';
  readonly logQP: number;
  readonly maxLogQP: number;
  readonly n: number;
  readonly stage: number;
}

interface Candidate {
  readonly n: number;
  readonly structure: Structure;
  readonly steps: readonly Step[];
  readonly segments: readonly Segment[];
  readonly special: boolean;
  readonly limit: number;
  /** Nanoseconds of one thread for a batch. */
  readonly loadCost: number;
  readonly evaluateCost: number;
}

/** Costs within this share are a tie: then the smaller modulus, fewer bytes, and the smaller latency win. */
const TIE = 0.03;

/** Carries the noise models over, since each is good for every demand. */
export type NoiseModels = Map<number, NoiseModel>;

/**
 * The best structure, ring degree and numbers for a demand, or the reason why there are none. With `only`, new numbers
 * for the structure and ring degree of an earlier choice.
 */
export function chooseParameters(
  stages: readonly QuantizedStage[],
  calibration: Calibration,
  demand: Demand,
  models: NoiseModels = new Map(),
  only?: Choice,
): Choice | Refusal {
  const candidates = only ? [only] : candidatesOf(stages, calibration, demand);
  if (typeof candidates === 'string') return { reason: candidates, logQP: 0, maxLogQP: 0, n: 0, stage: 0 };
  const problemOf = (candidate: Candidate): Problem => toProblem(candidate, calibration, demand, models);
  let best: Choice[] = [];
  let least = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    if (demand.objective !== 'bytes' && objectiveOf(candidate, demand) > least * (1 + TIE)) break;
    const solution = solve(problemOf(candidate));
    if (!solution) continue;
    const choice = { ...candidate, solution, bytesPerImage: bytesPerImage(stages, candidate, solution) };
    least = Math.min(least, objectiveOf(choice, demand));
    best.push(choice);
  }
  best = best.filter((choice) => objectiveOf(choice, demand) <= least * (1 + TIE));
  return best.length > 0 ? best.reduce(smaller) : refusal(candidates.map(problemOf));
}

function candidatesOf(
  stages: readonly QuantizedStage[],
  calibration: Calibration,
  demand: Demand,
): Candidate[] | 'parts' | 'ring-degree' {
  const walks = structuresOf(stages, demand.relinearize).flatMap((structure) => {
    const steps = walk(stages, structure);
    return steps ? [{ structure, steps, segments: segmentsOf(stages, steps, calibration) }] : [];
  });
  if (walks.length === 0) return 'parts';
  const candidates = ringDegrees.flatMap((n) => {
    const limit = maxLogQP(n, demand.security);
    if (limit === undefined || (demand.ringDegree !== undefined && n !== demand.ringDegree)) return [];
    return walks.flatMap((found) => {
      const special = found.steps.some((step) => step.relinearize);
      const primes = primeCount(found.structure) + (special ? 1 : 0);
      if (primes * minPrimeBits(n) > limit) return [];
      return [{ n, special, limit, ...found, ...costsOf(stages, found.steps, found.structure, n, demand.costs) }];
    });
  });
  if (candidates.length === 0) return 'ring-degree';
  return candidates.sort((a, b) => objectiveOf(a, demand) - objectiveOf(b, demand));
}

function toProblem(candidate: Candidate, calibration: Calibration, demand: Demand, models: NoiseModels): Problem {
  const { n } = candidate;
  if (!models.has(n)) models.set(n, createNoiseModel(calibration, n));
  const maxError = 2 ** -demand.precisionBits * calibration.maxOutput;
  return { ...candidate, noise: models.get(n)!, maxError, maxLogQP: candidate.limit };
}

function costsOf(
  stages: readonly QuantizedStage[],
  steps: readonly Step[],
  structure: Structure,
  n: number,
  costs: CostModel,
): { loadCost: number; evaluateCost: number } {
  const first = stages[0]!;
  const inputs = first.kind === 'linear' ? first.rows.inputs : first.width;
  const work = workOf(stages, steps, n).flat();
  const evaluateCost = work.reduce((sum, item) => sum + priceOf(item, costs, n), 0);
  return { evaluateCost, loadCost: loadCostOf(inputs, primeCount(structure), n, costs) };
}

/** Seeds expanded, the other half unpacked, both brought to NTT form. */
export function loadCostOf(inputs: number, limbs: number, n: number, costs: CostModel): number {
  const residues = inputs * limbs * n;
  return residues * (costs.sample + costs.unpack + 6 * costs.byte) + priceOf({ ntts: 2 * inputs * limbs }, costs, n);
}

/** Nanoseconds per slot, nanoseconds, or bytes per image. */
function objectiveOf(
  {
    n,
    loadCost,
    evaluateCost,
    bytesPerImage: bytes,
  }: Pick<Candidate, 'n' | 'loadCost' | 'evaluateCost'> & { bytesPerImage?: number },
  { objective }: Demand,
): number {
  if (objective === 'bytes') return bytes ?? 0;
  const total = loadCost + evaluateCost;
  return objective === 'latency' ? total : total / (n / 2);
}

function bytesPerImage(stages: readonly QuantizedStage[], { steps }: Candidate, { logQ, finalBits }: Solution): number {
  const first = stages[0]!;
  const inputs = first.kind === 'linear' ? first.rows.inputs : first.width;
  const outputs = widthOf(stages.at(-1)!);
  return (inputs * logQ + outputs * steps.at(-1)!.parts * Math.max(finalBits, 20)) / 4;
}

function smaller(a: Choice, b: Choice): Choice {
  const latency = (choice: Choice): number => choice.loadCost + choice.evaluateCost;
  const keys = (choice: Choice): number[] => [choice.solution.logQP, choice.bytesPerImage, latency(choice)];
  const [x, y] = [keys(a), keys(b)];
  const at = x.findIndex((value, i) => value !== y[i]);
  return at < 0 || x[at]! < y[at]! ? a : b;
}

function refusal(problems: readonly Problem[]): Refusal {
  const all = problems.map((problem) => {
    const { logQP, fits, stage } = leastModulus(problem);
    return { reason: 'modulus' as const, logQP, maxLogQP: problem.maxLogQP, n: problem.n, stage, fits };
  });
  const fitting = all.filter((one) => one.fits && Number.isFinite(one.logQP));
  const excess = (one: Refusal): number => one.logQP - one.maxLogQP;
  return (fitting.length > 0 ? fitting : all).reduce((a, b) => (excess(a) <= excess(b) ? a : b));
}
