import { HesperError } from '../errors.ts';

/**
 * The automorphisms X -> X^g of the ring, g odd modulo 2n, and what they do to slots. Slot k is the value at
 * zeta^(5^k), so g = 5^r moves slot k + r to slot k, and g = 2n - 1 takes every slot to its complex conjugate.
 */
const GENERATOR = 5;

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

/** 5^step mod 2n; any integer step. 1 for a step of 0 (mod slots). @throws 'invalid-argument' */
export function rotationExponent(step: number, n: number): number {
  const least = normalizeStep(step, n);
  return powerMod(GENERATOR, least < 0 ? least + n / 2 : least, 2 * n);
}

export const conjugationExponent = (n: number): number => 2 * n - 1;

/** g^-1 mod 2n: the group of odd residues has exponent n / 2. */
export const inverseExponent = (g: number, n: number): number => powerMod(g, n / 2 - 1, 2 * n);

/** The normalised step with 5^step = g, or undefined where g is no rotation (g = 3 mod 4). */
export function stepOfExponent(g: number, n: number): number | undefined {
  for (let step = 0, power = 1; step < n / 2; step++, power = (power * GENERATOR) % (2 * n))
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
