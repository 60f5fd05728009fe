import { HesperError } from '../errors.ts';
import { requireScale } from './ciphertext.ts';
import type { Context } from './context.ts';

/** Integers that go into one ciphertext a modulus; numbers have to be safe integers. */
export type IntegerColumn = Float64Array | Int32Array | readonly bigint[];

/**
 * 'slots': at most n integers, one in each slot; the moduli are primes 1 mod 2n.
 * 'coefficients': one integer, as a polynomial with digits in {-1, 0, 1} evaluated at 2; any moduli.
 */
export type IntegerEncoding = 'slots' | 'coefficients';

/** How integers become messages. */
export interface IntegerOptions {
  /** Default 'slots'. */
  readonly encoding?: IntegerEncoding;
  /** What the integers were multiplied by: they stand for integer / scale. Default 1. */
  readonly scale?: number;
  /** Default: the highest. */
  readonly level?: number;
  /** Plaintext moduli of the parameters to work under, one ciphertext each. Default: all. */
  readonly moduli?: readonly number[];
  /** Smallest and largest integer that may occur. Default: all that fit the moduli. */
  readonly range?: readonly [number, number];
}

/** Ciphertexts or messages worked on at a time: working memory stays small, each step is one kernel call a group. */
export const INTEGER_GROUP = 32;

export type IntegerLayout = Required<Omit<IntegerOptions, 'range'>>;

/**
 * The options with their defaults, after checking them and every integer.
 * @throws 'value-out-of-range' for integers outside the range, or beyond half the product of the moduli (slots) or
 *   2^(n-1) (coefficients); 'scale-overflow' for a modulus too large for the level; 'invalid-argument' for fractions,
 *   'non-finite-value', 'shape-mismatch', 'context-mismatch'
 */
export function checkIntegers(
  context: Context,
  columns: readonly IntegerColumn[],
  options: IntegerOptions,
): IntegerLayout {
  const layout = integerLayout(context, options);
  requireRoom(context, layout);
  const limit = largest(context, layout);
  const [low, high] = declared(options);
  const range = { low: maximum(low, -limit), high: -maximum(-high, -limit), isDeclared: options.range !== undefined };
  columns.forEach((column, i) => {
    checkLength(context, layout.encoding, column, i);
    if (Array.isArray(column)) checkBigInts(column, range, i);
    else checkNumbers(column as Float64Array | Int32Array, range, i);
  });
  return layout;
}

function declared({ range = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] }: IntegerOptions): [number, number] {
  const [low, high] = range;
  if (low <= high && low < Number.POSITIVE_INFINITY && high > Number.NEGATIVE_INFINITY) return [low, high];
  throw wrong('no such range', range.join(' .. '), 'the smallest and the largest integer');
}

/** @throws 'invalid-argument', 'context-mismatch' */
export function integerLayout(
  context: Context,
  { encoding = 'slots', scale = 1, level = context.parameters.maxLevel, moduli }: IntegerOptions,
): IntegerLayout {
  context.requireScheme('bfv');
  context.requireLevel(level);
  requireScale(scale);
  requireEncoding(encoding);
  const list = moduli ?? context.parameters.plaintextModuli;
  for (const t of list) {
    context.requirePlaintextModulus(t);
    if (encoding === 'slots') context.plainRing(t);
  }
  if (list.length === 0 || new Set(list).size !== list.length)
    throw wrong('plaintext moduli have to differ', list.length, 'at least one, each once');
  return { encoding, scale, level, moduli: list };
}

export function requireEncoding(encoding: IntegerEncoding): void {
  if (encoding !== 'slots' && encoding !== 'coefficients')
    throw wrong('no such encoding of integers', String(encoding), "'slots' or 'coefficients'");
}

/** Coins of an error and what rounding adds to it stay below this. */
const FRESH_NOISE = 32n;

