import { HesperError } from '../errors.ts';
import type { Graph } from '../graph/graph.ts';
import { planBfv } from './bfv/compile.ts';
import type { BfvPlanOptions } from './bfv/options.ts';
import type { BfvPlan } from './bfv/plan.ts';
import { planCkks } from './compile.ts';
import type { PlanOptions } from './options.ts';
import type { CkksPlan, Plan } from './plan.ts';
import { tableLines } from './text-table.ts';

export type CompareOptions = Omit<PlanOptions, 'relinearize'> & Omit<BfvPlanOptions, 'relinearize' | 'calibration'>;

/** One network under both schemes, or why one of them cannot hold it. */
export interface PlanComparison {
  readonly ckks: CkksPlan | HesperError;
  readonly bfv: BfvPlan | HesperError;
}

/**
 * Plans a network under CKKS and under BFV. What one scheme refuses is part of the answer ('plan-impossible', or an
 * input that is not declared); other errors are thrown.
 */
export const comparePlans = (graph: Graph, options: CompareOptions): PlanComparison => ({
  ckks: attempt(() => planCkks(graph, options)),
  bfv: attempt(() => planBfv(graph, options)),
});

function attempt<P>(work: () => P): P | HesperError {
  try {
    return work();
  } catch (error) {
    if (error instanceof HesperError && ['plan-impossible', 'invalid-argument'].includes(error.code)) return error;
    throw error;
  }
}

const titles = [
  '',
  'n',
  'batch',
  'log QP',
  'primes',
  'times',
  'parts',
  'load s',
  'evaluate s',
  'inputs/s',
  'up MB',
  'down MB',
  'keys MB',
  'outputs',
]; // prettier-ignore

/** Both, side by side, predicted. */
export function compareText({ ckks, bfv }: PlanComparison): string {
  const plans = [ckks, bfv].filter((one): one is Plan => !(one instanceof HesperError));
  const refused = Object.entries({ ckks, bfv }).flatMap(([scheme, one]) =>
    one instanceof HesperError ? [`${scheme}: ${one.message}`] : [],
  );
  return [...tableLines([titles, ...plans.map(row)]), ...refused].join('\n');
}

function row(plan: Plan): string[] {
  const { loadSeconds, evaluateSeconds } = plan.cost;
  const { uploadBytes, downloadBytes, evaluationKeyBytes } = plan.messages;
  const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);
  return [
    plan.scheme === 'bfv' ? `bfv, ${plan.encoding}` : 'ckks',
    `${plan.ringDegree}`,
    `${plan.slots}`,
    plan.logQP.toFixed(1),
    `${plan.dataPrimes.length}+${plan.specialPrimes.length}`,
    `${plan.scheme === 'bfv' ? plan.plaintextModuli.length : 1}`,
    `${plan.output.parts}`,
    loadSeconds.toFixed(3),
    evaluateSeconds.toFixed(3),
    (plan.slots / (loadSeconds + evaluateSeconds)).toFixed(plan.slots > 1 ? 0 : 2),
    megabytes(uploadBytes),
    megabytes(downloadBytes),
    megabytes(evaluationKeyBytes),
    plan.scheme === 'bfv' ? 'exact' : `${plan.precision.statedBits} bits`,
  ];
}
