import { checkInput } from '../graph/input.ts';
import { declaredInput } from '../heras/build.ts';
import type { Examples, Targets } from '../heras/data.ts';
import { countExamples, sizeOf, targetRows } from '../heras/data.ts';
import { smooth } from '../heras/losses.ts';
import type { Trainable } from '../heras/trainer.ts';

/** Examples and wanted outputs, row by row. */
export interface Rows {
  readonly count: number;
  readonly x: Examples['data'];
  readonly y: Float32Array;
}

/** Throws 'shape-mismatch', 'non-finite-value', 'input-out-of-range' or 'invalid-argument'. */
export function checkRows(model: Trainable, x: Examples, y: Targets): Rows {
  const outputs = sizeOf(model.outputShape);
  const count = countExamples(x, model.inputShape);
  const input = declaredInput(model.layers);
  if (input !== undefined) checkInput(x.data, input);
  return { count, x: x.data, y: smooth(targetRows(y, count, outputs), outputs, model.compiled) };
}

/** Rows from .. to - 1, as a view. */
export const part = ({ inputShape, outputShape }: Trainable, { x, y }: Rows, from: number, to: number): Rows => ({
  count: to - from,
  x: x.subarray(from * sizeOf(inputShape), to * sizeOf(inputShape)),
  y: y.subarray(from * sizeOf(outputShape), to * sizeOf(outputShape)),
});

/** Copies of the rows of the given numbers. */
export function gather({ inputShape, outputShape }: Trainable, rows: Rows, order: Uint32Array) {
  const x = new Float32Array(order.length * sizeOf(inputShape));
  const y = new Float32Array(order.length * sizeOf(outputShape));
  copyRows(x, rows.x, sizeOf(inputShape), order);
  copyRows(y, rows.y, sizeOf(outputShape), order);
  return { count: order.length, x, y };
}

function copyRows(to: Float32Array, from: Examples['data'], size: number, order: Uint32Array): void {
  for (const [row, i] of order.entries()) to.set(from.subarray(i * size, (i + 1) * size), row * size);
}
