import type { Evaluator } from '../evaluator/evaluator.ts';
import type { LinearRows } from '../evaluator/verbs.ts';

/**
 * y = A x + b over flattened tensors (row-major). A is row-compressed, real, [outputs, inputs]; zeros are not stored
 * and each row's columns ascend.
 */
export interface Affine {
  readonly outputs: number;
  readonly inputs: number;
  readonly rowStart: Int32Array;
  readonly columns: Int32Array;
  readonly values: Float64Array;
  /** One number per output. */
  readonly bias: Float64Array;
}

/** An affine map whose weights were rounded to integers: what a linear layer runs on. */
export interface IntegerAffine {
  readonly rows: LinearRows;
  readonly bias: readonly number[];
}

/** The lowering of every linear operator with one feature per ciphertext: one GEMM, one addition of constants. */
export function lowerAffine<C>(ev: Evaluator<C>, cts: readonly C[], { rows, bias }: IntegerAffine): C[] {
  const sums = ev.linear(cts, rows);
  return bias.every((b) => b === 0) ? sums : ev.addPlain(sums, bias);
}

export type Term = readonly [column: number, weight: number];

/** From the terms of each row, in any order; equal columns are summed, zero weights left out. */
export function affineFromRows(inputs: number, rows: readonly (readonly Term[])[], bias: Float64Array): Affine {
  const merged = rows.map(mergeTerms);
  const rowStart = new Int32Array(rows.length + 1);
  for (let r = 0; r < rows.length; r++) rowStart[r + 1] = rowStart[r]! + merged[r]!.length;
  const flat = merged.flat();
  const columns = Int32Array.from(flat, (term) => term[0]);
  const values = Float64Array.from(flat, (term) => term[1]);
  return { outputs: rows.length, inputs, rowStart, columns, values, bias };
}

function mergeTerms(terms: readonly Term[]): Term[] {
  const sums = new Map<number, number>();
  for (const [column, weight] of terms) sums.set(column, (sums.get(column) ?? 0) + weight);
  return [...sums].filter((term) => term[1] !== 0).sort((a, b) => a[0] - b[0]);
}

/** Every output is one input: padding, reordering. -1 is a constant zero. */
export function selection(inputs: number, from: readonly number[]): Affine {
  const rows = from.map((column): Term[] => (column < 0 ? [] : [[column, 1]]));
  return affineFromRows(inputs, rows, new Float64Array(from.length));
}

/** second(first(x)) as one map. */
export function compose(first: Affine, second: Affine): Affine {
  const dense = new Float64Array(first.inputs);
  const bias = Float64Array.from(second.bias);
  const rows: Term[][] = [];
  for (let r = 0; r < second.outputs; r++) {
    dense.fill(0);
    for (let k = second.rowStart[r]!; k < second.rowStart[r + 1]!; k++) {
      const via = second.columns[k]!;
      bias[r] = bias[r]! + second.values[k]! * first.bias[via]!;
      addScaledRow(dense, first, via, second.values[k]!);
    }
    rows.push(nonZeros(dense));
  }
  return affineFromRows(first.inputs, rows, bias);
}

function addScaledRow(dense: Float64Array, a: Affine, row: number, factor: number): void {
  for (let k = a.rowStart[row]!; k < a.rowStart[row + 1]!; k++) {
    const column = a.columns[k]!;
    dense[column] = dense[column]! + factor * a.values[k]!;
  }
}

function nonZeros(dense: Float64Array): Term[] {
  const terms: Term[] = [];
  for (let c = 0; c < dense.length; c++) if (dense[c] !== 0) terms.push([c, dense[c]!]);
  return terms;
}

/** A x + b on one flattened input. */
export function applyAffine(a: Affine, x: Float64Array | Float32Array): Float64Array {
  const y = Float64Array.from(a.bias);
  for (let r = 0; r < a.outputs; r++) {
    for (let k = a.rowStart[r]!; k < a.rowStart[r + 1]!; k++) y[r] = y[r]! + a.values[k]! * x[a.columns[k]!]!;
  }
  return y;
}
