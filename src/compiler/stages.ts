import type { LinearRows } from '../evaluator/verbs.ts';
import type { Graph, GraphNode } from '../graph/graph.ts';
import { chainOf, operatorOf, type Shape, sizeOf } from '../graph/operators.ts';
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
  return chainOf(graph).flatMap((node) => {
    const from = node.inputs[0]!;
    return stagesOfNode(node, from < 0 ? graph.inputShape : shapes[from]!);
  });
}

/** A linear operator is one stage; the others are a square with a linear stage before and behind it, where needed. */
function stagesOfNode(node: GraphNode, input: Shape): Stage[] {
  const operator = operatorOf(operators, node);
  const linear = (affine: Affine | null | undefined, name: string): Stage[] =>
    affine ? [{ kind: 'linear', names: [name], affine }] : [];
  const squared = operator.square(input, node);
  if (squared === null) return linear(operator.affine(input, node), node.name);
  return [
    ...linear(squared.before, `${node.name}/shift`),
    { kind: 'square', names: [node.name], width: sizeOf(input) },
    ...linear(squared.after, `${node.name}/scale`),
  ];
}
