import { createRandom } from '../../evaluator/random.ts';
import type { Graph, GraphNode } from '../../graph/graph.ts';
import { sizeOf } from '../../graph/operators.ts';

/** Small networks of integer weights over powers of two, as they come out of training with rounded kernels. */

type Node = Omit<GraphNode, 'inputs'>;

const integers = (seed: number, size: number, most: number, scale: number): Float64Array => {
  const random = createRandom(seed);
  return Float64Array.from({ length: size }, () => Math.round((2 * random.uniform() - 1) * most) / scale);
};

export const dense = (name: string, inputs: number, units: number, most = 3, scale = 4, seed = 1): Node => ({
  op: 'dense',
  name,
  attributes: { units, useBias: true },
  weights: {
    kernel: { shape: [inputs, units], data: integers(seed, inputs * units, most, scale) },
    bias: { shape: [units], data: integers(seed + 99, units, 3, 1) },
  },
});

export const conv = (name: string, channels: number, filters: number, most = 3, scale = 4): Node => ({
  op: 'conv2d',
  name,
  attributes: { filters, kernelSize: [3, 3], strides: [2, 2], padding: 'same', useBias: false },
  weights: { kernel: { shape: [3, 3, channels, filters], data: integers(7, 9 * channels * filters, most, scale) } },
});

export const square = (name: string): Node => ({ op: 'square', name, attributes: {}, weights: {} });
export const pool = (name: string, size = 2): Node => ({
  op: 'averagePooling2d',
  name,
  attributes: { poolSize: [size, size] },
  weights: {},
});
export const flatten = (name: string): Node => ({ op: 'flatten', name, attributes: {}, weights: {} });
export const quadratic = (name: string, a: number, b: number, c: number): Node => ({
  op: 'quadratic',
  name,
  attributes: { a, b, c },
  weights: {},
});

/** A chain; inputs of [0, 1] rounded to multiples of 1/3 unless said. */
export const chain = (
  name: string,
  inputShape: readonly number[],
  nodes: readonly Node[],
  input: Graph['input'] | null = { range: [0, 1], scale: 3 },
): Graph => ({
  name,
  inputShape,
  ...(input ? { input } : {}),
  nodes: nodes.map((node, i) => ({ ...node, inputs: [i - 1] })),
});

export const twoLayers = (): Graph => chain('two layers', [12], [dense('d1', 12, 6), square('s'), dense('d2', 6, 3)]);

export const deep = (): Graph =>
  chain(
    'convolution, pool, two squares',
    [8, 8, 1],
    [
      conv('c', 1, 4),
      square('s1'),
      pool('p'),
      flatten('f'),
      dense('d1', 16, 5),
      square('s2'),
      dense('d2', 5, 3, 7, 8, 5),
    ],
  );

export const curved = (): Graph =>
  chain('quadratic', [10], [dense('d1', 10, 6), quadratic('q', 0.125, 0.5, 0.25), dense('d2', 6, 2)]);

export const networks: readonly (() => Graph)[] = [
  twoLayers,
  deep,
  curved,
  () => chain('linear only', [9], [dense('d', 9, 4)]),
  () => chain('square first', [6], [square('s'), dense('d', 6, 2)]),
  () => chain('square last', [6], [dense('d', 6, 2), square('s')]),
  () =>
    chain('mean over nine', [9, 9, 1], [conv('c', 1, 2), square('s'), pool('p', 3), flatten('f'), dense('d', 2, 2)]),
  () =>
    chain('negative inputs', [7], [dense('d1', 7, 4), square('s'), dense('d2', 4, 2)], { range: [-1, 2], scale: 5 }),
];

/** Inputs of the declared range, [count][features]. */
export function drawInputs(graph: Graph, count: number, seed = 3): Float64Array[] {
  const random = createRandom(seed);
  const [low, high] = graph.input!.range;
  const draw = (): number => low + (high - low) * random.uniform();
  return Array.from({ length: count }, () => Float64Array.from({ length: sizeOf(graph.inputShape) }, draw));
}
