import { HesperError } from '../errors.ts';
import type { Padding, Pair, Shape } from './math.ts';

/** One axis of a sliding window: how many positions, and how many cells of padding come before the data. */
export interface WindowAxis {
  readonly out: number;
  readonly before: number;
}

/** TensorFlow's rule: 'valid' floor((in - k) / s) + 1, 'same' ceil(in / s) with the odd cell of padding at the end. */
export function windowAxis(input: number, window: number, stride: number, padding: Padding): WindowAxis {
  if (padding === 'valid') return { out: Math.floor((input - window) / stride) + 1, before: 0 };
  const out = Math.ceil(input / stride);
  return { out, before: Math.floor(Math.max(0, (out - 1) * stride + window - input) / 2) };
}

/** [height, width, channels] -> [height, width] of the window positions. Throws 'shape-mismatch' if there is none. */
export function windowShape(layer: string, input: Shape, window: Pair, strides: Pair, padding: Padding): Pair {
  const [height, width] = image(layer, input);
  const rows = windowAxis(height, window[0], strides[0], padding).out;
  const columns = windowAxis(width, window[1], strides[1], padding).out;
  if (rows >= 1 && columns >= 1) return [rows, columns];
  throw new HesperError('shape-mismatch', `The window of layer '${layer}' is larger than its input`, {
    met: { input, window },
    remedy: "Use a smaller window, or padding: 'same'.",
  });
}

/** Throws 'shape-mismatch' unless the shape is [height, width, channels]. */
export function image(layer: string, input: Shape): readonly [number, number, number] {
  const [height, width, channels] = input;
  if (input.length === 3) return [height!, width!, channels!];
  throw new HesperError('shape-mismatch', `Layer '${layer}' takes images`, {
    met: input,
    wanted: '[height, width, channels]',
    remedy: 'Give the model an inputShape of three numbers, and put flatten() after the image layers.',
  });
}
