import { HesperError } from '../errors.ts';
import { requireScale } from './ciphertext.ts';
import type { Context } from './context.ts';
import { fromKernelOrder, toKernelOrder } from './slot-order.ts';

/** One complex number per slot; both arrays of one length. */
export interface ComplexColumn {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/** What one ciphertext or plaintext holds: at most n / 2 real or complex numbers; missing slots are zeros. */
export type Column = Float64Array | ComplexColumn;

/** What a list of slot vectors is encoded with. */
export interface Encoding {
  /**
   * Factor before rounding to integers; the error of a slot is about sqrt(n / 12) / scale. Default: the power of two
   * next to the prime that the first rescaling drops; at level 0, where nothing is left to drop, 2^-8 of that prime.
   */
  readonly scale?: number;
  /** Default: the highest. */
  readonly level?: number;
}

/** Integers above this cannot be spread over the primes exactly (the kernel's `spread`). */
const MAX_COEFFICIENT = 2 ** 90;

/**
 * Checks slot vectors before they are encoded: at most n / 2 finite values each; coefficients are at most
 * scale * max|value|, which must fit half the modulus.
 * @throws 'shape-mismatch', 'non-finite-value', 'scale-overflow', 'invalid-argument', 'context-mismatch' under BFV
 *   parameters
 */
export function checkSlots(context: Context, columns: readonly Column[], { scale, level }: Required<Encoding>): void {
  context.requireScheme('ckks');
  requireScale(scale);
  const limit = Math.min(Number(context.modulus(level)) / 2, MAX_COEFFICIENT);
  if (scale >= limit) throw overflow(`log2(scale) = ${Math.log2(scale).toFixed(1)}`, limit);
  for (const column of columns) {
    const { re, im } = partsOf(column);
    checkLength(re, im, context.parameters.slots);
    const largest = im.length === 0 ? largestOf(re) : Math.hypot(largestOf(re), largestOf(im));
    if (largest >= limit / scale) throw overflow('a value times the scale', limit / scale);
  }
}

const NONE = new Float64Array(0);

/** Real and imaginary parts; the latter empty for real numbers. */
const partsOf = (column: Column): ComplexColumn => (column instanceof Float64Array ? { re: column, im: NONE } : column);

function checkLength(re: Float64Array, im: Float64Array, slots: number): void {
  if (im.length > 0 && re.length !== im.length) {
    throw new HesperError('shape-mismatch', 'a complex vector needs as many imaginary as real parts', {
      met: im.length,
      wanted: re.length,
      remedy: 'Fill the shorter one with zeros',
    });
  }
  if (re.length <= slots) return;
  throw new HesperError('shape-mismatch', 'too many values for one ciphertext', {
    met: re.length,
    wanted: `at most ${slots}`,
    remedy: 'Split the values into batches',
  });
}

/** The largest absolute value. @throws 'non-finite-value' */
function largestOf(values: Float64Array): number {
  let max = 0;
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i]!);
    if (!(size <= Number.MAX_VALUE)) {
      throw new HesperError('non-finite-value', 'a value is NaN or infinite', {
        met: `slot ${i}`,
        wanted: 'finite numbers',
        remedy: 'Clean the data first',
      });
    }
    if (size > max) max = size;
  }
  return max;
}

const overflow = (met: string, limit: number): HesperError =>
  new HesperError('scale-overflow', 'the scaled values do not fit the modulus', {
    met,
    wanted: `below ${limit.toExponential(2)}`,
    remedy: 'Use a smaller scale or a higher level',
  });

/** Arrays of each context, as long as the longest call so far: calls are many, and garbage of this size is slow to go. */
const joined = new WeakMap<Context, { re: Float64Array; im: Float64Array }>();

/**
 * Slot vectors, filled with zeros to n / 2, to rows of n coefficients: the kernel's `encode`, under the rotation
 * generator of the parameters.
 */
export function encodeRows(context: Context, rows: Int32Array, columns: readonly Column[], scale: number): void {
  withJoinedSlots(context, columns, (re, im) => {
    toKernelOrder(context, re, im);
    context.kernel.encode(context.ring, rows, re, im, scale);
  });
}

/** The reverse, n / 2 slots for each row end to end; no imaginary parts into an empty array. */
export function decodeRows(
  context: Context,
  re: Float64Array,
  im: Float64Array,
  rows: Int32Array,
  scale: number,
): void {
  context.kernel.decode(context.ring, re, im, rows, scale);
  fromKernelOrder(context, re, im);
}

/**
 * Hands `body` the vectors end to end, each filled with zeros to n / 2, in arrays that are wiped behind it. The
 * imaginary parts are an empty array if all columns are real.
 */
function withJoinedSlots(
  context: Context,
  columns: readonly Column[],
  body: (re: Float64Array, im: Float64Array) => void,
): void {
  const isComplex = columns.some((column) => !(column instanceof Float64Array));
  const length = (columns.length * context.n) / 2;
  const kept = joined.get(context) ?? { re: NONE, im: NONE };
  joined.set(context, kept);
  if (kept.re.length < length) kept.re = new Float64Array(length);
  if (isComplex && kept.im.length < length) kept.im = new Float64Array(length);
  const re = kept.re.subarray(0, length);
  const im = kept.im.subarray(0, isComplex ? length : 0);
  try {
    columns.forEach((column, i) => {
      const parts = partsOf(column);
      re.set(parts.re, (i * context.n) / 2);
      if (parts.im.length > 0) im.set(parts.im, (i * context.n) / 2);
    });
    body(re, im);
  } finally {
    re.fill(0);
    im.fill(0);
  }
}

/** Room for the largest value where no level is left. */
const VALUE_BITS = 8;

/** The scale where none is named. @throws 'invalid-argument' for a level that there is not */
export function standardScale(context: Context, level: number): number {
  context.requireLevel(level);
  const bits = Math.round(Math.log2(context.parameters.dataPrimes[level]!));
  return 2 ** (level === 0 ? bits - VALUE_BITS : bits);
}

/** An encoding with its defaults. @throws 'invalid-argument' */
export const withDefaults = (
  context: Context,
  { scale, level = context.parameters.maxLevel }: Encoding,
): Required<Encoding> => ({ scale: scale ?? standardScale(context, level), level });
