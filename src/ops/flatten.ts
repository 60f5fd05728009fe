import { z } from 'zod';
import { sizeOf } from '../graph/operators.ts';
import { selection } from './affine.ts';
import { defineOp } from './operator.ts';

/** Keras Flatten: [...] -> [product], row-major. No work: packed one feature per ciphertext, nothing moves. */
export const flatten = defineOp<object>({
  name: 'flatten',
  attributes: z.object({}),
  shape: (input) => [sizeOf(input)],
  clear: (x) => ({ shape: [x.data.length], data: x.data }),
  affine: (input) =>
    selection(
      sizeOf(input),
      Array.from({ length: sizeOf(input) }, (_, i) => i),
    ),
});
