import type { Complex, ComplexVector, Plain } from './verbs.ts';

/** A plaintext that is encoded slot by slot, not by one constant. */
export const isVector = (plain: Plain): plain is Float64Array | ComplexVector =>
  typeof plain === 'object' && !isConstant(plain);

const isConstant = (plain: object): plain is Complex => 'im' in plain && typeof plain.im === 'number';

/** Slots that are given; Infinity for a constant. */
export const lengthOf = (plain: Plain): number => (isVector(plain) ? realOf(plain).length : Number.POSITIVE_INFINITY);

const realOf = (plain: Float64Array | ComplexVector): Float64Array => ('re' in plain ? plain.re : plain);

/** What planning has to know of a plaintext. */
export interface PlainSize {
  /** Largest absolute value of a slot. */
  readonly max: number;
  /** Sum of the squares of the slots given; of a constant, its square. */
  readonly squares: number;
  /** Whether an imaginary part is not zero. */
  readonly imaginary: boolean;
  /** -1, or the first slot that is NaN or infinite. */
  readonly bad: number;
}

const known = new WeakMap<object, PlainSize>();

/** Plaintexts never change, so each is looked through once. */
export function sizeOf(plain: Plain): PlainSize {
  if (typeof plain === 'number') return measure([plain], undefined);
  const found = known.get(plain);
  if (found) return found;
  const size = isVector(plain) ? measureVector(plain) : measure([plain.re], [plain.im]);
  known.set(plain, size);
  return size;
}

const measureVector = (plain: Float64Array | ComplexVector): PlainSize =>
  're' in plain ? measure(plain.re, plain.im) : measure(plain, undefined);

function measure(re: ArrayLike<number>, im: ArrayLike<number> | undefined): PlainSize {
  let [max, squares, imaginary, bad] = [0, 0, false, -1];
  for (let j = 0; j < re.length; j++) {
    const y = im?.[j] ?? 0;
    const square = re[j]! ** 2 + y ** 2;
    if (bad < 0 && !(Number.isFinite(re[j]!) && Number.isFinite(y))) bad = j;
    if (square > max) max = square;
    imaginary ||= y !== 0;
    squares += square;
  }
  return { max: Math.sqrt(max), squares, imaginary, bad };
}

/** Mean square over all slots, those that are not given being zeros. */
export const meanSquareOf = (plain: Plain, slots: number): number =>
  isVector(plain) ? sizeOf(plain).squares / slots : sizeOf(plain).squares;

/** Real and imaginary part of every slot given; constants have one. */
export function componentsOf(plain: Plain): { readonly re: Float64Array; readonly im: Float64Array | undefined } {
  if (typeof plain === 'number') return { re: Float64Array.of(plain), im: undefined };
  if (!('re' in plain)) return { re: plain, im: undefined };
  if (isVector(plain)) return plain;
  return { re: Float64Array.of(plain.re), im: Float64Array.of(plain.im) };
}

/** What rounding a plaintext to integers adds to one slot, in scaled units. */
export interface Rounding {
  /** Largest absolute value. */
  readonly bound: number;
  /** Root mean square of the real part. */
  readonly deviation: number;
}

/** Scales beyond this are reached from here by a power of two, which the rounding then shares. */
const ENCODED_BITS = 60;

/**
 * A constant errs by what is missing to the next integer. Of a vector each of n coefficients errs by 1/2 at most, with
 * variance 1/12, beside what the FFT leaves (see the kernel's `encode`); slots that are all real have mirrored
 * coefficients, so that all of it shows in the real part. Coefficients that are smaller than that come out as zero:
 * then they are the error.
 */
export function roundingOf(plain: Plain, scale: number, n: number): Rounding {
  const { max, imaginary } = sizeOf(plain);
  if (isVector(plain)) {
    const unit = 2 ** Math.max(0, Math.ceil(Math.log2(scale)) - ENCODED_BITS);
    const transform = 2 ** -49 * Math.log2(n) * scale * max;
    const coefficient = (scale ** 2 * meanSquareOf(plain, n / 2)) / n;
    const rounding = n * Math.min(unit ** 2 / 12, coefficient) * (imaginary ? 1 / 2 : 1);
    return { bound: n * (unit / 2 + transform), deviation: Math.sqrt(rounding + (2 ** -52 * scale * max) ** 2) };
  }
  const { re, im } = componentsOf(plain);
  const error = Math.hypot(toInteger(re[0]! * scale), toInteger((im?.[0] ?? 0) * scale));
  return { bound: error, deviation: error };
}

/** Distance to the nearest integer, and what the product of two numbers may itself be wrong by. */
const toInteger = (x: number): number => Math.min(1 / 2, Math.abs(x - Math.round(x)) + Math.abs(x) * 2 ** -53);
