/** Numbers here are integers over 2^128. */
const BITS = 128n;
const ONE = 1n << BITS;
/** pi, its first 128 bits behind the point cut off. */
const PI = 0x3243f6a8885a308d313198a2e03707344n;

export interface Octant {
  readonly cos: Float64Array;
  readonly sin: Float64Array;
}

/**
 * cos and sin of 2 pi k / order, k = 0 .. order / 8, `order` a multiple of 8. Made in integers, because `Math.cos` and
 * `Math.sin` differ in their last bits from one JavaScript engine to the next, and encodings with them: these are the
 * nearest doubles but for about one in 2^60, and the same everywhere.
 */
export function firstOctant(order: number): Octant {
  const count = order / 8 + 1;
  const octant = { cos: new Float64Array(count), sin: new Float64Array(count) };
  const [c, s] = unitRoot((2n * PI) / BigInt(order));
  for (let k = 0, x = ONE, y = 0n; k < count; k++) {
    octant.cos[k] = toDouble(x);
    octant.sin[k] = toDouble(y);
    [x, y] = [(x * c - y * s) >> BITS, (x * s + y * c) >> BITS];
  }
  return octant;
}

/** cos and sin of the angle, by their series. */
function unitRoot(angle: bigint): [bigint, bigint] {
  const sums: [bigint, bigint] = [0n, 0n];
  for (let i = 0, term = ONE; term > 0n; i++, term = (term * angle) / (BigInt(i) << BITS))
    sums[i % 2]! += i % 4 < 2 ? term : -term;
  return sums;
}

/** Conversion rounds to the nearest double, and the division is exact. */
const toDouble = (x: bigint): number => Number(x) / 2 ** 128;

/** exp(2 pi i m / order), 0 <= m < order, from the first octant of that order. */
export function fromOctant({ cos, sin }: Octant, order: number, m: number): [number, number] {
  const quarter = order / 4;
  const rest = m % quarter;
  const [c, s] = rest < cos.length ? [cos[rest]!, sin[rest]!] : [sin[quarter - rest]!, cos[quarter - rest]!];
  return turned(c, s, Math.floor(m / quarter));
}

/** Times i, so many times. */
function turned(c: number, s: number, quarters: number): [number, number] {
  if (quarters === 0) return [c, s];
  if (quarters === 1) return [-s, c];
  return quarters === 2 ? [-c, -s] : [s, -c];
}
