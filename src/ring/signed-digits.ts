/**
 * Integers as polynomials with digits in {-1, 0, 1}, evaluated at 2. The non-adjacent form has the fewest non-zero
 * digits of all, one in three on average, and no two of them side by side.
 */
export interface SignedDigits {
  /** Exponents of the non-zero digits, ascending. */
  readonly positions: readonly number[];
  /** Their digits, -1 or 1. */
  readonly signs: readonly number[];
}

/** The non-adjacent form of an integer; a number has to be a safe one. Variable time. */
export const signedDigits = (x: number | bigint): SignedDigits =>
  typeof x === 'bigint' ? digitsOfBigInt(x) : digitsOfNumber(x);

function digitsOfNumber(x: number): SignedDigits {
  const positions: number[] = [];
  const signs: number[] = [];
  for (let rest = x, k = 0; rest !== 0; rest /= 2, k++) {
    if (rest % 2 === 0) continue;
    const digit = ((rest % 4) + 4) % 4 === 1 ? 1 : -1;
    positions.push(k);
    signs.push(digit);
    rest -= digit;
  }
  return { positions, signs };
}

function digitsOfBigInt(x: bigint): SignedDigits {
  const positions: number[] = [];
  const signs: number[] = [];
  const bits = (x < 0n ? -x : x).toString(2);
  const flip = x < 0n ? -1 : 1;
  for (let k = 0, carry = 0; k < bits.length || carry > 0; k++) {
    const sum = carry + bitAt(bits, k);
    carry = sum === 2 || (sum === 1 && bitAt(bits, k + 1) === 1) ? 1 : 0;
    if (sum !== 1) continue;
    positions.push(k);
    signs.push(carry === 1 ? -flip : flip);
  }
  return { positions, signs };
}

/** Bit k, the lowest being 0, of a number written in base 2. */
const bitAt = (bits: string, k: number): number => (k < bits.length && bits[bits.length - 1 - k] === '1' ? 1 : 0);

/** The value at 2 of a polynomial with integer coefficients, lowest first. */
export function valueAtTwo(coefficients: ArrayLike<number> | ArrayLike<bigint>): bigint {
  let k = coefficients.length - 1;
  while (k >= 0 && Number(coefficients[k]) === 0) k--;
  let value = 0n;
  for (; k >= 0; k--) value = 2n * value + BigInt(coefficients[k]!);
  return value;
}
