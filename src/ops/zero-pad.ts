import { z } from 'zod';
import type { Shape } from '../graph/operators.ts';
import { type Affine, selection } from './affine.ts';
import { defineOp, imageShape } from './operator.ts';

const edges = z.tuple([z.int().nonnegative(), z.int().nonnegative()]);
const attributes = z.object({ padding: z.tuple([edges, edges]) });
type Attributes = z.infer<typeof attributes>;

/** Keras ZeroPadding2D, padding [[top, bottom], [left, right]]: [h, w, c] -> [h + top + bottom, w + left + right, c]. */
export const zeroPadding2d = defineOp<Attributes>({
  name: 'zeroPadding2d',
  attributes,
  shape: padded,
  clear: (x, a) => {
    const data = Float64Array.from(sources(x.shape, a), (from) => (from < 0 ? 0 : x.data[from]!));
    return { shape: padded(x.shape, a), data };
  },
  affine: (input, a): Affine =>
    selection(
      input.reduce((size, extent) => size * extent, 1),
      sources(input, a),
    ),
});

function padded(input: Shape, { padding: [rows, columns] }: Attributes, node = 'zeroPadding2d'): Shape {
  const [height, width, channels] = imageShape(input, node);
  return [height + rows[0] + rows[1], width + columns[0] + columns[1], channels];
}

/** The input index of each output, -1 for padding. */
function sources(input: Shape, a: Attributes): number[] {
  const [height, width, channels] = imageShape(input, 'zeroPadding2d');
  const [outHeight, outWidth] = padded(input, a);
  const { padding: edge } = a;
  return Array.from({ length: outHeight! * outWidth! * channels }, (_, at) => {
    const y = Math.floor(at / channels / outWidth!) - edge[0][0];
    const x = (Math.floor(at / channels) % outWidth!) - edge[1][0];
    const inside = y >= 0 && y < height && x >= 0 && x < width;
    return inside ? (y * width + x) * channels + (at % channels) : -1;
  });
}
