/** Slot j is the value at zeta^(5^j); the automorphism X -> X^e permutes slots. */

/** The exponent that rotates slots by `steps` to the left: 5^steps mod 2n. Negative steps go right. */
export function rotationExponent(n: number, steps: number): number {
  const slots = n / 2;
  let exponent = 1;
  for (let i = ((steps % slots) + slots) % slots; i > 0; i--) exponent = (exponent * 5) % (2 * n);
  return exponent;
}

/** The exponent that conjugates every slot. */
export const conjugationExponent = (n: number): number => 2 * n - 1;
