import { HesperError } from '../../errors.ts';
import { combiner } from '../../ring/chinese-remainder.ts';
import { valueAtTwo } from '../../ring/signed-digits.ts';
import { inGroups, withScratch } from '../../rlwe/buffers.ts';
import type { Context } from '../../rlwe/context.ts';
import { digitsOf, readSlots, writeSlots } from '../../rlwe/integer-messages.ts';
import {
  checkIntegers,
  INTEGER_GROUP,
  type IntegerColumn,
  type IntegerEncoding,
  type IntegerOptions,
  integerLayout,
} from '../../rlwe/integers.ts';

/**
 * Columns of integers to message polynomials: [modulus][column], n balanced coefficients each. Slots: the polynomial
 * modulo t with these values at the odd powers of a root of unity, two rows of n / 2, rotations turn both.
 * Coefficients: signed binary digits, so that the value at 2 is the integer; the same under every modulus.
 *
 * @param columns slots: at most n integers each, missing ones are zeros; coefficients: exactly one each
 * @throws 'value-out-of-range', 'non-finite-value', 'shape-mismatch', 'invalid-argument' for fractions and for moduli
 *   not suited to batching, 'context-mismatch' under CKKS parameters
 */
export function encodeIntegers(
  context: Context<'bfv'>,
  columns: readonly IntegerColumn[],
  options: Pick<IntegerOptions, 'encoding' | 'moduli' | 'range'> = {},
): Float64Array[][] {
  const { encoding, moduli } = checkIntegers(context, columns, options);
  if (encoding === 'slots') return moduli.map((t) => slotPolynomials(context, t, columns));
  return moduli.map(() => digitPolynomials(context.n, columns));
}

function slotPolynomials(context: Context<'bfv'>, t: number, columns: readonly IntegerColumn[]): Float64Array[] {
  const { kernel, n } = context;
  const out = columns.map(() => new Float64Array(n));
  inGroups(columns.length, INTEGER_GROUP, (start, end) => {
    withScratch(kernel, { secret: true }, (scratch) => {
      const rows = scratch.list(end - start, n);
      writeSlots(context, t, rows, columns.slice(start, end));
      rows.forEach((handle, i) => {
        kernel.read(handle, 0, out[start + i]!);
      });
    });
  });
  return out;
}

function digitPolynomials(n: number, columns: readonly IntegerColumn[]): Float64Array[] {
  const { start, positions, signs } = digitsOf(columns);
  return columns.map((_, i) => {
    const row = new Float64Array(n);
    for (let k = start[i]!; k < start[i + 1]!; k++) row[positions[k]!] = signs[k]!;
    return row;
  });
}

/**
 * The reverse, from polynomials [modulus][column] with balanced coefficients: [column], n integers of (-T/2, T/2) in
 * slot encoding (T the product of the moduli), one integer in coefficient encoding. `moduli` as when encoding.
 * @throws 'shape-mismatch', 'invalid-argument', 'context-mismatch' under CKKS parameters
 */
export function decodeIntegers(
  context: Context<'bfv'>,
  polynomials: readonly (readonly Float64Array[])[],
  options: { readonly encoding?: IntegerEncoding; readonly moduli?: readonly number[] } = {},
): bigint[][] {
  const { encoding, moduli } = integerLayout(context, options);
  requireRows(context.n, polynomials, moduli.length);
  const rows = polynomials.map((list, i) => (encoding === 'slots' ? slotValues(context, moduli[i]!, list) : list));
  const combine = combiner(moduli);
  return rows[0]!.map((first, i) => {
    const integers = Array.from(first, (_, k) => combine(rows.map((list) => list[i]![k]!)));
    return encoding === 'slots' ? integers : [valueAtTwo(integers)];
  });
}

function slotValues(context: Context<'bfv'>, t: number, polynomials: readonly Float64Array[]): Float64Array[] {
  const { kernel, n } = context;
  const out: Float64Array[] = [];
  inGroups(polynomials.length, INTEGER_GROUP, (start, end) => {
    withScratch(kernel, { secret: true }, (scratch) => {
      const rows = scratch.list(end - start, n);
      rows.forEach((handle, i) => {
        kernel.write(handle, 0, polynomials[start + i]!);
      });
      out.push(...readSlots(context, t, rows));
    });
  });
  return out;
}

function requireRows(n: number, polynomials: readonly (readonly Float64Array[])[], moduli: number): void {
  const count = polynomials[0]?.length;
  const fits = polynomials.every((list) => list.length === count && list.every((row) => row.length === n));
  if (fits && polynomials.length === moduli) return;
  throw new HesperError('shape-mismatch', 'these are not polynomials of this context', {
    met: `${polynomials.length} lists`,
    wanted: `${moduli}, one for each modulus, of ${n} coefficients a column`,
    remedy: 'Give what encodeIntegers gave, changed or not',
  });
}
