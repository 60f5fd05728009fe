import { HesperError } from '../errors.ts';
import type { Evaluator } from '../evaluator/evaluator.ts';
import { keysNeeded } from './rotations.ts';

/** Slots at equal distances. */
export interface Span {
  /** How many slots are summed, or copies made; 1 or more. */
  readonly count: number;
  /** Distance between them; may be negative. Default 1. */
  readonly stride?: number;
}

/**
 * Slot t of each result is the sum of x over the slots t, t + stride, ..., t + (count - 1) stride (mod slots). Where
 * count * stride = slots, every slot of a class gets the same sum.
 *
 * Levels: none. Keys: `innerSumRotations`. Cost: log2(count) rotations, and one for each further one bit of count.
 * Three hoisted rotations instead of two doublings were 7 to 21 % slower at n = 8192 .. 32768, and need more keys.
 *
 * @throws 'invalid-argument' for a count below 1 or numbers that are no integers
 */
export function innerSum<C>(ev: Evaluator<C>, xs: readonly C[], { count, stride = 1 }: Span): C[] {
  if (!(Number.isInteger(count) && count >= 1 && Number.isInteger(stride))) throw notASpan(count, stride);
  return xs.map((x) => sumOne(ev, x, count, stride));
}

const notASpan = (count: number, stride: number): HesperError =>
  new HesperError('invalid-argument', 'no such sum of slots', {
    met: { count, stride },
    wanted: 'integers, count 1 or more',
    remedy: 'Check the count and the stride',
  });

function sumOne<C>(ev: Evaluator<C>, x: C, count: number, stride: number): C {
  let block = x; // sums of `size` neighbours
  let sum: C | undefined; // of the first `done`
  let done = 0;
  for (let size = 1; ; size *= 2) {
    if (Math.floor(count / size) % 2 === 1) {
      sum = sum === undefined ? block : ev.rotateSum([sum, block], [0, done * stride])[0]!;
      done += size;
    }
    if (done === count) return sum!;
    block = ev.rotateSum([block, block], [0, size * stride])[0]!;
  }
}

/**
 * The reverse: slot t of each result is the sum of x over t, t - stride, ...: where x is zero but at multiples of
 * count * stride, each value is copied to `count` places, to the right for a positive stride.
 *
 * Levels: none. Keys: `replicateRotations`. Cost: as innerSum.
 */
export const replicate = <C>(ev: Evaluator<C>, xs: readonly C[], { count, stride = 1 }: Span): C[] =>
  innerSum(ev, xs, { count, stride: -stride });

/** The steps for whose rotations `innerSum` needs keys, 1 .. slots - 1. */
export const innerSumRotations = (slots: number, span: Span): readonly number[] =>
  keysNeeded(slots, 1, (ev, xs) => innerSum(ev, xs, span)).rotations;

/** The steps for whose rotations `replicate` needs keys, 1 .. slots - 1. */
export const replicateRotations = (slots: number, span: Span): readonly number[] =>
  keysNeeded(slots, 1, (ev, xs) => replicate(ev, xs, span)).rotations;
