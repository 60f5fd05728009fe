import type { LinearRows } from '../evaluator/verbs.ts';
import type { Graph } from '../graph/graph.ts';
import { chainOf, operatorOf } from '../graph/operators.ts';
import { validate } from '../graph/validate.ts';
import type { Affine } from '../ops/affine.ts';
import { operators } from '../ops/all.ts';

/** A network as a chain over flattened tensors. `names`: the layers that a stage stands for. */
export type Stage = LinearStage | SquareStage;

export interface LinearStage {
  readonly kind: 'linear';
  readonly names: readonly string[];
  readonly affine: Affine;
}

export interface SquareStage {
  readonly kind: 'square';
  readonly names: readonly string[];
  readonly width: number;
}

/** A linear stage with integer weights: rows.values / rows.scale. */
export interface QuantizedLinear {
  readonly kind: 'linear';
  readonly names: readonly string[];
  readonly rows: LinearRows;
  readonly bias: readonly number[];
  /** Signed bits that hold every weight. */
  readonly bits: number;
}

export type QuantizedStage = QuantizedLinear | SquareStage;

/** From a checked graph. Throws what `validate` throws. */
export function stagesOf(graph: Graph): Stage[] {
  const shapes = validate(graph, operators);
  return chainOf(graph).map((node): Stage => {
    const from = node.inputs[0]!;
    const input = from < 0 ? graph.inputShape : shapes[from]!;
    const affine = operatorOf(operators, node).affine(input, node);
    const names = [node.name];
    return affine ? { kind: 'linear', names, affine } : { kind: 'square', names, width: input.reduce((a, b) => a * b) };
  });
}
