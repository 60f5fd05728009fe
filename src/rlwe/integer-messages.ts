import { balancedResidue } from '../ring/modulus.ts';
import { signedDigits } from '../ring/signed-digits.ts';
import type { Scratch } from './buffers.ts';
import type { Context } from './context.ts';
import { INTEGER_GROUP, type IntegerColumn, type IntegerLayout } from './integers.ts';
import { ONLY_PRIME } from './plain-ring.ts';

/**
 * Writes the message parts of some ciphertexts, as many as columns and at most 32: round(Q m / t), coefficient form, over
 * the primes of the level.
 */
export type Lift = (out: Int32Array, columns: readonly IntegerColumn[]) => void;

/** Working memory comes from `scratch`, which has to be a secret one. Columns have to be checked ones. */
export const lifting = (context: Context, t: number, layout: IntegerLayout, scratch: Scratch): Lift =>
  layout.encoding === 'slots'
    ? liftingSlots(context, t, layout.level, scratch)
    : liftingDigits(context, t, layout.level, scratch);

function liftingSlots(context: Context, t: number, level: number, scratch: Scratch): Lift {
  const { kernel, ring, n } = context;
  const memory = scratch.list(INTEGER_GROUP, n);
  return (out, columns) => {
    const rows = memory.subarray(0, columns.length);
    writeSlots(context, t, rows, columns);
    kernel.liftPlain(ring, out, rows, context.basis(level), t);
  };
}

/** Few coefficients of a message are not zero, and those are of two kinds: nothing here takes n steps a column. */
function liftingDigits(context: Context, t: number, level: number, scratch: Scratch): Lift {
  const { kernel, ring, n } = context;
  const basis = context.basis(level);
  const unit = liftedOne(context, t, level);
  const zeros = scratch.list(1, basis.length * n);
  kernel.write(zeros[0]!, 0, new Float64Array(basis.length * n));
  return (out, columns) => {
    const { start, positions, signs } = digitsOf(columns);
    const values = Float64Array.from({ length: signs.length * unit.length }, (_, i) => {
      return signs[Math.floor(i / unit.length)]! * unit[i % unit.length]!;
    });
    const none = new Int32Array(out.length).fill(zeros[0]!);
    kernel.addSparse(ring, out, none, start, positions, values, basis, 1);
    values.fill(0);
    positions.fill(0);
  };
}

/** round(Q / t) modulo the primes of a level; for -1 it is the negative. */
export function liftedOne(context: Context, t: number, level: number): Float64Array {
  const q = context.modulus(level);
  const unit = (q - BigInt(balancedResidue(q, t))) / BigInt(t);
  return Float64Array.from(context.basis(level), (i) => balancedResidue(unit, context.parameters.dataPrimes[i]!));
}

/** The signed digits of columns of one integer, in compressed rows. */
export function digitsOf(columns: readonly IntegerColumn[]): {
  start: Int32Array;
  positions: Int32Array;
  signs: Int8Array;
} {
  const all = columns.map((column) => signedDigits(column[0]!));
  const start = new Int32Array(columns.length + 1);
  all.forEach(({ positions }, i) => {
    start[i + 1] = start[i]! + positions.length;
  });
  return {
    start,
    positions: Int32Array.from(all.flatMap(({ positions }) => positions)),
    signs: Int8Array.from(all.flatMap(({ signs }) => signs)),
  };
}

/**
 * Columns of at most n integers to the polynomials modulo t that have them in their slots: n balanced coefficients
 * each; missing slots are zeros. @throws 'invalid-argument' for a modulus not suited to batching
 */
export function writeSlots(context: Context, t: number, rows: Int32Array, columns: readonly IntegerColumn[]): void {
  const { kernel, n } = context;
  const { ring, places } = context.plainRing(t);
  const row = new Float64Array(n);
  columns.forEach((column, i) => {
    if (column.length < n) row.fill(0);
    if (Array.isArray(column)) placeBigInts(row, column, places, t);
    else placeNumbers(row, column as Float64Array | Int32Array, places, t);
    kernel.write(rows[i]!, 0, row);
  });
  row.fill(0);
  kernel.nttInverse(ring, rows.subarray(0, columns.length), ONLY_PRIME, 1);
}

function placeNumbers(row: Float64Array, column: Float64Array | Int32Array, places: Int32Array, t: number): void {
  const half = (t - 1) / 2;
  for (let j = 0; j < column.length; j++) {
    const x = column[j]! + 0; // no negative zeros
    row[places[j]!] = x <= half && x >= -half ? x : balanced(x, t);
  }
}

function placeBigInts(row: Float64Array, column: readonly bigint[], places: Int32Array, t: number): void {
  column.forEach((x, j) => {
    row[places[j]!] = balancedResidue(x, t);
  });
}

/** A safe integer modulo t, within t / 2. */
function balanced(x: number, t: number): number {
  const r = x % t;
  const half = (t - 1) / 2;
  if (r > half) return r - t;
  return r < -half ? r + t : r;
}

/** The reverse of `writeSlots`: the n integers, balanced, in the slots of each polynomial. The rows are used up. */
export function readSlots(context: Context, t: number, rows: Int32Array): Float64Array[] {
  const { kernel, n } = context;
  const { ring, places } = context.plainRing(t);
  kernel.nttForward(ring, rows, ONLY_PRIME, 1);
  const row = new Float64Array(n);
  const out = Array.from(rows, (handle) => {
    kernel.read(handle, 0, row);
    const slots = new Float64Array(n);
    for (let j = 0; j < n; j++) slots[j] = row[places[j]!]!;
    return slots;
  });
  row.fill(0);
  return out;
}
