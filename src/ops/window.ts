import { z } from 'zod';
import { HesperError } from '../errors.ts';

/** [height, width] of windows and strides. */
export const pair = z.tuple([z.int().positive(), z.int().positive()]);
export const padding = z.enum(['valid', 'same']);
export type Padding = z.infer<typeof padding>;

/** How windows lie along one axis: output extent and the (possibly negative) start of window `o`: o * stride - before. */
export interface Axis {
  readonly extent: number;
  readonly outputs: number;
  readonly window: number;
  readonly stride: number;
  readonly before: number;
}

/** TensorFlow's rules: 'same' gives ceil(extent / stride) outputs and puts the odd padding cell at the end. */
export function windowAxis(extent: number, window: number, stride: number, kind: Padding, node: string): Axis {
  if (kind === 'same') {
    const outputs = Math.ceil(extent / stride);
    const total = Math.max((outputs - 1) * stride + window - extent, 0);
    return { extent, outputs, window, stride, before: Math.floor(total / 2) };
  }
  if (window > extent) {
    throw new HesperError('shape-mismatch', `The window of layer '${node}' is larger than its input`, {
      met: extent,
      wanted: `at least ${window}`,
      remedy: "Use a smaller kernel, or padding: 'same'.",
    });
  }
  return { extent, outputs: Math.floor((extent - window) / stride) + 1, window, stride, before: 0 };
}

/** The input positions of window `o`, with their offset in the window; padding cells are left out. */
export function cells(axis: Axis, o: number): (readonly [position: number, offset: number])[] {
  const start = o * axis.stride - axis.before;
  return Array.from({ length: axis.window }, (_, k) => [start + k, k] as const).filter(
    ([position]) => position >= 0 && position < axis.extent,
  );
}
