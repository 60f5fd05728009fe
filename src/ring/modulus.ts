/** Exact numbers about products of primes, by BigInt. */

/** The product of all the primes. */
export const product = (primes: readonly number[]): bigint => primes.reduce((q, p) => q * BigInt(p), 1n);

/** log2 of a positive integer, correct to the last bits of a double however large it is. */
export function log2BigInt(x: bigint): number {
  const excess = Math.max(0, x.toString(2).length - 64);
  return excess + Math.log2(Number(x >> BigInt(excess)));
}

/** ceil(log2 p): the bits of a residue of an odd p. */
export const residueBits = (p: number): number => p.toString(2).length;

/** The representative of x mod p in (-p/2, p/2), p odd. */
export function balancedResidue(x: bigint, p: number): number {
  const q = BigInt(p);
  const r = ((x % q) + q) % q;
  return Number(2n * r > q ? r - q : r);
}

/** The integer nearest to a finite number times 2^0; exact for every double (ties to even cannot occur above 2^53). */
export function exactInteger(x: number): bigint {
  const low = Math.floor(x);
  const rest = x - low;
  const up = rest > 0.5 || (rest === 0.5 && low % 2 !== 0);
  return BigInt(up ? low + 1 : low);
}
