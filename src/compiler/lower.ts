import type { Evaluator } from '../evaluator/evaluator.ts';
import { type Program, record } from '../evaluator/record.ts';
import { lowerAffine } from '../ops/affine.ts';
import type { Calibration } from './calibrate.ts';
import { fusePointwise } from './passes/fuse-pointwise.ts';
import type { QuantizedStage } from './stages.ts';
import type { Step } from './structure.ts';

/** The network with its payments, over any evaluator. `finalLevel`: of the answer. */
export function runNetwork<C>(
  ev: Evaluator<C>,
  stages: readonly QuantizedStage[],
  steps: readonly Step[],
  finalLevel: number,
  inputs: readonly C[],
): C[] {
  let cts = [...inputs];
  for (const step of steps) {
    const stage = stages[step.stage]!;
    cts = stage.kind === 'linear' ? lowerAffine(ev, cts, stage) : ev.squareAll(cts, undefined);
    if (step.relinearize) cts = ev.relinearizeAll(cts, undefined);
    for (let r = 0; r < step.drops; r++) cts = ev.rescaleAll(cts, undefined);
  }
  return finalLevel < levelAtEnd(steps) ? ev.dropLevelAll(cts, finalLevel) : cts;
}

/** Primes - 1 behind the last stage, before any level is dropped for sending. */
export const levelAtEnd = (steps: readonly Step[]): number => steps.at(-1)!.limbs - steps.at(-1)!.drops - 1;

export function lowerToProgram(
  stages: readonly QuantizedStage[],
  steps: readonly Step[],
  finalLevel: number,
  slots: number,
): Program {
  const first = stages[0]!;
  const inputs = first.kind === 'linear' ? first.rows.inputs : first.width;
  return fusePointwise(record(slots, inputs, (ev, cts) => runNetwork(ev, stages, steps, finalLevel, cts)));
}

/** Largest message behind each verb, in the order of execution: what the tracer takes as calibrated bounds. */
export function boundsOf(
  stages: readonly QuantizedStage[],
  steps: readonly Step[],
  { bounds, unbiased }: Calibration,
  factor: number,
): number[] {
  return steps.flatMap((step) => {
    const stage = stages[step.stage]!;
    const after = bounds[step.stage + 1]! * factor;
    const biased = stage.kind === 'linear' && stage.bias.some((b) => b !== 0);
    const own = biased ? [unbiased[step.stage]! * factor, after] : [after];
    return [...own, ...(step.relinearize ? [after] : []), ...new Array<number>(step.drops).fill(after)];
  });
}