/** Even a fresh ciphertext decrypts only where its noise is below Q / (2t). */
function requireRoom(context: Context, { level, moduli }: IntegerLayout): void {
  const t = moduli.find((m) => 2n * FRESH_NOISE * BigInt(m) > context.modulus(level));
  if (t === undefined) return;
  throw new HesperError('scale-overflow', 'a plaintext modulus is too large for this level', {
    met: t,
    wanted: `below ${context.modulus(level) / (2n * FRESH_NOISE)}`,
    remedy: 'Encrypt at a higher level, or use smaller plaintext moduli',
  });
}

/** What |x| may be: (T - 1) / 2, T the product of the moduli; or what n signed digits hold for certain. */
const largest = ({ n }: Context, { encoding, moduli }: IntegerLayout): bigint =>
  encoding === 'slots' ? (moduli.reduce((T, t) => T * BigInt(t), 1n) - 1n) / 2n : (1n << BigInt(n - 1)) - 1n;

interface Range {
  readonly low: bigint;
  readonly high: bigint;
  readonly isDeclared: boolean;
}

/** The larger of a number, perhaps infinite or no integer, and an integer, rounded up. */
const maximum = (x: number, y: bigint): bigint => (x > y ? BigInt(Math.ceil(x)) : y);

function checkLength(context: Context, encoding: IntegerEncoding, column: IntegerColumn, index: number): void {
  const fits = encoding === 'slots' ? column.length <= context.parameters.slots : column.length === 1;
  if (fits) return;
  throw new HesperError('shape-mismatch', 'a column has the wrong number of integers', {
    met: `column ${index}: ${column.length}`,
    wanted: encoding === 'slots' ? `at most ${context.parameters.slots}` : 'exactly 1 in coefficient encoding',
    remedy: encoding === 'slots' ? 'Split the values into batches' : 'Give each integer a column of its own',
  });
}

function checkNumbers(column: Float64Array | Int32Array, range: Range, index: number): void {
  const low = Math.max(-Number.MAX_SAFE_INTEGER, Number(range.low));
  const high = Math.min(Number.MAX_SAFE_INTEGER, Number(range.high));
  for (let j = 0; j < column.length; j++) {
    const x = column[j]!;
    if (!(x >= low && x <= high && x === Math.trunc(x))) throw refused(x, range, `column ${index}, index ${j}`);
  }
}

function checkBigInts(column: readonly bigint[], range: Range, index: number): void {
  column.forEach((x, j) => {
    const place = `column ${index}, index ${j}`;
    if (typeof x !== 'bigint') throw refused(x, range, place);
    if (x < range.low || x > range.high) throw outOfRange(range, place);
  });
}

/** Says where, and never what stands there. */
function refused(x: number, range: Range, met: string): HesperError {
  if (!Number.isFinite(x))
    return new HesperError('non-finite-value', 'a value is NaN or infinite', {
      met,
      wanted: 'integers',
      remedy: 'Clean the data first',
    });
  if (!Number.isInteger(x))
    return new HesperError('invalid-argument', 'a value is not an integer', {
      met,
      wanted: 'integers',
      remedy: 'Multiply by a scale and round before encoding',
    });
  return outOfRange(range, met);
}

const outOfRange = ({ low, high, isDeclared }: Range, met: string): HesperError =>
  new HesperError(
    'value-out-of-range',
    isDeclared ? 'a value is outside its declared range' : 'a value does not fit the plaintext moduli',
    {
      met,
      wanted: `${shown(low)} .. ${shown(high)}, as numbers below 2^53`,
      remedy: isDeclared ? 'Clip the data, or declare a wider range' : 'Use smaller values, or more or larger moduli',
    },
  );

const shown = (x: bigint): string => (x.toString().length > 40 ? `about ${Number(x).toExponential(2)}` : `${x}`);

const wrong = (summary: string, met: unknown, wanted: unknown): HesperError =>
  new HesperError('invalid-argument', summary, { met, wanted, remedy: 'Correct the options' });
