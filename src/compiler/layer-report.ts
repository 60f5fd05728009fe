import type { OperationCounts } from '../evaluator/work.ts';
import type { QuantizedStage } from './stages.ts';
import { type Step, widthOf } from './structure.ts';

/** What a plan of either scheme says of a stage: the values of `layerFields`. */
export function reportLayer(stage: QuantizedStage, step: Step, operations: OperationCounts) {
  const linear = stage.kind === 'linear' ? stage : null;
  return {
    names: [...stage.names],
    kind: stage.kind,
    inputs: linear ? linear.rows.inputs : widthOf(stage),
    outputs: widthOf(stage),
    weights: linear ? linear.rows.values.length : 0,
    weightBits: linear ? linear.bits : 0,
    weightScale: linear ? linear.rows.scale : 1,
    level: step.limbs - 1,
    partsBefore: step.partsOut,
    parts: step.parts,
    relinearize: step.relinearize,
    drops: step.drops,
    operations,
  };
}

/** Powers of the secret that meet a relinearisation: s^2 up to the largest number of parts there, less one. */
export function keyPowers(steps: readonly Step[]): number[] {
  const most = Math.max(2, ...steps.filter((step) => step.relinearize).map((step) => step.partsOut));
  return Array.from({ length: most - 2 }, (_, i) => i + 2);
}
