import { rotationOf } from './check.ts';
import type { LinearRows, Plain, PlainTerm } from './verbs.ts';

/** Slots per block: one block of a thousand columns stays in the second-level cache. */
const BLOCK = 128;

/** out[r] = sum over the row's entries of values / scale times column: [inputs][slots] -> [outputs][slots]. */
export function linearColumns(columns: readonly Float64Array[], rows: LinearRows, slots: number): Float64Array[] {
  const out = Array.from({ length: rows.outputs }, () => new Float64Array(slots));
  const weights = Float64Array.from(rows.values, (value) => value / rows.scale);
  for (let start = 0; start < slots; start += BLOCK) {
    const end = Math.min(start + BLOCK, slots);
    for (let r = 0; r < rows.outputs; r++) addRow(out[r]!, columns, rows, weights, r, start, end);
  }
  return out;
}

function addRow(
  out: Float64Array,
  columns: readonly Float64Array[],
  rows: LinearRows,
  weights: Float64Array,
  row: number,
  start: number,
  end: number,
): void {
  const last = rows.rowStart[row + 1]!;
  let k = rows.rowStart[row]!;
  for (; k + 4 <= last; k += 4) {
    const { columns: at } = rows;
    addFour(
      out,
      columns[at[k]!]!,
      columns[at[k + 1]!]!,
      columns[at[k + 2]!]!,
      columns[at[k + 3]!]!,
      weights,
      k,
      start,
      end,
    );
  }
  for (; k < last; k++) addOne(out, columns[rows.columns[k]!]!, weights[k]!, start, end);
}

function addFour(
  out: Float64Array,
  a: Float64Array,
  b: Float64Array,
  c: Float64Array,
  d: Float64Array,
  weights: Float64Array,
  k: number,
  start: number,
  end: number,
): void {
  const wa = weights[k]!;
  const wb = weights[k + 1]!;
  const wc = weights[k + 2]!;
  const wd = weights[k + 3]!;
  for (let j = start; j < end; j++) {
    out[j] = out[j]! + (wa * a[j]! + wb * b[j]!) + (wc * c[j]! + wd * d[j]!);
  }
}

function addOne(out: Float64Array, a: Float64Array, weight: number, start: number, end: number): void {
  for (let j = start; j < end; j++) out[j] = out[j]! + weight * a[j]!;
}

export const squared = (a: Float64Array): Float64Array => product(a, a);

export function product(a: Float64Array, b: Float64Array): Float64Array {
  const out = new Float64Array(a.length);
  for (let j = 0; j < out.length; j++) out[j] = a[j]! * b[j]!;
  return out;
}

/** Plus one number, or one for each slot; a short vector is filled up with zeros. */
export function shifted(a: Float64Array, by: number | Float64Array): Float64Array {
  if (typeof by === 'number') return a.map((value) => value + by);
  const out = a.slice();
  addTo(out, by);
  return out;
}

/** sum += a, whose missing slots are zeros. */
export function addTo(sum: Float64Array, a: Float64Array): void {
  for (let j = 0; j < a.length; j++) sum[j] = sum[j]! + a[j]!;
}

/** Slot k of the result is slot k + step, around the end. */
export function rotated(a: Float64Array, step: number): Float64Array {
  const by = rotationOf(step, a.length);
  const out = new Float64Array(a.length);
  out.set(a.subarray(by));
  out.set(a.subarray(0, by), a.length - by);
  return out;
}

/** One row of `linearPlain`: the sum of weight times column. */
export function linearPlainColumns(
  columns: readonly Float64Array[],
  row: readonly PlainTerm[],
  realOf: (weight: Plain) => number | Float64Array,
  slots: number,
): Float64Array {
  const out = new Float64Array(slots);
  for (const { from, weight } of row) {
    const [factor, a] = [realOf(weight), columns[from]!];
    if (typeof factor === 'number') for (let j = 0; j < slots; j++) out[j] = out[j]! + factor * a[j]!;
    else for (let j = 0; j < factor.length; j++) out[j] = out[j]! + factor[j]! * a[j]!;
  }
  return out;
}
