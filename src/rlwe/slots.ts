import { HesperError } from '../errors.ts';
import { requireScale } from './ciphertext.ts';
import type { Context } from './context.ts';

/** What a list of slot vectors is encoded with. */
export interface Encoding {
  /** Factor before rounding to integers; the error of a slot is about sqrt(n / 12) / scale. */
  readonly scale: number;
  /** Default: the highest. */
  readonly level?: number;
}

/** Integers above this cannot be spread over the primes exactly (the kernel's `spread`). */
const MAX_COEFFICIENT = 2 ** 90;

/**
 * Checks slot vectors before they are encoded: at most n / 2 finite values each; coefficients are at most
 * scale * max|value|, which must fit half the modulus.
 * @throws 'shape-mismatch', 'non-finite-value', 'scale-overflow', 'invalid-argument'
 */
export function checkSlots(
  context: Context,
  columns: readonly Float64Array[],
  { scale, level }: Required<Encoding>,
): void {
  requireScale(scale);
  const limit = Math.min(Number(context.modulus(level)) / 2, MAX_COEFFICIENT);
  if (scale >= limit) throw overflow(`log2(scale) = ${Math.log2(scale).toFixed(1)}`, limit);
  for (const column of columns) checkColumn(column, context.parameters.slots, limit / scale);
}

function checkColumn(column: Float64Array, slots: number, largest: number): void {
  if (column.length > slots) {
    throw new HesperError('shape-mismatch', 'too many values for one ciphertext', {
      met: column.length,
      wanted: `at most ${slots}`,
      remedy: 'Split the values into batches',
    });
  }
  let max = 0;
  for (let i = 0; i < column.length; i++) {
    const size = Math.abs(column[i]!);
    if (!(size <= Number.MAX_VALUE)) {
      throw new HesperError('non-finite-value', 'a value is NaN or infinite', {
        met: `slot ${i}`,
        wanted: 'finite numbers',
        remedy: 'Clean the data first',
      });
    }
    if (size > max) max = size;
  }
  if (max >= largest) throw overflow('a value times the scale', largest);
}

const overflow = (met: string, limit: number): HesperError =>
  new HesperError('scale-overflow', 'the scaled values do not fit the modulus', {
    met,
    wanted: `below ${limit.toExponential(2)}`,
    remedy: 'Use a smaller scale or a higher level',
  });

/** One array per context, as long as the longest call so far: calls are many, and garbage of this size is slow to go. */
const joined = new WeakMap<Context, Float64Array>();

/** Hands `body` the vectors end to end, each filled with zeros to n / 2, in an array that is wiped behind it. */
export function withJoinedSlots(
  context: Context,
  columns: readonly Float64Array[],
  body: (slots: Float64Array) => void,
): void {
  const each = context.n / 2;
  const length = columns.length * each;
  const kept = joined.get(context);
  const whole = kept && kept.length >= length ? kept : new Float64Array(length);
  if (whole !== kept) joined.set(context, whole);
  const slots = whole.subarray(0, length);
  try {
    columns.forEach((column, i) => {
      slots.set(column, i * each);
    });
    body(slots);
  } finally {
    slots.fill(0);
  }
}

export const withLevel = (
  context: Context,
  { scale, level = context.parameters.maxLevel }: Encoding,
): Required<Encoding> => ({ scale, level });
