import { HesperError } from '../errors.ts';
import { componentsOf, isVector, sizeOf } from './plain.ts';
import type { Plain } from './verbs.ts';

/** A plaintext times its scale may be this far from an integer, */
const TOLERANCE = 2 ** -20;
/** or this far in proportion: value and scale are doubles, as is their product. */
const ROUNDING = 2 ** -51;

/** value * scale, which is to be an integer, as a double. Throws 'invalid-argument'. */
export function wholeNumber(value: number, scale: number, where: string): number {
  const product = value * scale;
  const integer = Math.round(product);
  if (Math.abs(product - integer) <= Math.max(TOLERANCE, ROUNDING * Math.abs(product))) return integer;
  throw new HesperError('invalid-argument', `${where}: a number is not an integer at its scale`, {
    met: `${value} at scale ${scale}`,
    wanted: 'a multiple of 1 / scale',
    remedy: 'Round the weights and biases of the model to integers at their scales.',
  });
}

/** The same of any size. Throws 'invalid-argument'. */
export const toInteger = (value: number, scale: number, where: string): bigint =>
  BigInt(wholeNumber(value, scale, where));

/** A plaintext as integers: one for every slot, or one for each slot given (the others are zeros). */
export type IntegerPlain = bigint | readonly bigint[];

/** Throws 'invalid-argument' on what is no integer at this scale, or not real. */
export function integersOf(plain: Plain, scale: number, where: string): IntegerPlain {
  if (typeof plain === 'number') return toInteger(plain, scale, where);
  if (sizeOf(plain).imaginary) {
    throw new HesperError('invalid-argument', `${where}: a complex plaintext meets integers`, {
      met: 'an imaginary part',
      wanted: 'real numbers',
      remedy: 'Evaluate it under CKKS.',
    });
  }
  const integers = Array.from(componentsOf(plain).re, (value) => toInteger(value, scale, where));
  return isVector(plain) ? integers : integers[0]!;
}

/** sign * 2^shift; the sum of an integer's digits is that integer. */
export interface SignedPower {
  readonly shift: number;
  readonly sign: 1 | -1;
}

/** Digits in {-1, 0, 1}, no two neighbours of which are not zero: the fewest that there can be. Lowest first. */
export function nonAdjacentForm(value: number | bigint): SignedPower[] {
  const digits: SignedPower[] = [];
  let rest = BigInt(value);
  for (let shift = 0; rest !== 0n; shift++) {
    if ((rest & 1n) === 1n) {
      const sign = (rest & 3n) === 3n ? -1 : 1;
      digits.push({ shift, sign });
      rest -= BigInt(sign);
    }
    rest >>= 1n;
  }
  return digits;
}
