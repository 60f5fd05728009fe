import { fill, inGroups, withScratch } from '../../rlwe/buffers.ts';
import { handles } from '../../rlwe/ciphertext.ts';
import type { Context } from '../../rlwe/context.ts';
import type { Each } from '../../rlwe/lists.ts';
import { Plaintext } from '../../rlwe/plaintext.ts';
import {
  type Column,
  type ComplexColumn,
  checkSlots,
  decodeRows,
  type Encoding,
  encodeRows,
  withDefaults,
} from '../../rlwe/slots.ts';

const GROUP = 32;

const NO_IMAGINARY = new Float64Array(0);

/**
 * Slot vectors to plaintexts, one each: slot j is the value of the polynomial at zeta^(c^j), zeta = exp(i pi / n), c the
 * rotation generator
 * (canonical embedding, eprint 2016/421). Rounding errs by at most 1/2 a coefficient: `encodingError`.
 *
 * @param columns at most n / 2 finite values each, real (`Float64Array`) or complex (`{ re, im }`, of one length);
 *   missing slots are zeros
 * @throws 'shape-mismatch', 'non-finite-value', 'scale-overflow', 'out-of-memory'
 */
export function encode<const T extends readonly Column[]>(
  context: Context<'ckks'>,
  columns: T,
  options: Encoding = {},
): Each<T, Plaintext<'ckks'>> {
  const encoding = withDefaults(context, options);
  checkSlots(context, columns, encoding);
  const all = fill<Plaintext<'ckks'>>([], (made) => {
    for (const _ of columns) made.push(new Plaintext(context, encoding));
    inGroups(made.length, GROUP, (start, end) => {
      encodeGroup(context, made.slice(start, end), columns.slice(start, end), encoding);
    });
  });
  return all as Each<T, Plaintext<'ckks'>>;
}

function encodeGroup(
  context: Context<'ckks'>,
  made: readonly Plaintext<'ckks'>[],
  columns: readonly Column[],
  { level, scale }: Required<Encoding>,
): void {
  const { kernel, ring, n } = context;
  const basis = context.basis(level);
  withScratch(kernel, { secret: true }, (scratch) => {
    const rows = scratch.list(made.length, n);
    encodeRows(context, rows, columns, scale);
    kernel.spread(ring, handles(made), rows, basis);
    kernel.nttForward(ring, handles(made), basis, 1);
  });
}

/** The reverse: the real parts of the n / 2 slots of each plaintext. @throws 'disposed' */
export const decode = (plaintexts: readonly Plaintext<'ckks'>[]): Float64Array[] =>
  plaintexts.map((plaintext) => {
    const re = new Float64Array(plaintext.context.n / 2);
    decodeInto(plaintext, re, NO_IMAGINARY);
    return re;
  });

/** The n / 2 complex slots of each plaintext. @throws 'disposed' */
export const decodeComplex = (plaintexts: readonly Plaintext<'ckks'>[]): ComplexColumn[] =>
  plaintexts.map((plaintext) => {
    const slots = plaintext.context.n / 2;
    const column = { re: new Float64Array(slots), im: new Float64Array(slots) };
    decodeInto(plaintext, column.re, column.im);
    return column;
  });

function decodeInto(plaintext: Plaintext<'ckks'>, re: Float64Array, im: Float64Array): void {
  const { context, level, scale } = plaintext;
  const { kernel, ring, n } = context;
  const basis = context.basis(level);
  withScratch(kernel, { secret: true }, (scratch) => {
    const element = scratch.list(1, basis.length * n);
    const row = scratch.list(1, n);
    kernel.extractPart(ring, element, handles([plaintext]), basis, 1, 0);
    kernel.nttInverse(ring, element, basis, 1);
    kernel.compose(ring, row, element, basis);
    decodeRows(context, re, im, row, scale);
  });
}

/**
 * Bound and standard deviation of what encoding adds to one slot. Bound: n coefficients err by 1/2 at most each, and
 * the FFT by 2^-49 log2(n) max|value| n at most. Deviation: n uniform errors of variance 1/12. In real
 * slots they are mirrored as the coefficients are, so that all of it is in the real part; in complex slots each part
 * has 1 / sqrt(2) of it.
 */
export function encodingError(n: number, scale: number, max: number): { bound: number; deviation: number } {
  return { bound: n / (2 * scale) + 2 ** -49 * Math.log2(n) * n * max, deviation: Math.sqrt(n / 12) / scale };
}
