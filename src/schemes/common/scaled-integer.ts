import { balancedResidue } from '../../ring/modulus.ts';

/** A finite double as m * 2^e with integers m, e. */
function split(x: number): { mantissa: bigint; exponent: number } {
  if (x === 0) return { mantissa: 0n, exponent: 0 };
  const exponent = Math.max(-1074, Math.floor(Math.log2(Math.abs(x))) - 53);
  // Two steps, each exact: 2^-exponent may itself be out of range.
  const half = Math.trunc(-exponent / 2);
  return { mantissa: BigInt(x * 2 ** half * 2 ** (-exponent - half)), exponent };
}

/** value * scale, rounded to the nearest integer (halves up); exact for all finite doubles however large. */
export function scaledInteger(value: number, scale: number): bigint {
  const a = split(value);
  const b = split(scale);
  const product = a.mantissa * b.mantissa;
  const shift = a.exponent + b.exponent;
  if (shift >= 0) return product << BigInt(shift);
  return (product + (1n << BigInt(-shift - 1))) >> BigInt(-shift);
}

/** The constant polynomial of a value is itself in every NTT value: one balanced residue for each prime. */
export function constantResidues(integer: bigint, primes: readonly number[]): number[] {
  return primes.map((p) => balancedResidue(integer, p));
}
