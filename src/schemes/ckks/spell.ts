import { HesperError } from '../../errors.ts';
import { isVector } from '../../evaluator/plain.ts';
import type { Complex, ComplexVector, Plain } from '../../evaluator/verbs.ts';
import type { Context } from '../../rlwe/context.ts';

/** By slots and constant, so that plaintext caches find a vector again. */
const known = new Map<number, WeakMap<Complex, ComplexVector>>();

/** Below it a number of size 1 keeps less than three digits. */
const MIN_SCALE = 2 ** 10;

/**
 * The same plaintext, a complex constant as a vector where it cannot stay one: x + y X^(n/2) is x + i y in every slot only
 * if the rotation generator is 1 modulo 4. Otherwise i is (X^(n/4) + X^(3n/4)) / sqrt(2), which takes a scale.
 * @throws 'invalid-argument' for a complex constant at a scale below 2^10, where it has to be a vector
 */
export function spell({ parameters }: Context, plain: Plain, scale: number): Plain {
  if (parameters.rotationGenerator === 5 || typeof plain === 'number' || isVector(plain)) return plain;
  const { re, im } = plain as Complex;
  if (im === 0) return re;
  if (scale < MIN_SCALE) throw tooCoarse(scale);
  return everywhere(plain as Complex, parameters.slots);
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

const tooCoarse = (scale: number): HesperError =>
  new HesperError('invalid-argument', 'a complex constant needs a scale where slots turn by powers of 3', {
    met: scale,
    wanted: `at least ${MIN_SCALE}`,
    remedy: 'Leave the scale of the rows out, and rescale; or use parameters with the rotation generator 5',
  });
