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
  readonly nodes: readonly GraphNode[];
}
