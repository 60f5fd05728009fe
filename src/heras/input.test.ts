import { describe, expect, it } from 'vitest';
import { runClear } from '../graph/run-clear.ts';
import { operators } from '../ops/all.ts';
import { dense } from './layers/dense.ts';
import { inputLayer } from './layers/input-layer.ts';
import { quadratic } from './layers/quadratic.ts';
import { modelFromBytes } from './load.ts';
import { sequential } from './sequential.ts';

const code = (wanted: string) => expect.objectContaining({ code: wanted });
const model = sequential({
  name: 'declared',
  seed: 1,
  layers: [
    inputLayer({ inputShape: [3], scale: 2 }),
    dense({ units: 4 }),
    quadratic({ a: 0.5, b: -1, c: 3 }),
    dense({ units: 2 }),
  ],
});
const examples = (...data: number[]) => ({ shape: [data.length / 3, 3], data: Float32Array.from(data) });

describe('a model that declares its input', () => {
  it('rounds it in predict and in its graph alike, also when it comes from a file', () => {
    const wanted = model.predict(examples(0, 0.5, 1));
    const copy = modelFromBytes(model.toBytes());
    expect(model.predict(examples(0.2, 0.3, 0.9))).toEqual(wanted);
    expect(copy.predict(examples(0.2, 0.3, 0.9))).toEqual(wanted);
    const graph = copy.toGraph();
    expect(graph.input).toEqual({ range: [0, 1], scale: 2 });
    const y = runClear(graph, operators, { shape: [3], data: Float32Array.of(0.2, 0.3, 0.9) });
    for (const [i, value] of wanted.data.entries()) expect(y.data[i]).toBeCloseTo(value, 5);
  });

  it('refuses numbers outside, with the index', () => {
    const bad = () => model.predict(examples(0, 0, 0, 0, 1.5, 0));
    expect(bad).toThrowError(expect.objectContaining({ code: 'input-out-of-range', met: { index: 4 } }));
  });

  it('computes the quadratic of its layer', () => {
    const layers = [quadratic({ a: 2, b: -1, c: 7, inputShape: [3] })];
    expect([...sequential({ layers }).predict(examples(0, 1, -2)).data]).toEqual([7, 8, 17]);
  });

  it.each([
    ['a range without a scale', () => inputLayer({ inputShape: [3], range: [0, 1] })],
    ['an empty range', () => inputLayer({ inputShape: [3], range: [1, 1], scale: 1 })],
    ['a scale of zero', () => inputLayer({ inputShape: [3], scale: 0 })],
    ['a quadratic without a square', () => quadratic({ a: 0, b: 1 })],
    ['a coefficient that is no integer and no power of two', () => quadratic({ a: 1, b: 0.3 })],
    ['a shift that no power of two holds', () => quadratic({ a: 3, b: 2 })],
  ])('cannot have %s', (_, make) => expect(make).toThrowError(code('invalid-argument')));

  it('declares it in the first layer only', () => {
    const layers = [dense({ units: 3, inputShape: [3] }), inputLayer({ inputShape: [3], scale: 2 })];
    expect(() => sequential({ layers }).build()).toThrowError(code('invalid-model'));
  });
});
