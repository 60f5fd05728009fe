import type { Evaluator } from '../../evaluator/evaluator.ts';
import type { LinearRows } from '../../evaluator/verbs.ts';
import { lowerAffine } from '../../ops/affine.ts';
import type { QuantizedLinear } from '../stages.ts';
import type { Step } from '../structure.ts';
import { pay } from './pay.ts';

/** Rows of the second matrix, and the squares they are made of, all or a part. */
export interface Tile {
  readonly rows: readonly number[];
  /** Squares that are held together. More than one list: the rows are sums over all of them. */
  readonly chunks: readonly (readonly number[])[];
}

/** Linear, square, linear, tile after tile. */
export interface TiledRun {
  readonly first: QuantizedLinear;
  readonly second: QuantizedLinear;
  readonly steps: readonly [Step, Step, Step];
  readonly tiles: readonly Tile[];
  readonly length: 3;
}

/**
 * Groups of rows whose columns no other group reads, at most `most` columns in each; rows that need more together are
 * summed up in chunks. Columns that no row reads are in none.
 */
export function tileOf(rows: LinearRows, most: number): Tile[] {
  const tiles: Tile[] = [];
  let open: { rows: number[]; columns: number[] } = { rows: [], columns: [] };
  const close = (): void => {
    if (open.rows.length > 0) tiles.push({ rows: open.rows, chunks: [open.columns] });
    open = { rows: [], columns: [] };
  };
  for (const component of componentsOf(rows)) {
    if (component.columns.length > most) {
      tiles.push({ rows: component.rows, chunks: cut(component.columns, most) });
      continue;
    }
    if (open.columns.length + component.columns.length > most) close();
    open.rows.push(...component.rows);
    open.columns.push(...component.columns);
  }
  close();
  return tiles;
}

interface Component {
  readonly rows: number[];
  readonly columns: number[];
}

/** Rows that share columns, directly or over others, in the order of their first row. */
function componentsOf(rows: LinearRows): Component[] {
  const root = Int32Array.from({ length: rows.inputs }, (_, c) => c);
  const find = (c: number): number => {
    let at = c;
    while (root[at] !== at) at = root[at] = root[root[at]!]!;
    return at;
  };
  for (let r = 0; r < rows.outputs; r++) {
    for (let k = rows.rowStart[r]! + 1; k < rows.rowStart[r + 1]!; k++)
      root[find(rows.columns[k]!)] = find(rows.columns[k - 1]!);
  }
  const found = new Map<number, Component>();
  for (let r = 0; r < rows.outputs; r++) {
    const start = rows.rowStart[r]!;
    const key = start === rows.rowStart[r + 1] ? -1 - r : find(rows.columns[start]!);
    if (!found.has(key)) found.set(key, { rows: [], columns: [] });
    found.get(key)!.rows.push(r);
  }
  const used = new Set(rows.columns);
  for (let c = 0; c < rows.inputs; c++) if (used.has(c)) found.get(find(c))!.columns.push(c);
  // Rows of a bias only need some ciphertext to take their size from.
  for (const { columns } of found.values()) if (columns.length === 0) columns.push(0);
  return [...found.values()];
}

const cut = (list: readonly number[], most: number): number[][] =>
  Array.from({ length: Math.ceil(list.length / most) }, (_, i) => list.slice(i * most, (i + 1) * most));

export function runTiled<C>(ev: Evaluator<C>, { first, second, steps, tiles }: TiledRun, cts: readonly C[]): C[] {
  const out: C[] = [];
  for (const tile of tiles) {
    const sums = tile.chunks.map((columns) => (): C[] => {
      const { inputs, layer } = partOf(first, columns, null);
      const squares = ev.squareAll(
        pay(
          ev,
          steps[0],
          lowerAffine(
            ev,
            inputs.map((i) => cts[i]!),
            layer,
          ),
        ),
        undefined,
      );
      return ev.linear(pay(ev, steps[1], squares), partOf(second, tile.rows, columns).layer.rows);
    });
    let total = sums[0]!();
    for (const next of sums.slice(1)) total = ev.linear([...total, ...next()], pairSums(tile.rows.length));
    const bias = tile.rows.map((r) => second.bias[r]!);
    const biased = bias.every((b) => b === 0) ? total : ev.addPlain(total, bias);
    pay(ev, steps[2], biased).forEach((ct, i) => {
      out[tile.rows[i]!] = ct;
    });
  }
  return out;
}

/**
 * Some rows of a layer over some of its columns, all of them that are used if none are named. `inputs`: the columns, in the
 * order of the new matrix; at least one, so that a sum of nothing has a size.
 */
export function partOf(
  { names, rows, bias, bits }: QuantizedLinear,
  keep: readonly number[],
  columns: readonly number[] | null,
): { inputs: readonly number[]; layer: QuantizedLinear } {
  const entries = keep.map((r) => range(rows.rowStart[r]!, rows.rowStart[r + 1]!));
  const inputs = columns?.length ? columns : usedColumns(rows, entries.flat());
  const place = new Map(inputs.map((c, i) => [c, i]));
  const kept = entries.map((list) => list.filter((k) => place.has(rows.columns[k]!)));
  const rowStart = new Int32Array(keep.length + 1);
  kept.forEach((list, r) => {
    rowStart[r + 1] = rowStart[r]! + list.length;
  });
  const flat = kept.flat();
  const part: LinearRows = {
    outputs: keep.length,
    inputs: inputs.length,
    rowStart,
    columns: Int32Array.from(flat, (k) => place.get(rows.columns[k]!)!),
    values: Int32Array.from(flat, (k) => rows.values[k]!),
    scale: rows.scale,
  };
  return { inputs, layer: { kind: 'linear', names, rows: part, bias: keep.map((r) => bias[r]!), bits } };
}

function usedColumns(rows: LinearRows, entries: readonly number[]): number[] {
  const used = [...new Set(entries.map((k) => rows.columns[k]!))].sort((a, b) => a - b);
  return used.length > 0 ? used : [0];
}

/** out[i] = in[i] + in[i + count]. */
function pairSums(count: number): LinearRows {
  const columns = Int32Array.from({ length: 2 * count }, (_, k) => (k >> 1) + (k & 1 ? count : 0));
  const rowStart = Int32Array.from({ length: count + 1 }, (_, r) => 2 * r);
  return { outputs: count, inputs: 2 * count, rowStart, columns, values: new Int32Array(2 * count).fill(1), scale: 1 };
}

const range = (start: number, end: number): number[] => Array.from({ length: end - start }, (_, i) => start + i);
