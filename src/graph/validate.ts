import { HesperError } from '../errors.ts';
import type { Graph, GraphNode, Tensor } from './graph.ts';
import type { InputDeclaration } from './input.ts';
import { type GraphOperator, type OperatorTable, operatorOf, type Shape, sizeOf } from './operators.ts';

/**
 * Checks that a graph holds together (names, order, shapes, finite weights) and returns the shape of each node.
 * Throws 'invalid-model', 'unknown-layer', 'shape-mismatch', 'non-finite-value'.
 */
export function validate<T extends GraphOperator>(graph: Graph, table: OperatorTable<T>): Shape[] {
  checkShape(graph.inputShape, 'the input');
  if (graph.input) checkInput(graph.input);
  if (graph.nodes.length === 0) throw invalid('The graph has no nodes', 0, 'at least one', 'Add a layer.');
  const shapes: Shape[] = [];
  graph.nodes.forEach((node, index) => {
    shapes.push(nodeShape(graph, node, index, shapes, table));
  });
  return shapes;
}

function nodeShape(
  graph: Graph,
  node: GraphNode,
  index: number,
  shapes: readonly Shape[],
  table: OperatorTable,
): Shape {
  const operator = operatorOf(table, node);
  const from = node.inputs[0];
  if (node.inputs.length !== 1 || from === undefined || !Number.isInteger(from) || from < -1 || from >= index) {
    throw invalid(
      `Layer '${node.name}' does not read one earlier node`,
      node.inputs,
      'one index of an earlier node, or -1 for the input',
      'List the nodes in topological order; operators with several inputs are not supported.',
    );
  }
  for (const [name, tensor] of Object.entries(node.weights)) checkTensor(tensor, `weight '${name}' of '${node.name}'`);
  const shape = operator.shape(from === -1 ? graph.inputShape : shapes[from]!, node);
  checkShape(shape, `the output of '${node.name}'`);
  return shape;
}

/** Throws 'shape-mismatch' or 'non-finite-value'. */
export function checkTensor(tensor: Tensor, what: string): void {
  checkShape(tensor.shape, what);
  if (sizeOf(tensor.shape) !== tensor.data.length) {
    throw new HesperError('shape-mismatch', `The data of ${what} does not fill its shape`, {
      met: tensor.data.length,
      wanted: sizeOf(tensor.shape),
      remedy: 'Give as many numbers as the product of the shape.',
    });
  }
  const bad = tensor.data.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new HesperError('non-finite-value', `A number of ${what} is not finite`, {
      met: `index ${bad}`,
      wanted: 'finite numbers',
      remedy: 'Remove NaN and Infinity; a diverged training makes them.',
    });
  }
}

function checkInput({ range: [low, high], scale }: InputDeclaration): void {
  if (Number.isFinite(low) && Number.isFinite(high) && low < high && Number.isFinite(scale) && scale > 0) return;
  throw invalid(
    'The declaration of the input does not hold',
    { range: [low, high], scale },
    'low < high, scale > 0',
    'Change it.',
  );
}

function checkShape(shape: Shape, what: string): void {
  if (shape.length > 0 && shape.every((extent) => Number.isInteger(extent) && extent > 0)) return;
  throw new HesperError('shape-mismatch', `The shape of ${what} is empty or not positive`, {
    met: shape,
    wanted: 'positive whole sizes',
    remedy: 'Check the input shape, kernel sizes and strides.',
  });
}

const invalid = (summary: string, met: unknown, wanted: unknown, remedy: string): HesperError =>
  new HesperError('invalid-model', summary, { met, wanted, remedy });
