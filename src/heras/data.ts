import { HesperError } from '../errors.ts';
import type { Tensor } from '../graph/graph.ts';
import type { Shape } from './math.ts';

/** Examples: a tensor whose first axis counts them, e.g. [60000, 28, 28, 1]. */
export type Examples = Tensor;
/** Class numbers 0 .. classes - 1, or a tensor [count, outputs] of one-hot rows or other wanted outputs. */
export type Targets = ArrayLike<number> | Tensor;

export const sizeOf = (shape: Shape): number => shape.reduce((product, n) => product * n, 1);

/** How many examples there are. Throws 'shape-mismatch' or 'non-finite-value'. */
export function countExamples(x: Examples, inputShape: Shape): number {
  const count = x?.shape?.[0] ?? -1;
  const fits = Number.isInteger(count) && count >= 0 && x.data.length === count * sizeOf(inputShape);
  if (!fits || x.shape.length !== inputShape.length + 1 || inputShape.some((size, i) => size !== x.shape[i + 1])) {
    throw new HesperError('shape-mismatch', 'The examples do not fit the model', {
      met: { shape: x?.shape ?? null, numbers: x?.data?.length ?? null },
      wanted: ['count', ...inputShape],
      remedy: 'Pass { shape: [count, ...inputShape], data } with as many numbers as the shape says.',
    });
  }
  checkFinite('The examples', x.data);
  return count;
}

/** Throws 'non-finite-value' at the first NaN or infinity. */
export function checkFinite(what: string, data: Float32Array | Float64Array): void {
  const index = data.findIndex((value) => !Number.isFinite(value));
  if (index < 0) return;
  throw new HesperError('non-finite-value', `${what} hold a number that is not finite`, {
    met: { index, value: String(data[index]) },
    remedy: 'Clean the data: NaN and infinities cannot be computed with.',
  });
}

/** Targets as rows [count, outputs]; class numbers become one-hot. Throws 'shape-mismatch' or 'invalid-argument'. */
export function targetRows(y: Targets, count: number, outputs: number): Float32Array {
  if (!isTensor(y)) return oneHot(y, count, outputs);
  if (y.shape.length !== 2 || y.shape[0] !== count || y.shape[1] !== outputs || y.data.length !== count * outputs)
    throw mismatch(y.shape, [count, outputs]);
  checkFinite('The targets', y.data);
  return Float32Array.from(y.data);
}

const isTensor = (y: Targets): y is Tensor => 'shape' in y && 'data' in y;

function oneHot(classes: ArrayLike<number>, count: number, outputs: number): Float32Array {
  if (classes.length !== count) throw mismatch([classes.length], [count]);
  const rows = new Float32Array(count * outputs);
  for (let i = 0; i < count; i++) {
    const label = classes[i]!;
    if (!Number.isInteger(label) || label < 0 || label >= outputs)
      throw new HesperError('invalid-argument', 'A class number is out of range', {
        met: { index: i, label },
        wanted: `0 .. ${outputs - 1}`,
        remedy: 'Number the classes from 0, and give the last layer one unit per class.',
      });
    rows[i * outputs + label] = 1;
  }
  return rows;
}

const mismatch = (met: readonly number[], wanted: readonly number[]) =>
  new HesperError('shape-mismatch', 'The targets do not fit the examples and the model', {
    met,
    wanted,
    remedy: 'Pass one class number per example, or a tensor [examples, outputs].',
  });
