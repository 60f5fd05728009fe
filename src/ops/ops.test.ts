import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GraphNode, Tensor } from '../graph/graph.ts';
import { operatorOf, sizeOf } from '../graph/operators.ts';
import { applyAffine, compose } from './affine.ts';
import { operators } from './all.ts';

const node = (op: string, attributes: object = {}, weights: Record<string, Tensor> = {}): GraphNode => ({
  op,
  name: `the-${op}`,
  inputs: [-1],
  attributes: attributes as Record<string, unknown>,
  weights,
});
const tensor = (shape: number[], from: (i: number) => number): Tensor => ({
  shape,
  data: Float64Array.from({ length: sizeOf(shape) }, (_, i) => from(i)),
});
const wave = (shape: number[]): Tensor => tensor(shape, (i) => Math.sin(1 + i * 0.7));

const image = fc.record({
  height: fc.integer({ min: 3, max: 7 }),
  width: fc.integer({ min: 3, max: 7 }),
  channels: fc.integer({ min: 1, max: 3 }),
  kernel: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
  strides: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
  padding: fc.constantFrom('valid', 'same'),
  filters: fc.integer({ min: 1, max: 3 }),
});

const close = (a: ArrayLike<number>, b: ArrayLike<number>) => {
  expect(a.length).toBe(b.length);
  for (let i = 0; i < a.length; i++) expect(a[i]).toBeCloseTo(b[i]!, 10);
};

describe('operators', () => {
  it('conv2d: matrix and shape rule agree with the plain loops', () => {
    fc.assert(
      fc.property(image, ({ height, width, channels, kernel, strides, padding, filters }) => {
        const n = node(
          'conv2d',
          { filters, kernelSize: kernel, strides, padding },
          { kernel: wave([...kernel, channels, filters]), bias: wave([filters]) },
        );
        const x = wave([height, width, channels]);
        const op = operatorOf(operators, n);
        const y = op.clear(x, n);
        expect(y.shape).toEqual(op.shape(x.shape, n));
        close(applyAffine(op.affine(x.shape, n)!, x.data as Float64Array), y.data);
      }),
      { numRuns: 60 },
    );
  });

  it("conv2d: TensorFlow's asymmetric 'same'", () => {
    const n = node(
      'conv2d',
      { filters: 1, kernelSize: [2, 2], strides: [1, 1], padding: 'same', useBias: false },
      { kernel: tensor([2, 2, 1, 1], () => 1) },
    );
    const y = operatorOf(operators, n).clear(
      tensor([2, 2, 1], (i) => i + 1),
      n,
    );
    expect([...y.data]).toEqual([10, 6, 7, 4]); // the padding cell lies right and below
  });

  it('averagePooling2d: strides default to the pool, padding is not counted', () => {
    const n = node('averagePooling2d', { poolSize: [2, 2], padding: 'same' });
    const x = tensor([3, 3, 1], (i) => i);
    expect([...operatorOf(operators, n).clear(x, n).data]).toEqual([2, 3.5, 6.5, 8]);
    const valid = node('averagePooling2d', { poolSize: [2, 2], strides: [1, 1] });
    expect([...operatorOf(operators, valid).clear(x, valid).data]).toEqual([2, 3, 5, 6]);
  });

  it('dense acts on the last axis', () => {
    const n = node('dense', { units: 2 }, { kernel: wave([3, 2]), bias: wave([2]) });
    const x = wave([4, 3]);
    const op = operatorOf(operators, n);
    expect(op.shape(x.shape, n)).toEqual([4, 2]);
    close(applyAffine(op.affine(x.shape, n)!, x.data as Float64Array), op.clear(x, n).data);
  });

  it('zeroPadding2d and composition with a convolution', () => {
    const pad = node('zeroPadding2d', {
      padding: [
        [0, 1],
        [2, 0],
      ],
    }); // prettier-ignore
    const conv = node(
      'conv2d',
      { filters: 2, kernelSize: [2, 2], strides: [2, 2] },
      { kernel: wave([2, 2, 1, 2]), bias: wave([2]) },
    );
    const x = wave([3, 2, 1]);
    const padded = operatorOf(operators, pad).clear(x, pad);
    expect(padded.shape).toEqual([4, 4, 1]);
    const both = compose(
      operatorOf(operators, pad).affine(x.shape, pad)!,
      operatorOf(operators, conv).affine(padded.shape, conv)!,
    );
    close(applyAffine(both, x.data as Float64Array), operatorOf(operators, conv).clear(padded, conv).data);
  });

  it.each([
    { a: 0.125, b: 0.5, c: 0.25 },
    { a: -3, b: 6 },
    { a: 2, b: -1, c: 7 },
  ])('quadratic %j is its square between two linear maps', (attributes) => {
    const n = node('quadratic', attributes);
    const op = operatorOf(operators, n);
    const x = wave([2, 3]);
    const { before, after } = op.square(x.shape, n)!;
    const squares = applyAffine(before!, x.data as Float64Array).map((v) => v * v);
    close(applyAffine(after!, squares), op.clear(x, n).data);
    expect(op.affine(x.shape, n)).toBeNull();
  });

  it.each([
    ['conv2d on a vector', node('conv2d', { filters: 1, kernelSize: [1, 1] }), [4], 'shape-mismatch'],
    ['window larger than the image', node('averagePooling2d', { poolSize: [5, 5] }), [3, 3, 1], 'shape-mismatch'],
    ['missing weight', node('dense', { units: 2 }), [3], 'shape-mismatch'],
    ['a linear quadratic', node('quadratic', { a: 0, b: 1 }), [3], 'invalid-model'],
    ['a slope that is no power of two', node('quadratic', { a: 1, b: 0.3 }), [3], 'invalid-model'],
    ['a shift by a third', node('quadratic', { a: 3, b: 2 }), [3], 'invalid-model'],
    ['bad attribute', node('dense', { units: 0 }), [3], 'invalid-model'],
  ])('refuses %s', (_, n, shape, code) => {
    expect(() => operatorOf(operators, n).shape(shape, n)).toThrowError(expect.objectContaining({ code }));
  });

  it('refuses an unknown operator', () => {
    expect(() => operatorOf(operators, node('relu'))).toThrowError(expect.objectContaining({ code: 'unknown-layer' }));
  });
});
