import { HesperError } from '../errors.ts';
import type { Graph, GraphNode } from '../graph/graph.ts';
import type { BuiltLayer } from './build.ts';
import { declaredInput } from './build.ts';

/** The layers as a chain of operators, weights copied. Throws 'invalid-model' if there is none. */
export function toGraph(name: string, layers: readonly BuiltLayer[]): Graph {
  const nodes: GraphNode[] = [];
  for (const layer of layers)
    for (const [part, operation] of layer.kind.operations(layer.config, copies(layer)).entries())
      nodes.push({
        ...operation,
        name: part === 0 ? layer.name : `${layer.name}/${operation.op}`,
        inputs: [nodes.length - 1],
      });
  const input = declaredInput(layers);
  if (nodes.length > 0) return { name, inputShape: [...layers[0]!.inputShape], ...(input && { input }), nodes };
  throw new HesperError('invalid-model', 'The model computes nothing', { remedy: 'Add a layer, e.g. dense().' });
}

const copies = (layer: BuiltLayer) =>
  Object.fromEntries(
    Object.entries(layer.weights).map(([key, { shape, data }]) => [key, { shape: [...shape], data: data.slice() }]),
  );
