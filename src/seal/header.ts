import { HesperError } from '../errors.ts';
import { malformed, viewOf } from '../format/header.ts';

/**
 * What every object of Microsoft SEAL's serialization begins with, little-endian: magic u16, size of the header u8, major
 * and minor version u8, compression u8, zero u16, bytes of the whole object u64 (header included, compressed as it is).
 * Objects inside of others have headers of their own, and are never compressed by themselves.
 */
export const HEADER_BYTES = 16;

const MAGIC = 0xa15e;
const MAJOR = 4;
const MINOR = 1;

export const COMPRESSION = ['none', 'zlib', 'zstd'] as const;
export type Compression = (typeof COMPRESSION)[number];

export interface SealHeader {
  readonly compression: Compression;
  /** Bytes of the object, this header included. */
  readonly size: number;
}

/** @throws 'malformed-bytes', 'unsupported-version', 'unsupported-shape' */
export function readHeader(bytes: Uint8Array): SealHeader {
  if (!(bytes instanceof Uint8Array) || bytes.length < HEADER_BYTES)
    throw malformed('too short for a SEAL header', bytes?.length ?? 0, `at least ${HEADER_BYTES} bytes`);
  const view = viewOf(bytes);
  if (view.getUint16(0, true) !== MAGIC) throw malformed('not an object of SEAL', 'other first bytes', '5e a1');
  requireVersion(bytes[3]!, bytes[4]!);
  if (bytes[2] !== HEADER_BYTES || view.getUint16(6, true) !== 0)
    throw malformed('not a header of SEAL', `size ${bytes[2]}, reserved ${view.getUint16(6, true)}`, '16, 0');
  const compression = COMPRESSION[bytes[5]!];
  if (compression === undefined) throw unsupported('this compression', bytes[5], COMPRESSION.join(', '));
  const size = view.getBigUint64(8, true);
  if (size < HEADER_BYTES || size > Number.MAX_SAFE_INTEGER)
    throw malformed('no such size', String(size), `at least ${HEADER_BYTES}`);
  return { compression, size: Number(size) };
}

/** Of an uncompressed object of `size` bytes, header included: version 4.1. */
export function writeHeader(bytes: Uint8Array, size: number): void {
  const view = viewOf(bytes);
  view.setUint16(0, MAGIC, true);
  bytes.set([HEADER_BYTES, MAJOR, MINOR, 0, 0, 0], 2);
  view.setBigUint64(8, BigInt(size), true);
}

function requireVersion(major: number, minor: number): void {
  if (major === MAJOR) return;
  throw new HesperError('unsupported-version', 'SEAL bytes of another major version', {
    met: `${major}.${minor}`,
    wanted: `${MAJOR}.0 or later of major ${MAJOR}`,
    remedy: 'Save the object again with SEAL 4',
  });
}

/** For objects that are well formed, and have no counterpart here. */
export const unsupported = (what: string, met: unknown, wanted: unknown): HesperError =>
  new HesperError('unsupported-shape', `SEAL interoperability does not cover ${what}`, {
    met: typeof met === 'bigint' ? String(met) : met,
    wanted,
    remedy: 'Make the object within the supported shape, docs/seal.md',
  });
