import type { Size, Work } from './work.ts';

/** What BFV does otherwise than CKKS, most of it in coefficient form. */

/** Auxiliary primes are the largest that kernels take, just below 2^48. */
const AUXILIARY_BITS = 47.9999;

/**
 * Auxiliary primes of a product: their product is at least t n parts Q / 2, `parts` those of the smaller factor, with
 * 2^-38 to spare.
 */
export const auxiliaryCount = (n: number, t: number, parts: number, modulusBits: number): number =>
  Math.max(1, Math.ceil((Math.log2(t * n * parts) + modulusBits - 1 + 2 ** -37) / AUXILIARY_BITS));

/** Factors lifted to the auxiliary primes, multiplied modulo all, scaled down, brought back; `other` 0 for a square. */
export function scaledProductWork({ n, limbs, parts }: Size, other: number, auxiliary: number): Work {
  const [inputs, outputs] = [parts + other, parts + (other || parts) - 1];
  const products = other === 0 ? (parts * (parts + 1)) / 2 : parts * other;
  return {
    squares: other === 0 ? 1 : 0,
    ntts: (limbs + auxiliary) * (inputs + outputs),
    conversions: limbs * auxiliary * (inputs + 2 * outputs),
    products: (limbs + auxiliary) * n * products,
  };
}

/** Between coefficients and NTT form. */
export const transformWork = (count: number, { limbs, parts }: Size): Work => ({ ntts: count * limbs * parts });

/** Division by the last prime, in coefficient form. */
export const switchDownWork = ({ n, limbs, parts }: Size): Work => ({
  rescalings: 1,
  products: parts * (limbs - 1) * n,
});

/** Sums of `terms` shifts. */
export const shiftsWork = (terms: number, outputs: number, { n, limbs, parts }: Size): Work => ({
  linears: 1,
  shifts: terms * n * limbs * parts,
  linearOutputs: outputs * n * limbs * parts,
});
