import { balancedResidue } from '../../ring/modulus.ts';
import type { Scratch } from '../buffers.ts';
import type { Ciphertext } from '../ciphertext.ts';
import { decryptPhases } from './decrypt.ts';
import type { SecretKey } from './secret-key.ts';

/** Integers as sums of two doubles: the nearest multiple of the unit, and the rest. */
export interface SplitRow {
  readonly high: Float64Array;
  readonly low: Float64Array;
}

/** The largest double that the kernel's `spread` takes. */
const LARGEST = 2 ** 90 * (1 - 2 ** -53);

/**
 * The n coefficients of a phase, more exactly than doubles can hold them: `high` is what the kernel composes, rounded to
 * multiples of `unit` (a power of two), `low` is composed of what remains modulo the primes. While |coefficient| is below
 * 2^90 units, |low| <= unit / 2 + limbs * 2^-52 |coefficient|, exact below 2^53 and beyond with a relative error of limbs * 2^-52.
 * Larger coefficients come out wrong, and nobody is told. The caller wipes both rows.
 */
export function exactPhase(secretKey: SecretKey, ct: Ciphertext<'ckks'>, unit: number, scratch: Scratch): SplitRow {
  const { context } = secretKey;
  const { kernel, ring, n, parameters } = context;
  const basis = context.basis(ct.level);
  const units = Float64Array.from(basis, (i) => balancedResidue(BigInt(unit), parameters.dataPrimes[i]!));
  const phase = decryptPhases(secretKey, [ct], scratch);
  const row = scratch.list(1, n);
  const known = scratch.list(1, basis.length * n);
  const composed = (): Float64Array => {
    const out = new Float64Array(n);
    kernel.compose(ring, row, phase, basis);
    kernel.read(row[0]!, 0, out);
    return out;
  };
  const high = composed();
  for (let i = 0; i < n; i++) high[i] = Math.min(LARGEST, Math.max(-LARGEST, Math.round(high[i]! / unit)));
  kernel.write(row[0]!, 0, high);
  kernel.spread(ring, known, row, basis);
  kernel.multiplyScalars(ring, known, known, units, basis, 1);
  kernel.subtract(ring, phase, phase, known, basis, 1, 1);
  for (let i = 0; i < n; i++) high[i] = high[i]! * unit;
  return { high, low: composed() };
}
