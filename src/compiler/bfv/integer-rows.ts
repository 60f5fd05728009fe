import type { LinearRows } from '../../evaluator/verbs.ts';
import type { Affine } from '../../ops/affine.ts';

/** Largest |weight|: what the kernel's border takes. */
export const MAX_WEIGHT = 2 ** 26 - 1;

/** Weights trained on integers stand over a small power of two; beyond this many bits they are taken for floats. */
const EXACT_BITS = 16;
const MAX_SHIFT = 40;

/** Means over windows of up to 15 x 15 at an edge: divisors whose odd part is at most this. */
const MAX_ODD = 225;

/**
 * The weights as integers over one scale, without a change, or null if they are none: k / 2^s, or k / (m 2^s) with an odd m
 * up to 225, as a mean over 3 x 3 pixels has it. At most `bits` signed bits.
 */
export function exactRows(affine: Affine, bits = EXACT_BITS): LinearRows | null {
  const scale = exactScale(affine.values, 2 ** (bits - 1) - 1);
  if (scale === null) return null;
  const values = Int32Array.from(affine.values, (weight) => Math.round(weight * scale));
  const { outputs, inputs, rowStart, columns } = affine;
  return { outputs, inputs, rowStart, columns, values, scale };
}

function exactScale(values: Float64Array, limit: number): number | null {
  const largest = values.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  if (largest === 0) return 1;
  for (let odd = 1; odd <= MAX_ODD; odd += 2) {
    const shift = commonShift(values, odd, Math.min(MAX_SHIFT, Math.floor(Math.log2(limit / (largest * odd)))));
    if (shift !== null && largest * odd * 2 ** shift <= limit + 0.5) return odd * 2 ** shift;
  }
  return null;
}

/** The least s at which every weight times odd 2^s is an integer, negative where they share factors of two. */
function commonShift(values: Float64Array, odd: number, most: number): number | null {
  let shift = -MAX_SHIFT;
  for (const value of values) {
    const whole = (): boolean => isWhole(value * odd * 2 ** shift, odd);
    while (shift <= most && !whole()) shift++;
    if (shift > most) return null;
  }
  return shift;
}

/** Quotients by odd numbers are off by their last bit. */
const isWhole = (value: number, odd: number): boolean =>
  odd === 1
    ? Number.isInteger(value)
    : Math.round(value) !== 0 && Math.abs(value - Math.round(value)) <= 2 ** -50 * Math.abs(value);

/** Signed bits that hold every weight. */
export function weightBitsOf(values: Int32Array): number {
  const largest = values.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  return Math.ceil(Math.log2(largest + 1)) + 1;
}
