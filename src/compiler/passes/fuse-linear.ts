import { type Affine, compose } from '../../ops/affine.ts';
import type { LinearStage, Stage } from '../stages.ts';

/**
 * Joins neighbouring linear stages where the product matrix has no more entries than the two: padding and
 * convolution, pooling and dense, flatten and anything. Saves a layer's weight scale as well. Maps that change nothing
 * disappear.
 */
export function fuseLinear(stages: readonly Stage[]): Stage[] {
  const fused: Stage[] = [];
  for (const stage of stages) {
    let next = stage;
    for (let last = fused.at(-1); last && worthJoining(last, next); last = fused.at(-1)) {
      next = join(fused.pop() as LinearStage, next as LinearStage);
    }
    fused.push(next);
  }
  return fused.filter((stage) => stage.kind === 'square' || !isIdentity(stage.affine));
}

function worthJoining(first: Stage, second: Stage): boolean {
  if (first.kind !== 'linear' || second.kind !== 'linear') return false;
  const together = first.affine.values.length + second.affine.values.length;
  return compose(first.affine, second.affine).values.length <= together;
}

const join = (first: LinearStage, second: LinearStage): LinearStage => ({
  kind: 'linear',
  names: [...first.names, ...second.names],
  affine: compose(first.affine, second.affine),
});

const isIdentity = ({ inputs, outputs, columns, values, bias }: Affine): boolean =>
  inputs === outputs &&
  values.length === outputs &&
  columns.every((column, row) => column === row && values[row] === 1 && bias[row] === 0);
