import { HesperError } from '../errors.ts';

/**
 * The automorphisms X -> X^g of the ring, g odd modulo 2n, and what they do to slots. Slot k is the value at
 * zeta^(c^k), c the rotation generator, so g = c^r moves slot k + r to slot k, and g = 2n - 1 takes every slot to its
 * complex conjugate. Both 5 and 3 have order n / 2 modulo 2n, and neither has -1 among its powers.
 */
export type RotationGenerator = 5 | 3;

/** The step of a rotation as the library names it: -slots/2 < step <= slots/2. @throws 'invalid-argument' */
export function normalizeStep(step: number, n: number): number {
  if (!Number.isSafeInteger(step)) {
    throw new HesperError('invalid-argument', 'a rotation step must be an integer', {
      met: String(step),
      wanted: 'an integer',
      remedy: 'Give steps in slots; negative ones rotate the other way',
    });
  }
  const slots = n / 2;
  const least = ((step % slots) + slots) % slots;
  return least > slots / 2 ? least - slots : least;
}

/** generator^step mod 2n; any integer step. 1 for a step of 0 (mod slots). @throws 'invalid-argument' */
export function rotationExponent(step: number, n: number, generator: RotationGenerator): number {
  const least = normalizeStep(step, n);
  return powerMod(generator, least < 0 ? least + n / 2 : least, 2 * n);
}

export const conjugationExponent = (n: number): number => 2 * n - 1;

/** g^-1 mod 2n: the group of odd residues has exponent n / 2. */
export const inverseExponent = (g: number, n: number): number => powerMod(g, n / 2 - 1, 2 * n);

/** Whether g is a power of the generator: those of 5 are 1 mod 4, those of 3 are 1 or 3 mod 8. */
export const isRotation = (g: number, generator: RotationGenerator): boolean =>
  generator === 5 ? g % 4 === 1 : g % 8 === 1 || g % 8 === 3;

/** The normalised step with generator^step = g, or undefined where g is no rotation. */
export function stepOfExponent(g: number, n: number, generator: RotationGenerator): number | undefined {
  if (!isRotation(g, generator)) return undefined;
  for (let step = 0, power = 1; step < n / 2; step++, power = (power * generator) % (2 * n))
    if (power === g) return normalizeStep(step, n);
  return undefined;
}

/** For moduli up to 2^26: products are exact doubles. */
function powerMod(base: number, exponent: number, modulus: number): number {
  let result = 1;
  for (let square = base % modulus, e = exponent; e > 0; e = Math.floor(e / 2), square = (square * square) % modulus)
    if (e % 2 === 1) result = (result * square) % modulus;
  return result;
}
