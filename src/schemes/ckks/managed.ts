import { type ManagedEvaluator, managed } from '../../evaluator/managed.ts';
import type { Ciphertext } from '../../rlwe/ciphertext.ts';
import { standardScale } from '../../rlwe/slots.ts';
import type { CkksEvaluator } from './evaluator.ts';

/**
 * An evaluator that relinearises, rescales and brings operands to one level and scale by itself, where a verb asks for it
 * (`managed`). Every product costs one level of the parameters. It needs the relinearisation key of the
 * evaluator, keeps nothing of its own, and ends with it.
 *
 * @param options.scale of fresh ciphertexts at the highest level; default: the one that encryption takes by default
 * @throws what the verbs throw, and 'level-exhausted' when there is no prime left for a product
 */
export const managedCkks = (
  evaluator: CkksEvaluator,
  options: { readonly scale?: number } = {},
): ManagedEvaluator<Ciphertext<'ckks'>> => {
  const { context } = evaluator;
  const { dataPrimes: primes, maxLevel } = context.parameters;
  return managed(evaluator, { primes, scale: options.scale ?? standardScale(context, maxLevel) });
};
