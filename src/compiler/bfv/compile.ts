import type { Graph } from '../../graph/graph.ts';
import { defaultCostModel } from '../cost-model.ts';
import { boundsOf } from './bounds.ts';
import { discretize } from './discretize.ts';
import { type BfvPlanOptions, checkBfvOptions, DEFAULT_WORKING_BYTES } from './options.ts';
import type { BfvPlan } from './plan.ts';
import { bfvImpossible } from './refuse.ts';
import { assembleBfv } from './report.ts';
import { type BfvChoice, type BfvDemand, better, bfvRows } from './search.ts';

/**
 * From a network to everything that its exact evaluation under BFV has to know: integers of weights, biases and inputs,
 * bounds of every value, ring degree, plaintext moduli, primes, where to relinearise and to switch the modulus, and the
 * program to run. Deterministic. The encrypted outputs are those of the integer network, digit for digit.
 *
 * Throws 'plan-impossible' with the layer, the bits missing and what to relax; 'invalid-argument', 'shape-mismatch',
 * 'non-finite-value', 'invalid-model', 'unknown-layer'.
 */
export function planBfv(graph: Graph, options: BfvPlanOptions = {}): BfvPlan {
  checkBfvOptions(options);
  const network = discretize(graph, options);
  const demand = demandOf(options);
  const bounds = boundsOf(network, demand.encoding);
  const rows = bfvRows(network.stages, bounds, demand);
  const found = rows.filter((row): row is BfvChoice => !('reason' in row));
  if (found.length === 0) throw bfvImpossible(network, bounds, demand, rows);
  const choice = found.reduce((a, b) => (better(b, a, demand) ? b : a));
  const workingBytes = options.workingBytes ?? DEFAULT_WORKING_BYTES;
  return assembleBfv({ graph, network, bounds, demand, rows, choice, workingBytes });
}

function demandOf(options: BfvPlanOptions): BfvDemand {
  const { encoding = 'slots', security = 128, relinearize = 'auto', ringDegree, plaintextModuli, costs } = options;
  return {
    encoding,
    security,
    relinearize,
    ringDegree,
    plaintextModuli,
    objective: options.objective ?? (encoding === 'slots' ? 'throughput' : 'latency'),
    costs: costs ?? defaultCostModel,
  };
}
