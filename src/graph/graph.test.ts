import { describe, expect, it } from 'vitest';
import type { Graph, Tensor } from './graph.ts';
import { chainOf, type GraphOperator } from './operators.ts';
import { runClear } from './run-clear.ts';
import { validate } from './validate.ts';

const double: GraphOperator = {
  shape: (input) => input,
  clear: (x) => ({ shape: x.shape, data: Float64Array.from(x.data, (v) => 2 * v) }),
};
const table = new Map([['double', double]]);
const node = (name: string, from: number, op = 'double', weights: Record<string, Tensor> = {}) => ({
  op,
  name,
  inputs: [from],
  attributes: {},
  weights,
});
const graph = (nodes: Graph['nodes'], inputShape = [2]): Graph => ({ name: 'g', inputShape, nodes });
const code = (wanted: string) => expect.objectContaining({ code: wanted });

describe('graph', () => {
  it('infers shapes and runs in the clear, leaving out what the output does not need', () => {
    const g = graph([node('a', -1), node('unused', 0), node('b', 0)]);
    expect(validate(g, table)).toEqual([[2], [2], [2]]);
    expect(chainOf(g).map((n) => n.name)).toEqual(['a', 'b']);
    expect([...runClear(g, table, { shape: [2], data: Float64Array.of(1, -3) }).data]).toEqual([4, -12]);
  });

  it('refuses what does not hold together', () => {
    expect(() => validate(graph([]), table)).toThrowError(code('invalid-model'));
    expect(() => validate(graph([node('a', 0)]), table)).toThrowError(code('invalid-model'));
    expect(() => validate(graph([node('a', -1, 'relu')]), table)).toThrowError(code('unknown-layer'));
    expect(() => validate(graph([node('a', -1)], [0]), table)).toThrowError(code('shape-mismatch'));
    const bad = { shape: [1], data: Float64Array.of(Number.NaN) };
    expect(() => validate(graph([node('a', -1, 'double', { w: bad })]), table)).toThrowError(code('non-finite-value'));
  });

  it('refuses inputs of another shape and inputs that are not finite', () => {
    const g = graph([node('a', -1)]);
    expect(() => runClear(g, table, { shape: [3], data: new Float64Array(3) })).toThrowError(code('shape-mismatch'));
    const infinite = { shape: [2], data: Float64Array.of(1, Number.POSITIVE_INFINITY) };
    expect(() => runClear(g, table, infinite)).toThrowError(code('non-finite-value'));
  });
});
