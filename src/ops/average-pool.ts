import { z } from 'zod';
import type { Shape } from '../graph/operators.ts';
import { type Affine, affineFromRows, applyAffine, type Term } from './affine.ts';
import { defineOp, imageShape } from './operator.ts';
import { type Axis, cells, padding, pair, windowAxis } from './window.ts';

const attributes = z
  .object({ poolSize: pair.default([2, 2]), strides: pair.nullish(), padding: padding.default('valid') })
  .transform((a) => ({ ...a, strides: a.strides ?? a.poolSize }));
type Attributes = z.infer<typeof attributes>;

/** Keras AveragePooling2D: [h, w, c] -> [oh, ow, c]. Padding cells of 'same' are not counted in the mean. */
export const averagePooling2d = defineOp<Attributes>({
  name: 'averagePooling2d',
  attributes,
  shape: (input, a, node) => [...axes(input, a, node).map((axis) => axis.outputs), input[2]!],
  clear: (x, a) => ({
    shape: [...axes(x.shape, a).map((axis) => axis.outputs), x.shape[2]!],
    data: applyAffine(toAffine(x.shape, a), x.data),
  }),
  affine: toAffine,
});

function axes(
  input: Shape,
  { poolSize, strides, padding: kind }: Attributes,
  node = 'averagePooling2d',
): readonly [Axis, Axis] {
  const [height, width] = imageShape(input, node);
  return [
    windowAxis(height, poolSize[0], strides[0], kind, node),
    windowAxis(width, poolSize[1], strides[1], kind, node),
  ];
}

function toAffine(input: Shape, a: Attributes): Affine {
  const [rows, columns] = axes(input, a);
  const [height, width, channels] = imageShape(input, 'averagePooling2d');
  const table: Term[][] = [];
  for (let oy = 0; oy < rows.outputs; oy++) {
    for (let ox = 0; ox < columns.outputs; ox++) {
      const pixels = cells(rows, oy).flatMap(([y]) => cells(columns, ox).map(([x]) => y * width + x));
      for (let c = 0; c < channels; c++) {
        table.push(pixels.map((pixel): Term => [pixel * channels + c, 1 / pixels.length]));
      }
    }
  }
  return affineFromRows(height * width * channels, table, new Float64Array(table.length));
}
