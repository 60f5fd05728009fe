/** Height and width, in that order. */
export type Pair = readonly [number, number];
/** [[top, bottom], [left, right]] */
export type Margins = readonly [Pair, Pair];
export type Padding = 'valid' | 'same';
/** A shape without the batch axis; images are [height, width, channels]. */
export type Shape = readonly number[];

/**
 * The arithmetic in which layers are written, once. `T` is a batch of tensors, first axis the batch: plain arrays for
 * `predict`, the trainer's differentiable tensors for `fit`. Images are [batch, height, width, channels].
 */
export interface LayerMath<T> {
  /** kernel [kh, kw, in, out]; 'same' pads as TensorFlow does: the odd cell goes to the bottom and the right. */
  conv2d(x: T, kernel: T, strides: Pair, padding: Padding): T;
  /** Means over windows; cells of 'same' padding are left out of the mean. */
  averagePool2d(x: T, poolSize: Pair, strides: Pair, padding: Padding): T;
  zeroPad2d(x: T, padding: Margins): T;
  /** [batch, in] x [in, out] -> [batch, out] */
  matMul(x: T, kernel: T): T;
  /** Adds along the last axis. */
  addBias(x: T, bias: T): T;
  square(x: T): T;
  /** a x^2 + b x + c */
  quadratic(x: T, a: number, b: number, c: number): T;
  /** To the given shape, the batch axis kept. */
  reshape(x: T, shape: Shape): T;
}
