import { HesperError } from '../../errors.ts';
import { integersOf } from '../../evaluator/integers.ts';
import type { Plain } from '../../evaluator/verbs.ts';
import { balancedResidue } from '../../ring/modulus.ts';
import type { Context } from '../../rlwe/context.ts';
import type { IntegerEncoding } from '../../rlwe/integers.ts';
import type { Rules } from '../common/rules.ts';
import { constantResidues } from '../common/scaled-integer.ts';

/** What the verbs of one evaluator have in common. */
export interface IntegerCode extends Rules<'bfv'> {
  readonly t: number;
  readonly encoding: IntegerEncoding;
}

/** Scales only say what integers stand for, so any will do; weights are integers as they are. */
export const integerCode = (context: Context<'bfv'>, t: number, encoding: IntegerEncoding): IntegerCode => ({
  context,
  t,
  encoding,
  requireFits: (_, scale) => {
    if (!Number.isFinite(scale)) throw tooLarge(scale);
  },
  standardScale: () => 1,
  spell: (weight) => weight,
  weightResidues: (level, weight, scale) => {
    const integer = BigInt(integerModulo(weight, scale, t, 'linearPlain'));
    const residues = constantResidues(integer, context.parameters.dataPrimes.slice(0, level + 1));
    return residues.flatMap((residue) => [residue, residue]);
  },
});

/** A number, or the only slot of a vector, as an integer. @throws 'invalid-argument' */
export function integerOf(value: Plain, scale: number, where: string): bigint {
  const integer = integersOf(value, scale, where);
  return typeof integer === 'bigint' ? integer : (integer[0] ?? 0n);
}

/** The same modulo t, in (-t/2, t/2). */
export const integerModulo = (value: Plain, scale: number, t: number, where: string): number =>
  balancedResidue(integerOf(value, scale, where), t);

const tooLarge = (scale: number): HesperError =>
  new HesperError('scale-overflow', 'the scale is beyond the range of numbers', {
    met: scale,
    wanted: 'a finite number',
    remedy: 'Use smaller scales of inputs and weights',
  });
