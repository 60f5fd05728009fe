import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { canonicalJson } from '../format/canonical-json.ts';
import { HEADER_BYTES, type Kind, malformed, readHeader, viewOf, writeHeader } from '../format/header.ts';

/** A plan's text may have this many bytes, and this many blobs may stand behind it. */
export const MAX_JSON_BYTES = 2 ** 26;
export const MAX_BLOBS = 2 ** 20;

const HEAD_BYTES = 8;

/**
 * Bytes of a plan: the header of every object, its id the SHA-256 of all behind it; length of the text (u32), number
 * of blobs (u32), length of each blob in numbers (u32), the text (canonical JSON, UTF-8), the blobs (int32). No gaps, nothing
 * behind.
 */
export function writeContainer(kind: Kind, content: unknown, blobs: readonly Int32Array[]): Uint8Array {
  const json = utf8ToBytes(canonicalJson(content));
  const numbers = blobs.reduce((sum, blob) => sum + blob.length, 0);
  const bytes = new Uint8Array(HEADER_BYTES + HEAD_BYTES + 4 * blobs.length + json.length + 4 * numbers);
  const body = bytes.subarray(HEADER_BYTES);
  const view = viewOf(body);
  [json.length, blobs.length, ...blobs.map((blob) => blob.length)].forEach((value, i) => {
    view.setUint32(4 * i, value, true);
  });
  let at = HEAD_BYTES + 4 * blobs.length;
  body.set(json, at);
  at += json.length;
  for (const blob of blobs) for (const value of blob) at = put(view, at, value);
  writeHeader(bytes, kind, digestOf(body));
  return bytes;
}

function put(view: DataView, at: number, value: number): number {
  view.setInt32(at, value, true);
  return at + 4;
}

const digestOf = (body: Uint8Array): string => bytesToHex(sha256(body));

export interface ByteReader {
  /** Parsed, not yet known to be canonical: `requireCanonical`. */
  readonly content: unknown;
  /** Blob by number; each is read once, in order. Throws 'malformed-bytes' if it is not the next one. */
  readonly blob: (index: number) => Int32Array;
  /** Throws 'malformed-bytes' unless the text is the one text of this content, and all blobs were read. */
  readonly requireCanonical: (content: unknown) => void;
}

/** Throws 'malformed-bytes' or 'unsupported-version'. Lengths are checked before anything is allocated. */
export function readContainer(kind: Kind, bytes: Uint8Array): ByteReader {
  const { id, body } = readHeader(bytes, [kind]);
  const { start, end, lengths } = readLengths(body);
  if (digestOf(body) !== id) throw malformed('a wrong checksum', digestOf(body), id);
  let at = end;
  const offsets = lengths.map((length) => (at += 4 * length) - 4 * length);
  const text = textOf(body.subarray(start, end));
  const view = viewOf(body);
  let next = 0;
  return {
    content: parseJson(text),
    blob: (index) => {
      if (index !== next || index >= lengths.length)
        throw malformed('a blob out of order', index, `${next}, of ${lengths.length}`);
      next++;
      return Int32Array.from({ length: lengths[index]! }, (_, i) => view.getInt32(offsets[index]! + 4 * i, true));
    },
    requireCanonical: (content) => {
      if (next !== lengths.length) throw malformed('blobs without use', lengths.length, next);
      if (canonicalJson(content) !== text)
        throw malformed('a text that is not canonical', 'other fields or spelling', 'sorted keys, no gaps');
    },
  };
}

/** Where the text starts and ends, and the lengths of the blobs behind it; together they fill the body. */
function readLengths(body: Uint8Array): { start: number; end: number; lengths: number[] } {
  if (body.length < HEAD_BYTES) throw malformed('too short for a plan', body.length, `at least ${HEAD_BYTES}`);
  const view = viewOf(body);
  const [text, count] = [view.getUint32(0, true), view.getUint32(4, true)];
  if (text > MAX_JSON_BYTES || count > MAX_BLOBS)
    throw malformed('too large a plan', `${text} bytes of text, ${count} blobs`, `${MAX_JSON_BYTES}, ${MAX_BLOBS}`);
  const start = HEAD_BYTES + 4 * count;
  const end = start + text;
  if (end > body.length) throw malformed('a cut plan', body.length, `at least ${end}`);
  const lengths = Array.from({ length: count }, (_, i) => view.getUint32(HEAD_BYTES + 4 * i, true));
  const total = end + 4 * lengths.reduce((sum, length) => sum + length, 0);
  if (total !== body.length) throw malformed('wrong length', body.length, total);
  return { start, end, lengths };
}

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw malformed('a text that is not UTF-8', 'others', 'UTF-8');
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw malformed('a text that is not JSON', 'another', 'JSON');
  }
}
