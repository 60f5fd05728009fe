import { HesperError } from '../errors.ts';
import type { Graph, GraphNode, Tensor } from './graph.ts';

/** Sizes without the batch axis. */
export type Shape = readonly number[];

/** What a graph has to know of an operator: its shape rule and its value. Both throw typed errors on bad nodes. */
export interface GraphOperator {
  shape(input: Shape, node: GraphNode): Shape;
  clear(input: Tensor, node: GraphNode): Tensor;
}

/** Operators by name; `src/ops/all.ts` is the table. */
export type OperatorTable<T extends GraphOperator = GraphOperator> = ReadonlyMap<string, T>;

/** The operator of a node. Throws 'unknown-layer'. */
export function operatorOf<T extends GraphOperator>(table: OperatorTable<T>, node: GraphNode): T {
  const found = table.get(node.op);
  if (found) return found;
  throw new HesperError('unknown-layer', `Layer '${node.name}' has an operator that is not known`, {
    met: node.op,
    wanted: [...table.keys()],
    remedy: 'Use one of the operators listed, or register the new one in src/ops/all.ts.',
  });
}

/** The nodes from the input to the output, in order. Every operator of today takes one input: a chain. */
export function chainOf(graph: Graph): GraphNode[] {
  const chain: GraphNode[] = [];
  for (let at = graph.nodes.length - 1; at >= 0; at = graph.nodes[at]!.inputs[0]!) chain.unshift(graph.nodes[at]!);
  return chain;
}

export const sizeOf = (shape: Shape): number => shape.reduce((size, extent) => size * extent, 1);
