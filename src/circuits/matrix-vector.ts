import { HesperError } from '../errors.ts';
import type { Evaluator } from '../evaluator/evaluator.ts';
import type { PlainRows } from '../evaluator/verbs.ts';
import { innerSum, innerSumRotations } from './inner-sum.ts';
import {
  type LinearTransform,
  linearTransform,
  prepareLinearTransform,
  type TransformOptions,
} from './linear-transform.ts';

/** y = M x; values row by row. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly values: ArrayLike<number>;
}

/** A matrix made ready for one vector spread over all slots. */
export interface DenseMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly slots: number;
  /** Which number of x each slot of the input holds; -1 for a zero. */
  readonly inputIndex: Int32Array;
  readonly transform: LinearTransform;
  /** Blocks of the result that are summed. */
  readonly blocks: number;
  readonly stride: number;
  /** Steps that need a Galois key. */
  readonly rotations: readonly number[];
}

/**
 * Spreads the products of a matrix over all slots, so that as few plaintexts as possible do it. With rows and columns
 * padded to powers of two R and S there are B = min(slots / R, S) blocks of R slots, and D = S / B diagonals:
 *
 *   slot t of the input holds x[D * (floor(t / R) mod B) + t mod D],
 *   diagonal d holds M[t mod R][number that slot t + d holds],
 *
 * so that each of the R B slots of a row's class meets D different columns, and each column is met once: a slot that
 * crosses into the next block misses there exactly what the slots of the block before it take. The B partial sums lie R
 * slots apart. 1,024 x 1,024 on 4,096 slots: 256 diagonals in 4 blocks.
 *
 * @throws 'shape-mismatch' if rows or columns, padded, exceed the slots, or the values do not fill the matrix
 */
export function prepareDenseMatrix(slots: number, matrix: Matrix, options: TransformOptions = {}): DenseMatrix {
  const { rows, columns, values } = checked(slots, matrix);
  const stride = powerOfTwo(rows);
  const blocks = Math.min(slots / stride, powerOfTwo(columns));
  const width = powerOfTwo(columns) / blocks;
  const inputIndex = Int32Array.from({ length: slots }, (_, t) => {
    const index = width * (Math.floor(t / stride) % blocks) + (t % width);
    return index < columns ? index : -1;
  });
  const weight = (t: number, d: number): number => {
    const [row, column] = [t % stride, inputIndex[(t + d) % slots]!];
    return row < rows && column >= 0 ? values[row * columns + column]! : 0;
  };
  const diagonals = Array.from({ length: width }, (_, d) =>
    Float64Array.from({ length: slots }, (_, t) => weight(t, d)),
  );
  const transform = prepareLinearTransform(slots, new Map(diagonals.entries()), options);
  const rotations = new Set([...transform.rotations, ...innerSumRotations(slots, { count: blocks, stride })]);
  return {
    rows,
    columns,
    slots,
    inputIndex,
    transform,
    blocks,
    stride,
    rotations: [...rotations].sort((a, b) => a - b),
  };
}

/** The vector as `multiplyDense` wants it. @throws 'shape-mismatch' */
export function packDense(matrix: DenseMatrix, x: ArrayLike<number>): Float64Array {
  if (x.length !== matrix.columns) throw shape('the vector does not fit the matrix', x.length, matrix.columns);
  return Float64Array.from(matrix.inputIndex, (index) => (index < 0 ? 0 : x[index]!));
}

/**
 * M x for one vector. Slot t of the result holds y[t mod R], R = rows padded to a power of two: y lies in the first
 * slots and again in every further block.
 *
 * Levels: 1. Keys: `matrix.rotations`. Cost: about 2 sqrt(D) + log2(B) rotations and D plaintext products.
 * Precision: 26 bits in the worst slot for 1,024 x 1,024 weights of size 1, n = 8192, scale 2^45.
 * GAZELLE's hybrid of diagonals and row sums (eprint 2018/073), with all slots in use.
 */
export function multiplyDense<C>(ev: Evaluator<C>, matrix: DenseMatrix, x: C): C {
  const partial = linearTransform(ev, matrix.transform, x);
  return innerSum(ev, [partial], { count: matrix.blocks, stride: matrix.stride })[0]!;
}

