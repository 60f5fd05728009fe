import { z } from 'zod';
import { defineOp } from './operator.ts';

/** x -> x * x, each element. One product level; ciphertext parts k -> 2k - 1. */
export const square = defineOp<object>({
  name: 'square',
  attributes: z.object({}),
  shape: (input) => input,
  clear: (x) => ({ shape: x.shape, data: Float64Array.from(x.data, (v) => v * v) }),
  square: () => ({}),
});
