import { HesperError } from '../errors.ts';
import type { Graph, Tensor } from './graph.ts';
import { roundInput } from './input.ts';
import { chainOf, type OperatorTable, operatorOf, sizeOf } from './operators.ts';
import { checkTensor } from './validate.ts';

/** The network on one unencrypted input, operator by operator. Throws 'shape-mismatch', 'non-finite-value', 'input-out-of-range'. */
export function runClear(graph: Graph, table: OperatorTable, input: Tensor): Tensor {
  checkTensor(input, 'the input');
  if (input.data.length !== sizeOf(graph.inputShape)) {
    throw new HesperError('shape-mismatch', 'The input does not fit the network', {
      met: input.shape,
      wanted: graph.inputShape,
      remedy: 'Give one input of the shape that the network was built for.',
    });
  }
  const data = graph.input ? roundInput(input.data, graph.input) : input.data;
  const start: Tensor = { shape: graph.inputShape, data };
  return chainOf(graph).reduce((value, node) => operatorOf(table, node).clear(value, node), start);
}
