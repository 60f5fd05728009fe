import { createRandom, type Random } from '../evaluator/random.ts';
import type { Graph, GraphNode, Tensor } from '../graph/graph.ts';
import { sizeOf } from '../graph/operators.ts';
import type { PlanOptions } from './options.ts';

/** A small random network with calibrated random data, on which the planner is checked, simulated and encrypted. */
export interface PlanCase {
  readonly name: string;
  readonly graph: () => Graph;
  readonly options: Omit<PlanOptions, 'calibration'>;
  /** Number of squares. */
  readonly depth: number;
  /** Whether a plan must be refused with 'plan-impossible'. */
  readonly impossible?: boolean;
}

/**
 * Random inputs around 1/2, [count][features]. The deeper the network, the narrower: a polynomial of degree 16 of wide
 * ones is all outliers, which no calibration batch foresees.
 */
export function inputsOf(graph: Graph, count: number, seed: number): Float64Array[] {
  const random = createRandom(seed);
  const features = sizeOf(graph.inputShape);
  const squares = graph.nodes.filter((node) => node.op === 'square').length;
  const width = 1 / Math.max(2, squares);
  const draw = (): number => 0.5 + width * (random.uniform() - 0.5);
  return Array.from({ length: count }, () => Float64Array.from({ length: features }, draw));
}

type Layer = (random: Random, input: readonly number[], index: number) => Made;

interface Made {
  readonly node: GraphNode;
  readonly shape: number[];
}

const tensor = (random: Random, shape: number[], deviation: number): Tensor => ({
  shape,
  data: Float64Array.from({ length: sizeOf(shape) }, () => deviation * random.normal()),
});

const layer =
  (op: string, attributes: object, shape: (input: readonly number[]) => number[]): Layer =>
  (_, input, index) => ({
    node: {
      op,
      name: `${op}_${index}`,
      inputs: [index - 1],
      attributes: attributes as Record<string, unknown>,
      weights: {},
    },
    shape: shape(input),
  });

const square = layer('square', {}, (input) => [...input]);
const flatten = layer('flatten', {}, (input) => [sizeOf(input)]);
const pad = layer(
  'zeroPadding2d',
  {
    padding: [
      [1, 0],
      [0, 1],
    ],
  },
  ([h, w, c]) => [h! + 1, w! + 1, c!],
); // prettier-ignore
const pool = layer('averagePooling2d', { poolSize: [2, 2], padding: 'same' }, ([h, w, c]) => [
  Math.ceil(h! / 2),
  Math.ceil(w! / 2),
  c!,
]);

/** Weights keep the variance of inputs of about unit size. */
const dense =
  (units: number, useBias = true): Layer =>
  (random, input, index) => {
    const inputs = input.at(-1)!;
    const kernel = tensor(random, [inputs, units], 1 / Math.sqrt(inputs));
    const weights: GraphNode['weights'] = useBias ? { kernel, bias: tensor(random, [units], 0.2) } : { kernel };
    const attributes = { units, useBias };
    return { node: { op: 'dense', name: `dense_${index}`, inputs: [index - 1], attributes, weights }, shape: [units] };
  };

const conv =
  (filters: number, size: number, stride: number): Layer =>
  (random, [h, w, c], index) => {
    const kernel = tensor(random, [size, size, c!, filters], 1 / Math.sqrt(size * size * c!));
    const weights = { kernel, bias: tensor(random, [filters], 0.2) };
    const attributes = {
      filters,
      kernelSize: [size, size],
      strides: [stride, stride],
      padding: 'valid',
      useBias: true,
    };
    const extent = (all: number): number => Math.floor((all - size) / stride) + 1;
    const node = { op: 'conv2d', name: `conv2d_${index}`, inputs: [index - 1], attributes, weights };
    return { node, shape: [extent(h!), extent(w!), filters] };
  };

function build(name: string, seed: number, inputShape: number[], layers: readonly Layer[]): Graph {
  const random = createRandom(seed);
  const nodes: GraphNode[] = [];
  layers.reduce((shape, make, index) => {
    const made = make(random, shape, index);
    nodes.push(made.node);
    return made.shape;
  }, inputShape);
  return { name, inputShape, nodes };
}

function planCase(
  name: string,
  inputShape: number[],
  layers: readonly Layer[],
  options: PlanCase['options'] = {},
  impossible = false,
): PlanCase {
  const seed = [...name].reduce((sum, c) => (31 * sum + c.charCodeAt(0)) % 65521, 7);
  const depth = layers.filter((one) => one === square).length;
  return { name, graph: () => build(name, seed, inputShape, layers), options, depth, impossible };
}

/** Depths 0 to 4, several widths, weight bits, security levels, objectives and policies; three impossible ones. */
export const planCases: readonly PlanCase[] = [
  planCase('linear only', [24], [dense(6)]),
  planCase('one square', [20], [dense(16), square, dense(5)]),
  planCase('one square, first', [12], [square, dense(8)]),
  planCase('one square, last, without bias', [12], [dense(8, false), square]),
  planCase('convolution, pooling, one square', [9, 9, 2], [pad, conv(3, 3, 2), square, pool, flatten, dense(4)]),
  planCase('two squares, small', [16], [dense(12), square, dense(8), square, dense(3)]),
  planCase('two squares, wide', [64], [dense(128), square, dense(32), square, dense(10)]),
  planCase('two squares, 8-bit weights', [16], [dense(12), square, dense(8), square, dense(3)], { weightBits: 8 }),
  planCase('two squares, 192 bits', [16], [dense(12), square, dense(8), square, dense(3)], { security: 192 }),
  planCase('two squares, 256 bits, 10 bits precise', [16], [dense(12), square, dense(6), square, dense(3)], {
    security: 256,
    precisionBits: 10,
  }),
  planCase('two squares, lazily relinearised', [16], [dense(12), square, dense(8), square, dense(3)], {
    relinearize: 'lazy',
  }),
  planCase(
    'two squares, eagerly relinearised, 16 bits precise',
    [16],
    [dense(12), square, dense(8), square, dense(3)],
    {
      relinearize: 'eager',
      precisionBits: 16,
    },
  ),
  planCase('three squares', [16], [dense(10), square, dense(8), square, dense(6), square, dense(3)]),
  planCase('three squares, fewest bytes', [16], [dense(10), square, dense(8), square, dense(6), square, dense(3)], {
    objective: 'bytes',
  }),
  planCase('four squares', [12], [dense(8), square, dense(6), square, dense(6), square, dense(4), square, dense(2)]),
  planCase('two squares in a row', [12], [dense(8), square, square, dense(4)]),
  planCase('small ring', [16], [dense(12), square, dense(8), square, dense(3)], { ringDegree: 2048 }, true),
  planCase(
    'four squares never relinearised',
    [8],
    [dense(6), square, dense(6), square, dense(6), square, dense(6), square, dense(2)],
    { relinearize: 'never' },
    true,
  ),
  planCase('36 bits in a small ring', [8], [dense(6), square, dense(2)], { precisionBits: 36, ringDegree: 4096 }, true),
];
