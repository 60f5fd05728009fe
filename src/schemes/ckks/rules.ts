import { HesperError } from '../../errors.ts';
import type { Context } from '../../rlwe/context.ts';
import type { Rules } from '../common/rules.ts';
import { scalarResidues } from './scalar.ts';
import { spell } from './spell.ts';

/** Weights have the scale of the prime that the next rescaling drops, unless they say otherwise. */
export const ckksRules = (context: Context<'ckks'>): Rules<'ckks'> => ({
  context,
  requireFits: (level, scale) => requireFits(context, level, scale),
  standardScale: (level) => context.parameters.dataPrimes[level]!,
  spell: (weight, scale) => spell(context, weight, scale),
  weightResidues: (level, weight, scale) => scalarResidues(context, level, weight, scale),
});

/**
 * Refuses, before any work, a scale under which a message of size 1/2 would not fit the modulus of the level. Larger
 * messages overflow earlier; only who knows their size (a plan) can tell.
 * @throws 'scale-overflow'
 */
function requireFits(context: Context<'ckks'>, level: number, scale: number): void {
  const limit = Number(context.modulus(level));
  if (scale < limit) return;
  throw new HesperError('scale-overflow', 'the scale does not fit the modulus', {
    met: `2^${Math.log2(scale).toFixed(1)} at level ${level}`,
    wanted: `below 2^${Math.log2(limit).toFixed(1)}`,
    remedy: 'Rescale earlier, use a smaller input scale, or more primes',
  });
}
