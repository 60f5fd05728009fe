import { concatBytes } from '@noble/hashes/utils.js';
import { Unzlib } from 'fflate';
import { HesperError } from '../errors.ts';
import { malformed } from '../format/header.ts';
import { HEADER_BYTES, readHeader, unsupported } from './header.ts';
import { SealReader } from './reader.ts';
import { tooLong, unzstd } from './zstd/unzstd.ts';

/**
 * The members of a SEAL object that fills `bytes`, decompressed where it was compressed.
 * @param limit what the members can have at most, in bytes: known before anything is decompressed, and kept to
 * @throws 'malformed-bytes', 'unsupported-version', 'unsupported-shape'
 */
export function openObject(bytes: Uint8Array, limit: number): SealReader {
  const { compression, size } = readHeader(bytes);
  if (size !== bytes.length) throw malformed('cut short, or bytes behind the end', bytes.length, `${size} bytes`);
  const members = bytes.subarray(HEADER_BYTES);
  if (compression === 'none') return new SealReader(members);
  return new SealReader(compression === 'zlib' ? unzlib(members, limit) : unzstd(members, limit));
}

/** The greatest factor by which DEFLATE can grow bytes. */
const MAX_RATIO = 1032;
const MIN_STEP = 1024;
const MAX_STEP = 65536;

/** Steps of a size that cannot pass the limit by much before that is seen. */
function unzlib(bytes: Uint8Array, limit: number): Uint8Array {
  const chunks: Uint8Array[] = [];
  let total = 0;
  const [a = 0, b = 0] = bytes;
  if (bytes.length < 6 || a % 16 !== 8 || (256 * a + b) % 31 !== 0)
    throw malformed('no zlib stream', 'other first bytes', 'RFC 1950');
  if ((b & 0x20) !== 0) throw unsupported('zlib with a dictionary', 'a dictionary', 'none');
  const step = Math.max(MIN_STEP, Math.min(MAX_STEP, Math.floor(limit / (8 * MAX_RATIO))));
  let ended = false;
  const stream = new Unzlib((chunk, final) => {
    total += chunk.length;
    if (total > limit) throw tooLong(limit);
    chunks.push(chunk);
    ended ||= final;
  });
  try {
    for (let at = 0; at < bytes.length; at += step)
      stream.push(bytes.subarray(at, at + step), at + step >= bytes.length);
  } catch (error) {
    if (error instanceof HesperError) throw error;
    throw malformed('not a zlib stream', (error as Error).message, 'RFC 1950');
  }
  const whole = concatBytes(...chunks);
  if (!ended || adler32(whole) !== viewEnd(bytes))
    throw malformed('no whole zlib stream', 'another checksum', 'Adler-32');
  return whole;
}

const viewEnd = (bytes: Uint8Array): number =>
  new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 4, 4).getUint32(0);

function adler32(bytes: Uint8Array): number {
  let [a, b] = [1, 0];
  for (let at = 0; at < bytes.length; ) {
    for (const end = Math.min(bytes.length, at + 3800); at < end; at++) {
      a += bytes[at]!;
      b += a;
    }
    a %= 65521;
    b %= 65521;
  }
  return b * 65536 + a;
}
