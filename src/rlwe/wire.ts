import { HesperError } from '../errors.ts';
import { HEADER_BYTES, type Kind, readHeader, writeHeader } from '../format/header.ts';
import { residueBits } from '../ring/modulus.ts';
import type { Context } from './context.ts';

/**
 * Objects of the byte format (docs/format.md): a header, then by kind
 *
 *   1 parameters             the canonical encoding (parameters.ts)
 *   2 public key             seed (32 bytes), b
 *   3 relinearisation key    parts u8, level u8, zero (6 bytes), then a switching key for each power of the secret
 *   4 ciphertexts, seeded    shape, a seed for each, then part 0 of each
 *   5 ciphertexts, full      shape, then part 0 of each, part 1 of each, ...
 *   6 Galois keys            count u32, zero u32, for each exponent u32, level u8, zero (3 bytes), ascending; then the
 *                            switching keys
 *   7 plaintexts             shape with one part, then each
 *   8 integer plaintexts     count u32, index of the plaintext modulus t u8, zero (3 bytes), then each modulo t
 *   shape          count u32, level u8, parts u8, index of the plaintext modulus u8 (zero in CKKS), zero u8, scale f64
 *   switching key  a seed for each digit of its level, then b of each digit over special primes, then data primes
 *
 * A ring element is its residues in [0, p), coefficient order, prime by prime, ceil(log2 p) bits each without gaps.
 *
 * Loading takes at most ALLOCATION_FACTOR times the length of the bytes, and ALLOCATION_SLACK: what an object takes
 * follows from its shape, which is compared with the length before anything is allocated.
 */
export const ALLOCATION_FACTOR = 16;
export const ALLOCATION_SLACK = 2 ** 20;

/** Bytes of one ring element over ring primes given by index. */
export function elementBytes(context: Context, basis: Int32Array): number {
  const { dataPrimes, specialPrimes, ringDegree } = context.parameters;
  const primes = [...dataPrimes, ...specialPrimes];
  return basis.reduce((sum, i) => sum + (ringDegree / 8) * residueBits(primes[i]!), 0);
}

/** Where bytes go. */
export interface Destination {
  /** Free bytes to leave before the result in its buffer, for a caller's own header. Default 0. */
  readonly headroom?: number;
  /** Memory to use again, if it is long enough; the result is then a view of it. Default: new memory. */
  readonly into?: Uint8Array;
}

/** The header written, the body to be filled whole. */
export function withHeader(
  kind: Kind,
  id: string,
  bodyBytes: number,
  { headroom = 0, into }: Destination = {},
): { bytes: Uint8Array; body: Uint8Array } {
  const length = headroom + HEADER_BYTES + bodyBytes;
  const whole = into && into.length >= length ? into : new Uint8Array(length);
  const bytes = whole.subarray(headroom, length);
  writeHeader(bytes, kind, id);
  return { bytes, body: bytes.subarray(HEADER_BYTES) };
}

/**
 * The kind and the body of an object that has to belong to `context`.
 * @throws 'malformed-bytes', 'unsupported-version', 'context-mismatch'
 */
export function readHeaderFor(
  context: Context,
  bytes: Uint8Array,
  wanted: readonly Kind[],
): { kind: Kind; body: Uint8Array } {
  const { kind, id, body } = readHeader(bytes, wanted);
  requireParameters(context, id);
  return { kind, body };
}

/** @throws 'context-mismatch' */
export function requireParameters(context: Context, id: string): void {
  if (id === context.parameters.id) return;
  throw new HesperError('context-mismatch', 'the object belongs to other parameters', {
    met: id,
    wanted: context.parameters.id,
    remedy: 'Make it under the parameters of this context',
  });
}
