import { rangesOf } from '../compiler/bfv/bounds.ts';
import { discretize, type IntegerNetwork } from '../compiler/bfv/discretize.ts';
import type { BfvPlanOptions } from '../compiler/bfv/options.ts';
import type { BfvPlan } from '../compiler/bfv/plan.ts';
import { modelDigest } from '../compiler/digest.ts';
import { checkSameModel } from '../compiler/plan.ts';
import type { Graph } from '../graph/graph.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { type LayerCheck, verifyLayers } from './verify-layers.ts';
import { type NetworkCheck, verifyNetwork } from './verify-network.ts';
import { openWorkbench } from './workbench.ts';

export interface VerifyOptions extends BfvPlanOptions {
  /** Worst-case inputs in coefficient mode, where each is a run of its own; default 2. Slots are all filled. */
  readonly runs?: number;
}

/** What was found by encrypting the worst inputs under a fresh key. All that is measured is of inputs made up here. */
export interface Verification {
  readonly network: NetworkCheck;
  readonly layers: readonly LayerCheck[];
  /** No integer was wrong, and every layer reached 90 % of its bound. */
  readonly passed: boolean;
}

/**
 * Encrypts inputs at the ends of the declared range, runs the plan under every plaintext modulus and compares every
 * output with the integer network's; then each layer by itself on inputs at the ends of their own intervals, so that its
 * outputs reach their bounds. Noise is measured all along, beside what was predicted.
 *
 * @param options those of the plan
 * @throws 'plan-mismatch' for a plan of another model
 */
export function verifyPlan(kernel: Kernel, graph: Graph, plan: BfvPlan, options: VerifyOptions = {}): Verification {
  checkSameModel(plan, modelDigest(graph));
  const network: IntegerNetwork = discretize(graph, options);
  const bench = openWorkbench(kernel, plan);
  try {
    const whole = verifyNetwork(bench, network, options.runs ?? 2);
    const layers = verifyLayers(bench, network, rangesOf(network));
    const reached = layers.every(({ reach, wraps }) => wraps || reach >= 0.9);
    const wrong = whole.wrong + layers.reduce((sum, layer) => sum + layer.wrong, 0);
    return { network: whole, layers, passed: wrong === 0 && reached };
  } finally {
    bench.dispose();
  }
}
