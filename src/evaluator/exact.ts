import { linearColumns, rotated } from './columns.ts';
import type { LinearRows } from './verbs.ts';

/**
 * Integers of any size, one per slot, exactly and at the speed of doubles: slot j is the sum over p of
 * planes[p][j] * 2^(22 p). Entries are integers of either sign below 2^53; most lists need one plane.
 */
export interface Exact {
  readonly planes: readonly Float64Array[];
  /** Largest |entry| of any plane. */
  readonly entry: number;
}

const BITS = 22;
const RADIX = 2 ** BITS;
/** Largest |entry| of a plane with carries passed on. */
const DIGIT = RADIX / 2;
/** Sums below this are exact in doubles, whatever the order of their terms. */
const LIMIT = 2 ** 53;

/** From integers; those beyond 2^53 as bigint. */
export function exactOf(values: ArrayLike<number> | readonly bigint[], slots: number): Exact {
  const planes = [new Float64Array(slots)];
  for (let j = 0; j < values.length; j++) {
    const value = values[j]!;
    if (typeof value === 'number') planes[0]![j] = value;
    else if (value < LIMIT && value > -LIMIT) planes[0]![j] = Number(value);
    else spread(value, planes, j);
  }
  return measured(planes);
}

function spread(value: bigint, planes: Float64Array[], slot: number): void {
  let rest = value;
  for (let p = 0; rest !== 0n; p++) {
    planes[p] ??= new Float64Array(planes[0]!.length);
    const digit = BigInt.asIntN(BITS, rest);
    planes[p]![slot] = Number(digit);
    rest = (rest - digit) >> BigInt(BITS);
  }
}

export const constant = (value: bigint, slots: number): Exact => {
  const { planes, entry } = exactOf([value], 1);
  return { planes: planes.map((plane) => new Float64Array(slots).fill(plane[0]!)), entry };
};

export const toBigints = ({ planes }: Exact): bigint[] =>
  Array.from(planes[0]!, (_, j) => planes.reduceRight((sum, plane) => (sum << BigInt(BITS)) + BigInt(plane[j]!), 0n));

/** Nearest doubles, but for one rounding more per plane. */
export function toDoubles({ planes }: Exact): Float64Array {
  const out = planes[planes.length - 1]!.slice();
  for (let p = planes.length - 2; p >= 0; p--)
    for (let j = 0; j < out.length; j++) out[j] = out[j]! * RADIX + planes[p]![j]!;
  return out;
}

/** Largest |value|. */
export const largestOf = (a: Exact): bigint =>
  a.planes.length === 1
    ? BigInt(a.entry)
    : toBigints(a).reduce((most, value) => (value > most ? value : -value > most ? -value : most), 0n);

export const sum = (a: Exact, b: Exact): Exact =>
  a.entry + b.entry < LIMIT ? planewise(a, b) : planewise(carried(a), carried(b));

function planewise(a: Exact, b: Exact): Exact {
  const [long, short] = a.planes.length < b.planes.length ? [b, a] : [a, b];
  const planes = long.planes.map((plane, p) => {
    const other = short.planes[p];
    return other ? plane.map((value, j) => value + other[j]!) : plane;
  });
  return settled(planes);
}

export function product(a: Exact, b: Exact): Exact {
  if (a.planes.length === 1 && b.planes.length === 1 && a.entry * b.entry < LIMIT)
    return measured([multiplied(a.planes[0]!, b.planes[0]!)]);
  const [low, other] = [carried(a), carried(b)];
  const planes = Array.from(
    { length: low.planes.length + other.planes.length - 1 },
    () => new Float64Array(a.planes[0]!.length),
  );
  low.planes.forEach((x, p) => {
    other.planes.forEach((y, q) => {
      addProduct(planes[p + q]!, x, y);
    });
  });
  return settled(planes);
}

function multiplied(a: Float64Array, b: Float64Array): Float64Array {
  const out = new Float64Array(a.length);
  addProduct(out, a, b);
  return out;
}

function addProduct(out: Float64Array, a: Float64Array, b: Float64Array): void {
  for (let j = 0; j < out.length; j++) out[j] = out[j]! + a[j]! * b[j]!;
}

/** Weighted sums by `rows.values`: one output per row. */
export function weightedSums(list: readonly Exact[], rows: LinearRows, slots: number): Exact[] {
  const whole = { ...rows, scale: 1 };
  const heaviest = heaviestRow(rows);
  const entry = list.reduce((most, a) => Math.max(most, a.entry), 0);
  if (heaviest * entry < LIMIT) return planeSums(list, whole, slots);
  const low = list.map(carried);
  if (heaviest * DIGIT < LIMIT) return planeSums(low, whole, slots);
  const { rows: pieces, starts } = piecesOf(whole, LIMIT / DIGIT - 1);
  const parts = planeSums(low, pieces, slots).map(carried);
  return starts.map((start, r) => parts.slice(start, starts[r + 1] ?? parts.length).reduce(sum));
}

