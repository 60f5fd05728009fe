import { sha256 } from '@noble/hashes/sha2.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { HesperError } from '../errors.ts';
import { PLAN_VERSION } from './plan-fields.ts';

/**
 * Bytes of a plan, little-endian: magic (4), version (u32), header length (u32), number of blobs (u32), length of each
 * blob in numbers (u32), header (JSON, UTF-8), blobs (int32), SHA-256 of all before it (32). No gaps, nothing behind.
 */
export function writeContainer(magic: string, header: unknown, blobs: readonly Int32Array[]): Uint8Array {
  const json = utf8ToBytes(JSON.stringify(header));
  const numbers = blobs.reduce((sum, blob) => sum + blob.length, 0);
  const bytes = new Uint8Array(16 + 4 * blobs.length + json.length + 4 * numbers + 32);
  const view = new DataView(bytes.buffer);
  bytes.set(utf8ToBytes(magic), 0);
  [PLAN_VERSION, json.length, blobs.length, ...blobs.map((blob) => blob.length)].forEach((value, i) => {
    view.setUint32(4 + 4 * i, value, true);
  });
  let at = 16 + 4 * blobs.length;
  bytes.set(json, at);
  at += json.length;
  for (const blob of blobs) for (const value of blob) at = put(view, at, value);
  bytes.set(sha256(bytes.subarray(0, at)), at);
  return bytes;
}

function put(view: DataView, at: number, value: number): number {
  view.setInt32(at, value, true);
  return at + 4;
}

export interface ByteReader {
  readonly header: unknown;
  /** Blob by number. Throws 'malformed-bytes' if there is none. */
  readonly blob: (index: number) => Int32Array;
  /** More names than this cannot be meant, given the size of the file. */
  readonly limit: number;
}

/** Throws 'malformed-bytes' or 'unsupported-version'. Lengths are checked before anything is allocated. */
export function readContainer(magic: string, bytes: Uint8Array): ByteReader {
  if (bytes.length < 48) throw malformed(`${bytes.length} bytes`, 'at least 48');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const met = String.fromCharCode(...bytes.subarray(0, 4));
  if (met !== magic) throw malformed(`the magic ${JSON.stringify(met)}`, magic);
  checkVersion(view.getUint32(4, true));
  const [headerLength, count] = [view.getUint32(8, true), view.getUint32(12, true)];
  const start = 16 + 4 * count;
  if (start + headerLength + 32 > bytes.length) throw malformed('a cut file', `${start + headerLength + 32} bytes`);
  const lengths = Array.from({ length: count }, (_, i) => view.getUint32(16 + 4 * i, true));
  const total = start + headerLength + 4 * lengths.reduce((sum, length) => sum + length, 0) + 32;
  if (total !== bytes.length) throw malformed(`${bytes.length} bytes`, `${total}`);
  checkDigest(bytes);
  let at = start + headerLength;
  const offsets = lengths.map((length) => (at += 4 * length) - 4 * length);
  return {
    header: parseJson(bytes.subarray(start, start + headerLength)),
    blob: (index) => {
      if (index >= count) throw malformed(`blob ${index}`, `below ${count}`);
      const offset = offsets[index]!;
      return Int32Array.from({ length: lengths[index]! }, (_, i) => view.getInt32(offset + 4 * i, true));
    },
    limit: 2 ** 22,
  };
}

function checkVersion(met: number): void {
  if (met === PLAN_VERSION) return;
  throw new HesperError('unsupported-version', 'The plan is of another version', {
    met,
    wanted: PLAN_VERSION,
    remedy: 'Plan again with this version.',
  });
}

function checkDigest(bytes: Uint8Array): void {
  const end = bytes.length - 32;
  const digest = sha256(bytes.subarray(0, end));
  if (digest.every((byte, i) => byte === bytes[end + i])) return;
  throw malformed('a wrong checksum', 'the SHA-256 of the bytes');
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw malformed('a header that is not JSON', 'JSON');
  }
}

const malformed = (met: string, wanted: string): HesperError =>
  new HesperError('malformed-bytes', 'The bytes are not a plan', {
    met,
    wanted,
    remedy: 'Save the plan again; the file may be cut short or damaged.',
  });
