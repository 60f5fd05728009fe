import { HesperError } from '../../errors.ts';
import type { Complex } from '../../evaluator/verbs.ts';
import { balancedResidue } from '../../ring/modulus.ts';
import type { Context } from '../../rlwe/context.ts';
import { scaledInteger } from '../common/scaled-integer.ts';

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
