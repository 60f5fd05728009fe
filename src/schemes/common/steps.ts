import { checkConstants, checkLinear } from '../../evaluator/check.ts';
import type { PointwiseStep } from '../../evaluator/verbs.ts';
import { requireEqualScales, requirePartsFit } from './checks.ts';
import type { Rules } from './rules.ts';

/** What is known of a list of ciphertexts after some steps, without computing. */
export interface ListState {
  readonly scales: readonly number[];
  readonly parts: number;
}

/**
 * The list behind a pointwise step.
 * @throws 'parts-mismatch', 'scale-mismatch', 'scale-overflow', 'shape-mismatch', 'non-finite-value'
 */
export function after(rules: Rules, level: number, { scales, parts }: ListState, step: PointwiseStep): ListState {
  const state = advance(step, scales, parts);
  for (const scale of new Set(state.scales)) rules.requireFits(level, scale);
  requirePartsFit(state.parts);
  return state;
}

function advance(step: PointwiseStep, scales: readonly number[], parts: number): ListState {
  if (step.verb === 'squareAll') return { scales: scales.map((s) => s * s), parts: 2 * parts - 1 };
  if (step.verb === 'addPlain') {
    checkConstants(scales.length, step.argument);
    return { scales, parts };
  }
  checkLinear(scales.length, step.argument);
  requireEqualScales('linear', scales);
  return { scales: new Array<number>(step.argument.outputs).fill(scales[0]! * step.argument.scale), parts };
}
