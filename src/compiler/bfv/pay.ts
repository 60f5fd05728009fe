import type { Evaluator } from '../../evaluator/evaluator.ts';
import type { Step } from '../structure.ts';

/** What a step owes behind its stage. */
export function pay<C>(ev: Evaluator<C>, step: Step, values: readonly C[]): C[] {
  let cts = [...values];
  if (step.relinearize) cts = ev.relinearizeAll(cts, undefined);
  for (let r = 0; r < step.drops; r++) cts = ev.rescaleAll(cts, undefined);
  return cts;
}
