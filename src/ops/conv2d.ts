import { z } from 'zod';
import type { Shape } from '../graph/operators.ts';
import { type Affine, affineFromRows, type Term } from './affine.ts';
import { defineOp, imageShape, type Weights } from './operator.ts';
import { type Axis, cells, padding, pair, windowAxis } from './window.ts';

const attributes = z.object({
  filters: z.int().positive(),
  kernelSize: pair,
  strides: pair.default([1, 1]),
  padding: padding.default('valid'),
  useBias: z.boolean().default(true),
});
type Attributes = z.infer<typeof attributes>;

/** Keras Conv2D: [h, w, in] -> [oh, ow, filters]; kernel [kh, kw, in, filters], bias [filters]. */
export const conv2d = defineOp<Attributes>({
  name: 'conv2d',
  attributes,
  weights: (input, { kernelSize, filters, useBias }) => ({
    kernel: [...kernelSize, input.at(-1)!, filters],
    ...(useBias ? { bias: [filters] } : {}),
  }),
  shape: (input, a, node) => [...axes(input, a, node).map((axis) => axis.outputs), a.filters],
  clear: (x, a, weights) => convolve(x.shape, x.data, a, weights),
  affine: toAffine,
});

function axes(
  input: Shape,
  { kernelSize, strides, padding: kind }: Attributes,
  node = 'conv2d',
): readonly [Axis, Axis] {
  const [height, width] = imageShape(input, node);
  return [
    windowAxis(height, kernelSize[0], strides[0], kind, node),
    windowAxis(width, kernelSize[1], strides[1], kind, node),
  ];
}

function convolve(input: Shape, x: Float32Array | Float64Array, a: Attributes, { kernel, bias }: Weights) {
  const [rows, columns] = axes(input, a);
  const [, width, channels] = imageShape(input, 'conv2d');
  const data = new Float64Array(rows.outputs * columns.outputs * a.filters);
  for (let oy = 0, at = 0; oy < rows.outputs; oy++) {
    for (let ox = 0; ox < columns.outputs; ox++) {
      for (let f = 0; f < a.filters; f++, at++) {
        let sum = a.useBias ? bias!.data[f]! : 0;
        for (const [y, ky] of cells(rows, oy)) {
          for (const [xx, kx] of cells(columns, ox)) {
            for (let c = 0; c < channels; c++) {
              const weight = kernel!.data[((ky * columns.window + kx) * channels + c) * a.filters + f]!;
              sum += weight * x[(y * width + xx) * channels + c]!;
            }
          }
        }
        data[at] = sum;
      }
    }
  }
  return { shape: [rows.outputs, columns.outputs, a.filters], data };
}

function toAffine(input: Shape, a: Attributes, { kernel, bias }: Weights): Affine {
  const [rows, columns] = axes(input, a);
  const [height, width, channels] = imageShape(input, 'conv2d');
  const table: Term[][] = [];
  for (let oy = 0; oy < rows.outputs; oy++) {
    for (let ox = 0; ox < columns.outputs; ox++) {
      const taps = cells(rows, oy).flatMap(([y, ky]) =>
        cells(columns, ox).flatMap(([x, kx]) =>
          Array.from({ length: channels }, (_, c) => ({
            column: (y * width + x) * channels + c,
            tap: (ky * columns.window + kx) * channels + c,
          })),
        ),
      );
      for (let f = 0; f < a.filters; f++) {
        table.push(taps.map(({ column, tap }): Term => [column, kernel!.data[tap * a.filters + f]!]));
      }
    }
  }
  const biases = Float64Array.from(table, (_, row) => (a.useBias ? bias!.data[row % a.filters]! : 0));
  return affineFromRows(height * width * channels, table, biases);
}