/** A matrix with several of its rows, one behind the other, in each plaintext. */
export interface RowMatrix {
  readonly rows: number;
  readonly columns: number;
  /** Slots of one row: columns padded to a power of two. Row i is in plaintext floor(i / perPlaintext). */
  readonly width: number;
  readonly perPlaintext: number;
  readonly plaintexts: PlainRows;
  readonly rotations: readonly number[];
}

/** @throws 'shape-mismatch' as prepareDenseMatrix */
export function prepareRowMatrix(slots: number, matrix: Matrix): RowMatrix {
  const { rows, columns, values } = checked(slots, matrix);
  const width = powerOfTwo(columns);
  const perPlaintext = slots / width;
  const plaintext = (first: number): Float64Array =>
    Float64Array.from({ length: slots }, (_, t) => {
      const [row, column] = [first + Math.floor(t / width), t % width];
      return row < rows && column < columns ? values[row * columns + column]! : 0;
    });
  const count = Math.ceil(rows / perPlaintext);
  const plainRows = Array.from({ length: count }, (_, p) => [{ from: 0, weight: plaintext(p * perPlaintext) }]);
  const rotations = innerSumRotations(slots, { count: width });
  return { rows, columns, width, perPlaintext, plaintexts: { inputs: 1, rows: plainRows }, rotations };
}

/** x again and again, each padded to the row's width, in all slots. @throws 'shape-mismatch' */
export function packRows(slots: number, { columns, width }: RowMatrix, x: ArrayLike<number>): Float64Array {
  if (x.length !== columns) throw shape('the vector does not fit the matrix', x.length, columns);
  return Float64Array.from({ length: slots }, (_, t) => (t % width < columns ? x[t % width]! : 0));
}

/**
 * M x in row layout: for few rows. Slot (i mod perPlaintext) * width of result floor(i / perPlaintext) holds y[i]; with
 * one row per plaintext every slot does, which is what the column layout takes. Other slots hold numbers of no use.
 *
 * Levels: 1. Keys: `matrix.rotations`. Cost: rows / perPlaintext plaintext products, log2(width) rotations each.
 * "Dense vector, row major" of LoLa (Brutzkus et al., ICML 2019).
 */
export function multiplyRows<C>(ev: Evaluator<C>, matrix: RowMatrix, x: C): C[] {
  return innerSum(ev, ev.linearPlain([x], matrix.plaintexts), { count: matrix.width });
}

/**
 * The columns of a matrix as plaintexts, for `multiplyColumns`.
 * @throws 'shape-mismatch' as prepareDenseMatrix
 */
export function prepareColumnMatrix(slots: number, matrix: Matrix): PlainRows {
  const { rows, columns, values } = checked(slots, matrix);
  const column = (j: number): Float64Array => Float64Array.from({ length: rows }, (_, i) => values[i * columns + j]!);
  return { inputs: columns, rows: [Array.from({ length: columns }, (_, j) => ({ from: j, weight: column(j) }))] };
}

/**
 * M x in column layout: ciphertext j of x holds x[j] in (at least) the first `rows` slots, the result y[i] in slot i.
 *
 * Levels: 1. Keys: none. Cost: one plaintext product per column, no rotation. "Column major" of LoLa.
 */
export const multiplyColumns = <C>(ev: Evaluator<C>, matrix: PlainRows, xs: readonly C[]): C =>
  ev.linearPlain(xs, matrix)[0]!;

const powerOfTwo = (x: number): number => 2 ** Math.ceil(Math.log2(x));

function checked(slots: number, matrix: Matrix): Matrix {
  const { rows, columns, values } = matrix;
  if (!(rows >= 1 && columns >= 1 && powerOfTwo(rows) <= slots && powerOfTwo(columns) <= slots))
    throw shape('the matrix does not fit the slots', `${rows} x ${columns}`, `at most ${slots} each, padded`);
  if (values.length !== rows * columns) throw shape('the values do not fill the matrix', values.length, rows * columns);
  return matrix;
}

const shape = (summary: string, met: unknown, wanted: unknown): HesperError =>
  new HesperError('shape-mismatch', summary, {
    met,
    wanted,
    remedy: 'Cut the matrix into tiles, or use a larger ring',
  });
