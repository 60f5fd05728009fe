import { isVector } from '../../evaluator/plain.ts';
import type { Complex, ComplexVector, Plain } from '../../evaluator/verbs.ts';
import type { Context } from '../../rlwe/context.ts';

/** By slots and constant, so that plaintext caches find a vector again. */
const known = new Map<number, WeakMap<Complex, ComplexVector>>();

/**
 * The same plaintext, a complex constant as a vector where it cannot stay one: x + y X^(n/2) is x + i y in every slot only
 * if the rotation generator is 1 modulo 4.
 */
export function spell({ parameters }: Context, plain: Plain): Plain {
  if (parameters.rotationGenerator === 5 || typeof plain === 'number' || isVector(plain)) return plain;
  const { re, im } = plain as Complex;
  return im === 0 ? re : everywhere(plain as Complex, parameters.slots);
}

function everywhere(constant: Complex, slots: number): ComplexVector {
  const vectors = known.get(slots) ?? new WeakMap<Complex, ComplexVector>();
  known.set(slots, vectors);
  const found = vectors.get(constant);
  if (found) return found;
  const made = { re: new Float64Array(slots).fill(constant.re), im: new Float64Array(slots).fill(constant.im) };
  vectors.set(constant, made);
  return made;
}
