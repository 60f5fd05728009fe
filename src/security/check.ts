import { HesperError } from '../errors.ts';
import { DEFAULT_PROFILE, type SecurityBits, type SecurityProfile, securityTables } from './tables.ts';

/**
 * The largest log2(QP) that the table allows, or undefined where it has no row.
 * @example maxLogQP(8192, 128) // 214
 */
export function maxLogQP(
  n: number,
  bits: SecurityBits = 128,
  profile: SecurityProfile = DEFAULT_PROFILE,
): number | undefined {
  const rows = securityTables[profile]?.[bits];
  return rows !== undefined && Object.hasOwn(rows, n) ? rows[n] : undefined;
}

export interface SecurityReport {
  readonly n: number;
  readonly bits: SecurityBits;
  readonly profile: SecurityProfile;
  /** log2 of the product of all primes, special ones included. */
  readonly logQP: number;
  readonly maxLogQP: number;
}

/**
 * Accepts a ring degree and ALL its primes (special ones included) or refuses. The comparison is exact: the product,
 * a BigInt, against 2^row.
 * @throws 'insecure-parameters' above the row, or where there is no row
 */
export function checkSecurity(
  n: number,
  primes: readonly number[],
  bits: SecurityBits = 128,
  profile: SecurityProfile = DEFAULT_PROFILE,
): SecurityReport {
  const limit = maxLogQP(n, bits, profile);
  if (limit === undefined) throw unknown(n, bits, profile);
  const qp = primes.reduce((q, p) => q * BigInt(p), 1n);
  const logQP = log2(qp);
  if (qp > 1n << BigInt(limit)) throw tooLarge(n, bits, logQP, limit);
  return { n, bits, profile, logQP, maxLogQP: limit };
}

const unknown = (n: number, bits: number, profile: string): HesperError =>
  new HesperError('insecure-parameters', 'the security of this ring degree is unknown', {
    met: { ringDegree: n, securityBits: bits, profile },
    wanted: `a row of the table ${profile}: 128, 192 or 256 bits, ring degrees 2048 .. 131072`,
    remedy: 'Choose a ring degree and level of the table',
  });

const tooLarge = (n: number, bits: number, logQP: number, limit: number): HesperError =>
  new HesperError('insecure-parameters', `the modulus is too large for ring degree ${n} at ${bits} bits of security`, {
    met: `log2(QP) = ${logQP.toFixed(3)}`,
    wanted: `at most ${limit}`,
    remedy: 'Use a larger ring degree, or fewer or smaller primes (special primes count)',
  });

function log2(x: bigint): number {
  const excess = Math.max(0, x.toString(2).length - 64);
  return excess + Math.log2(Number(x >> BigInt(excess)));
}
