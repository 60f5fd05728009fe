import { malformed } from '../../format/header.ts';
import { unsupported } from '../header.ts';
import { broken } from './bits.ts';
import type { HuffmanTable } from './huffman.ts';
import { readLiterals } from './literals.ts';
import { runSequences, type Tables } from './sequences.ts';

/**
 * One zstd frame that fills `bytes` (RFC 8878), without dictionary. Output goes into memory of the final size, which is
 * known before anything is decompressed and at most `limit`; every copy is checked against it, so that time is bounded by
 * the sizes of input and output. A checksum at the end is not compared.
 * @throws 'malformed-bytes' also where more than `limit` bytes would come out, 'unsupported-shape' for dictionaries
 */
export function unzstd(bytes: Uint8Array, limit: number): Uint8Array {
  const frame = readFrame(bytes);
  const body = bytes.subarray(frame.headBytes, bytes.length - frame.tailBytes);
  let most = 0;
  for (const block of blocksOf(body)) most += block.most;
  if ((frame.size ?? 0) > limit) throw tooLong(limit);
  const out = new Output(new Uint8Array(frame.size ?? Math.min(limit, most)));
  for (const block of blocksOf(body)) out.add(block);
  if (frame.size !== undefined && out.length !== frame.size) throw broken('content of another size');
  return out.bytes();
}

export const tooLong = (limit: number): Error =>
  malformed(
    'more comes out of the compressed bytes than an object of this kind has',
    `above ${limit}`,
    `${limit} bytes`,
  );

interface Frame {
  readonly headBytes: number;
  readonly tailBytes: number;
  /** Of the content, where it is told. */
  readonly size: number | undefined;
}

const MAGIC = [0x28, 0xb5, 0x2f, 0xfd];

function readFrame(bytes: Uint8Array): Frame {
  if (MAGIC.some((x, i) => bytes[i] !== x)) throw broken('other first bytes');
  const flags = bytes[4] ?? 0x08;
  if ((flags & 0x08) !== 0) throw broken('reserved bits of the frame');
  if ((flags & 3) !== 0) throw unsupported('zstd with a dictionary', flags & 3, 0);
  const isSingle = (flags & 0x20) !== 0;
  const sizeBytes = [isSingle ? 1 : 0, 2, 4, 8][flags >> 6]!;
  const start = isSingle ? 5 : 6;
  const tailBytes = (flags & 4) !== 0 ? 4 : 0;
  if (bytes.length < start + sizeBytes + 3 + tailBytes) throw broken('a frame that is cut short');
  let size = sizeBytes === 2 ? 256 : 0;
  for (let i = 0; i < sizeBytes; i++) size += bytes[start + i]! * 2 ** (8 * i);
  return { headBytes: start + sizeBytes, tailBytes, size: sizeBytes === 0 ? undefined : size };
}

interface Block {
  readonly type: number;
  readonly body: Uint8Array;
  /** The most bytes that it stands for. */
  readonly most: number;
}

const MAX_BLOCK = 128 * 1024;
const [RAW, REPEATED, COMPRESSED] = [0, 1, 2];

/** One after the other; they have to fill `bytes` exactly. */
function* blocksOf(bytes: Uint8Array): Generator<Block> {
  for (let at = 0, isLast = false; !isLast; ) {
    if (at + 3 > bytes.length) throw broken('blocks that are cut short');
    const head = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16);
    isLast = (head & 1) === 1;
    const [type, size] = [(head >> 1) & 3, head >> 3];
    const end = at + 3 + (type === REPEATED ? 1 : size);
    if (type > COMPRESSED || size > MAX_BLOCK || end > bytes.length || (isLast && end < bytes.length))
      throw broken('no such block, or bytes behind the last');
    yield { type, body: bytes.subarray(at + 3, end), most: type === COMPRESSED ? MAX_BLOCK : size };
    at = end;
  }
}

/** What came out so far, and what blocks hand on to each other. */
class Output {
  readonly #out: Uint8Array;
  #at = 0;
  #huffman: HuffmanTable | undefined;
  #tables: Tables = [undefined, undefined, undefined];
  /** Offsets used last, the latest first. */
  #offsets: [number, number, number] = [1, 4, 8];

  constructor(out: Uint8Array) {
    this.#out = out;
  }

  get length(): number {
    return this.#at;
  }

  bytes(): Uint8Array {
    return this.#out.subarray(0, this.#at);
  }

  add({ type, body, most }: Block): void {
    if (type === COMPRESSED) this.#decode(body);
    else {
      const end = this.#endAfter(most);
      if (type === RAW) this.#out.set(body, this.#at);
      else this.#out.fill(body[0]!, this.#at, end);
      this.#at = end;
    }
  }

  #decode(body: Uint8Array): void {
    const room = Math.min(MAX_BLOCK, this.#out.length - this.#at);
    const end = this.#at + room;
    const { bytes, table, used } = readLiterals(body, this.#huffman, room);
    this.#huffman = table;
    let taken = 0;
    const literals = (count: number): void => {
      if (taken + count > bytes.length || this.#at + count > end) throw broken('more literals than there are');
      this.#out.set(bytes.subarray(taken, taken + count), this.#at);
      taken += count;
      this.#at += count;
    };
    this.#tables = runSequences(body.subarray(used), this.#tables, (length, value, match) => {
      literals(length);
      if (this.#at + match > end) throw broken('a match that is too long');
      this.#copy(this.#offsetOf(value, length === 0), match);
    });
    literals(bytes.length - taken);
  }

  /** 1 .. 3 are offsets used before, one further back where no literals came before the match. */
  #offsetOf(value: number, isBare: boolean): number {
    const [a, b, c] = this.#offsets;
    const which = isBare && value <= 3 ? value + 1 : value;
    if (value > 3) this.#offsets = [value - 3, a, b];
    else if (which === 2) this.#offsets = [b, a, c];
    else if (which === 3) this.#offsets = [c, a, b];
    else if (which === 4) this.#offsets = [a - 1, a, b];
    return this.#offsets[0];
  }

  /** Byte by byte where the match overlaps itself. */
  #copy(offset: number, length: number): void {
    const from = this.#at - offset;
    if (offset < 1 || from < 0) throw broken('a match from before the beginning');
    if (offset >= length) this.#out.copyWithin(this.#at, from, from + length);
    else for (let i = 0; i < length; i++) this.#out[this.#at + i] = this.#out[from + i]!;
    this.#at += length;
  }

  #endAfter(count: number): number {
    if (this.#at + count > this.#out.length) throw broken('more content than there is room for');
    return this.#at + count;
  }
}
