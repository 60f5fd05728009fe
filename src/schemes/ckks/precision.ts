import { HesperError } from '../../errors.ts';
import type { Column } from '../../rlwe/slots.ts';

/**
 * How far decrypted values are from exact ones. Errors are absolute, in units of the values; for complex slots the
 * size |got - exact|. Bits are -log2(error), at most `MAX_BITS`: 20 bits means within 2^-20.
 */
export interface PrecisionReport {
  /** Slots compared. */
  readonly count: number;
  /** Bits of the worst slot. */
  readonly bitsMin: number;
  /** Mean over the slots of their bits: not the bits of the mean error. */
  readonly bitsMean: number;
  /** Bits of the median slot: half of the slots are at least that good. */
  readonly bitsMedian: number;
  readonly maxError: number;
  readonly meanError: number;
  /** Root of the mean squared error: the standard deviation of unbiased noise. */
  readonly rmsError: number;
  /** Where maxError is: index of the column, and the slot in it. */
  readonly worstColumn: number;
  readonly worstSlot: number;
  /** The largest |exact|: maxError / maxExact is the relative error of the vector. */
  readonly maxExact: number;
}

/** Bits that an error of zero, or one below 2^-64, counts for. */
export const MAX_BITS = 64;

/**
 * Compares the slots that `exact` names; `got` may be longer (the slots behind are padding). Columns are real or complex;
 * a missing imaginary part is zero.
 * @throws 'shape-mismatch' for another number of columns, fewer slots than exact values, or nothing to compare,
 *   'non-finite-value'
 */
export function precisionReport(exact: Column | readonly Column[], got: Column | readonly Column[]): PrecisionReport {
  const [wanted, met] = [listOf(exact), listOf(got)];
  if (wanted.length !== met.length) throw mismatch('columns', met.length, wanted.length);
  const errors = wanted.map((column, i) => errorsOf(column, met[i]!));
  const all = Float64Array.from(errors.flatMap((list) => [...list]));
  if (all.length === 0) throw mismatch('values to compare', 0, 'at least 1');
  const { column, slot, error } = worst(errors);
  const sorted = all.toSorted();
  return {
    count: all.length,
    bitsMin: bitsOf(error),
    bitsMean: mean(all.map(bitsOf)),
    bitsMedian: bitsOf(sorted[Math.floor(sorted.length / 2)]!),
    maxError: error,
    meanError: mean(all),
    rmsError: Math.sqrt(mean(all.map((e) => e * e))),
    worstColumn: column,
    worstSlot: slot,
    maxExact: wanted.reduce((max, c) => realAndImaginary(c).re.reduce((m, _, j) => Math.max(m, sizeAt(c, j)), max), 0),
  };
}

const isColumn = (x: Column | readonly Column[]): x is Column => x instanceof Float64Array || 're' in x;
const listOf = (x: Column | readonly Column[]): readonly Column[] => (isColumn(x) ? [x] : x);

const realAndImaginary = (column: Column): { re: Float64Array; im: Float64Array | undefined } =>
  column instanceof Float64Array ? { re: column, im: undefined } : column;

function sizeAt(column: Column, slot: number): number {
  const { re, im } = realAndImaginary(column);
  return Math.hypot(re[slot]!, im?.[slot] ?? 0);
}

function errorsOf(exact: Column, got: Column): Float64Array {
  const [wanted, met] = [realAndImaginary(exact), realAndImaginary(got)];
  if (met.re.length < wanted.re.length) throw mismatch('slots', met.re.length, `at least ${wanted.re.length}`);
  return wanted.re.map((x, j) => {
    const error = Math.hypot(met.re[j]! - x, (met.im?.[j] ?? 0) - (wanted.im?.[j] ?? 0));
    if (Number.isFinite(error)) return error;
    throw new HesperError('non-finite-value', 'an exact or a decrypted value is NaN or infinite', {
      met: `slot ${j}`,
      wanted: 'finite numbers',
      remedy: 'Compare numbers',
    });
  });
}

function worst(errors: readonly Float64Array[]): { column: number; slot: number; error: number } {
  let found = { column: 0, slot: 0, error: -1 };
  errors.forEach((list, column) => {
    list.forEach((error, slot) => {
      if (error > found.error) found = { column, slot, error };
    });
  });
  return found;
}

const bitsOf = (error: number): number => Math.min(MAX_BITS, -Math.log2(error));

const mean = (list: Float64Array): number => list.reduce((sum, x) => sum + x, 0) / list.length;

const mismatch = (what: string, met: unknown, wanted: unknown): HesperError =>
  new HesperError('shape-mismatch', `these vectors cannot be compared: ${what}`, {
    met,
    wanted,
    remedy: 'Give as many decrypted columns as exact ones, each at least as long',
  });
