import type { Encryption, Switching } from './noise.ts';
import { freshBound, roundingBound, switchedBound } from './worst.ts';

/**
 * What a coefficient of the noise of a BFV ciphertext can come to at most, whatever the randomness. Products of
 * polynomials are at most n times the product of their largest coefficients; the secret's are at most 1.
 */

/** Lifts may take a value at the edge of (-Q/2, Q/2) to its other representative, 2^-38 beyond. */
const SLACK = 1 + 2 ** -32;

/** Bounds of a slot are n times those of a coefficient. */
export const freshWorst = (n: number, kind: Encryption = 'symmetric'): number => freshBound(n, kind) / n + 1 / 2;

export const roundingWorst = (n: number, parts: number): number => roundingBound(n, parts) / n;

export const switchedWorst = (n: number, components: number, switching: Switching): number =>
  switchedBound(n, components, switching) / n;

export interface WorstFactor {
  readonly parts: number;
  readonly worst: number;
}

/** See productSpectrum: (t/Q) times the lifted factor is at most t/2 (1 + n + ...). `ratio`: t / Q. */
export function productWorst(n: number, t: number, ratio: number, a: WorstFactor, b: WorstFactor): number {
  const lifted = ({ parts }: WorstFactor): number => t * roundingWorst(n, parts);
  const cross = lifted(a) * b.worst + lifted(b) * a.worst + ratio * a.worst * b.worst;
  return SLACK * n * cross + roundingWorst(n, a.parts + b.parts - 1);
}
