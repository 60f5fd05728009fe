import { HesperError } from '../errors.ts';
import { product } from '../ring/modulus.ts';
import { largestPrimeBelow, PRIME_LIMIT } from '../ring/primes.ts';

/** The parts of parameters that BFV has and CKKS has not. */

export const MAX_PLAINTEXT_MODULI = 16;
export const MIN_PLAINTEXT_MODULUS = 3;

/** The largest operands of a BFV product that the auxiliary primes are made for, in parts. */
export const MAX_FACTOR_PARTS = 5;

/** @throws 'invalid-parameters' unless 1 .. 16 odd moduli, coprime to each other and to all primes */
export function checkPlaintextModuli(moduli: readonly number[], primes: readonly number[]): void {
  if (moduli.length < 1 || moduli.length > MAX_PLAINTEXT_MODULI)
    throw invalid('wrong number of plaintext moduli', moduli.length, `1 .. ${MAX_PLAINTEXT_MODULI}`);
  const bad = moduli.find((t) => !isPlaintextModulus(t));
  if (bad !== undefined)
    throw invalid(
      'not a usable plaintext modulus',
      bad,
      `an odd number, ${MIN_PLAINTEXT_MODULUS} .. ${PRIME_LIMIT - 1}`,
    );
  const shared = moduli.find((t) => primes.some((p) => t % p === 0));
  if (shared !== undefined)
    throw invalid('a plaintext modulus shares a factor with a prime of the ring', shared, 'coprime to all primes');
  moduli.forEach((t, i) => {
    const other = moduli.slice(0, i).find((u) => greatestCommonDivisor(t, u) > 1);
    if (other !== undefined) throw invalid('plaintext moduli share a factor', [other, t], 'pairwise coprime moduli');
  });
}

const isPlaintextModulus = (t: number): boolean =>
  Number.isInteger(t) && t >= MIN_PLAINTEXT_MODULUS && t < PRIME_LIMIT && t % 2 === 1;

const greatestCommonDivisor = (a: number, b: number): number => (b === 0 ? a : greatestCommonDivisor(b, a % b));

/**
 * Whether `auxiliary` primes are enough for products of ciphertexts modulo Q, the smaller operand of `parts` parts. A
 * product's coefficients are below parts n (Q / 2)^2, times t / Q that is parts t n Q / 4, which has to stay below half
 * of R, the product of the auxiliary primes. 1 + 2^-38 pays for rounding and for what base conversions need.
 */
export function suffices(
  auxiliary: readonly number[],
  { n, q, t, parts }: { readonly n: number; readonly q: bigint; readonly t: number; readonly parts: number },
): boolean {
  const needed = BigInt(parts) * BigInt(n) * BigInt(t) * q;
  return product(auxiliary) << 39n >= needed * (2n ** 38n + 1n);
}

/**
 * The largest primes 1 mod 2n below the limit that are neither among `taken` nor factors of a plaintext modulus, as
 * many as products at the highest level need under the largest modulus. Nothing is ever published modulo them.
 */
export function auxiliaryPrimesFor(
  n: number,
  dataPrimes: readonly number[],
  taken: readonly number[],
  moduli: readonly number[],
): number[] {
  const demand = { n, q: product(dataPrimes), t: Math.max(...moduli), parts: MAX_FACTOR_PARTS };
  const out: number[] = [];
  for (let below = PRIME_LIMIT; !suffices(out, demand); ) {
    below = largestPrimeBelow(below, n);
    if (!taken.includes(below) && moduli.every((t) => t % below !== 0)) out.push(below);
  }
  return out;
}

/** @throws 'parts-mismatch' */
export function requireFactor(parts: number): void {
  if (Number.isInteger(parts) && parts >= 2 && parts <= MAX_FACTOR_PARTS) return;
  throw new HesperError('parts-mismatch', 'no products of ciphertexts with this many parts', {
    met: parts,
    wanted: `2 .. ${MAX_FACTOR_PARTS}`,
    remedy: 'Relinearise before multiplying further',
  });
}

const invalid = (summary: string, met: unknown, wanted: unknown): HesperError =>
  new HesperError('invalid-parameters', summary, {
    met,
    wanted,
    remedy: 'Choose other plaintext moduli, or let a plan choose the parameters',
  });
