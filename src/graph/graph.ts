import type { InputDeclaration } from './input.ts';

/** Row-major numbers with a shape. Images are [height, width, channels], as in Keras (without the batch axis). */
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array;
}

/** One operator of a network. `op` names a file of `src/ops/`; `inputs` are indices of nodes, -1 is the input. */
export interface GraphNode {
  readonly op: string;
  readonly name: string;
  readonly inputs: readonly number[];
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly weights: Readonly<Record<string, Tensor>>;
}

/** A network without cryptography: nodes in topological order, the last one is the output. */
export interface Graph {
  readonly name: string;
  readonly inputShape: readonly number[];
  /** Where it is declared, inputs are rounded, and refused outside the range: that is part of the network. */
  readonly input?: InputDeclaration;
  readonly nodes: readonly GraphNode[];
}

/** Examples [count, ...shape] as one flat view each. */
export function rowsOf<T extends Tensor['data']>({
  shape,
  data,
}: {
  readonly shape: readonly number[];
  readonly data: T;
}): T[] {
  const count = shape[0]!;
  const size = data.length / count;
  return Array.from({ length: count }, (_, i) => data.subarray(i * size, (i + 1) * size) as T);
}
