import { HesperError } from '../../errors.ts';
import type { Complex } from '../../evaluator/verbs.ts';
import { balancedResidue } from '../../ring/modulus.ts';
import type { Context } from '../../rlwe/context.ts';

/** A finite double as m * 2^e with integers m, e. */
function split(x: number): { mantissa: bigint; exponent: number } {
  if (x === 0) return { mantissa: 0n, exponent: 0 };
  const exponent = Math.max(-1074, Math.floor(Math.log2(Math.abs(x))) - 53);
  // Two steps, each exact: 2^-exponent may itself be out of range.
  const half = Math.trunc(-exponent / 2);
  return { mantissa: BigInt(x * 2 ** half * 2 ** (-exponent - half)), exponent };
}

/** value * scale, rounded to the nearest integer (halves up); exact for all finite doubles however large. */
export function scaledInteger(value: number, scale: number): bigint {
  const a = split(value);
  const b = split(scale);
  const product = a.mantissa * b.mantissa;
  const shift = a.exponent + b.exponent;
  if (shift >= 0) return product << BigInt(shift);
  return (product + (1n << BigInt(-shift - 1))) >> BigInt(-shift);
}

/** The constant polynomial of a value is itself in every NTT value: one balanced residue for each prime. */
export function constantResidues(integer: bigint, primes: readonly number[]): number[] {
  return primes.map((p) => balancedResidue(integer, p));
}

/**
 * A number for every slot at a scale, as the polynomial x + y X^(n/2): for each prime of the level what it is on the
 * first and on the second half of an NTT row, [limb][2]. Both are equal for real numbers. Rounds x and y once.
 * @throws 'scale-overflow' where it does not fit half the modulus
 */
export function scalarResidues(context: Context, level: number, value: number | Complex, scale: number): number[] {
  const { re, im } = typeof value === 'number' ? { re: value, im: 0 } : value;
  const [x, y] = [scaledInteger(re, scale), scaledInteger(im, scale)];
  if (2n * (absolute(x) + absolute(y)) > context.modulus(level)) throw tooLarge(context, level, scale);
  return context.parameters.dataPrimes.slice(0, level + 1).flatMap((p, i) => {
    if (y === 0n) {
      const both = balancedResidue(x, p);
      return [both, both];
    }
    const turned = y * context.imaginaryUnit(i);
    return [balancedResidue(x + turned, p), balancedResidue(x - turned, p)];
  });
}

const absolute = (x: bigint): bigint => (x < 0n ? -x : x);

export const tooLarge = (context: Context, level: number, scale: number): HesperError =>
  new HesperError('scale-overflow', 'a constant times the scale does not fit the modulus', {
    met: `scale 2^${Math.log2(scale).toFixed(1)}`,
    wanted: `half the modulus: 2^${(Math.log2(Number(context.modulus(level))) - 1).toFixed(1)}`,
    remedy: 'Rescale earlier, use a smaller input scale, or more primes',
  });