function planeSums(list: readonly Exact[], rows: LinearRows, slots: number): Exact[] {
  const height = list.reduce((most, { planes }) => Math.max(most, planes.length), 1);
  const zeros = new Float64Array(slots);
  const planes = Array.from({ length: height }, (_, p) =>
    linearColumns(
      list.map((a) => a.planes[p] ?? zeros),
      rows,
      slots,
    ),
  );
  return Array.from({ length: rows.outputs }, (_, r) => settled(planes.map((plane) => plane[r]!)));
}

function heaviestRow({ outputs, rowStart, values }: LinearRows): number {
  let heaviest = 0;
  for (let r = 0; r < outputs; r++) {
    let weight = 0;
    for (let k = rowStart[r]!; k < rowStart[r + 1]!; k++) weight += Math.abs(values[k]!);
    heaviest = Math.max(heaviest, weight);
  }
  return heaviest;
}

/** The rows cut where the absolute weights come to more than `most`; `starts`: the first piece of each row. */
function piecesOf(rows: LinearRows, most: number): { readonly rows: LinearRows; readonly starts: readonly number[] } {
  const rowStart = [0];
  const starts: number[] = [];
  for (let r = 0; r < rows.outputs; r++) {
    starts.push(rowStart.length - 1);
    let weight = 0;
    for (let k = rows.rowStart[r]!; k < rows.rowStart[r + 1]!; k++) {
      const next = Math.abs(rows.values[k]!);
      if (weight + next > most) rowStart.push(k);
      weight = weight + next > most ? next : weight + next;
    }
    rowStart.push(rows.rowStart[r + 1]!);
  }
  return { rows: { ...rows, outputs: rowStart.length - 1, rowStart: Int32Array.from(rowStart) }, starts };
}

/** Two halves, each turned by itself; or exchanged. */
export const turnedRows = (a: Exact, step: number): Exact =>
  onHalves(a, ([x, y]) => [rotated(x, step), rotated(y, step)]);

export const exchangedRows = (a: Exact): Exact => onHalves(a, ([x, y]) => [y, x]);

type Halves = readonly [Float64Array, Float64Array];

function onHalves({ planes, entry }: Exact, change: (halves: Halves) => Halves): Exact {
  const half = planes[0]!.length / 2;
  const changed = planes.map((plane) => {
    const [x, y] = change([plane.subarray(0, half), plane.subarray(half)]);
    const out = new Float64Array(2 * half);
    out.set(x);
    out.set(y, half);
    return out;
  });
  return { planes: changed, entry };
}

/** One plane where the values fit one. */
function settled(planes: readonly Float64Array[]): Exact {
  const entries = planes.map(entryOf);
  const used = entries.findLastIndex((entry) => entry > 0) + 1;
  const bound = entries.reduceRight((total, entry) => total * RADIX + entry, 0);
  if (bound >= LIMIT) return { planes: planes.slice(0, used), entry: Math.max(...entries) };
  return measured([toDoubles({ planes: planes.slice(0, Math.max(1, used)), entry: 0 })]);
}

const measured = (planes: readonly Float64Array[]): Exact => ({ planes, entry: Math.max(...planes.map(entryOf)) });

function entryOf(plane: Float64Array): number {
  let most = 0;
  for (let j = 0; j < plane.length; j++) most = Math.max(most, Math.abs(plane[j]!));
  return most;
}

/** Entries of at most 2^21. */
function carried(a: Exact): Exact {
  if (a.entry <= DIGIT) return a;
  const planes: Float64Array[] = [];
  let carry = new Float64Array(a.planes[0]!.length);
  for (let p = 0; p < a.planes.length || entryOf(carry) > 0; p++) {
    const plane = carry.slice();
    const own = a.planes[p];
    const next = new Float64Array(plane.length);
    for (let j = 0; j < plane.length; j++) {
      // The carry is small beside the limit, but their sum may pass it: both are carried by themselves.
      const high = own ? Math.round(own[j]! / RADIX) : 0;
      const low = plane[j]! + (own ? own[j]! - high * RADIX : 0);
      const more = Math.round(low / RADIX);
      plane[j] = low - more * RADIX;
      next[j] = high + more;
    }
    planes.push(plane);
    carry = next;
  }
  return { planes, entry: DIGIT };
}
