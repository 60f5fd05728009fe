import { broken } from './bits.ts';
import { decodeHuffman, type HuffmanTable, readHuffmanTable } from './huffman.ts';

/** The literals of one block, the code that the next one may use again, and the bytes that they took. */
export interface Literals {
  readonly bytes: Uint8Array;
  readonly table: HuffmanTable | undefined;
  readonly used: number;
}

/** @throws 'malformed-bytes' also for more than `most` literals */
export function readLiterals(block: Uint8Array, known: HuffmanTable | undefined, most: number): Literals {
  const type = (block[0] ?? 0) & 3;
  return type < 2 ? plain(block, type === 1, known, most) : compressed(block, type === 3, known, most);
}

/** The first bytes as one number. */
function word(block: Uint8Array, count: number): number {
  if (block.length < count) throw broken('literals that are cut short');
  let out = 0;
  for (let i = count - 1; i >= 0; i--) out = out * 256 + block[i]!;
  return out;
}

function plain(block: Uint8Array, isRepeated: boolean, table: HuffmanTable | undefined, most: number): Literals {
  const format = (block[0]! >> 2) & 3;
  const head = format === 1 ? 2 : format === 3 ? 3 : 1;
  const size = word(block, head) >>> (head === 1 ? 3 : 4);
  const used = head + (isRepeated ? 1 : size);
  if (size > most || used > block.length) throw broken('literals that are cut short, or too many');
  if (!isRepeated) return { bytes: block.subarray(head, used), table, used };
  return { bytes: new Uint8Array(size).fill(block[head]!), table, used };
}

function compressed(block: Uint8Array, isTreeless: boolean, known: HuffmanTable | undefined, most: number): Literals {
  const format = (block[0]! >> 2) & 3;
  const head = [3, 3, 4, 5][format]!;
  const width = [10, 10, 14, 18][format]!;
  const sizes = Math.floor(word(block, head) / 16);
  const [size, packed] = [sizes % 2 ** width, Math.floor(sizes / 2 ** width)];
  const used = head + packed;
  if (size > most || used > block.length) throw broken('literals that are cut short, or too many');
  const body = block.subarray(head, used);
  const read = isTreeless ? { table: known, used: 0 } : readHuffmanTable(body);
  const { table } = read;
  if (table === undefined) throw broken('a prefix code that was never given');
  const bytes = new Uint8Array(size);
  const streams = body.subarray(read.used);
  if (format === 0) decodeHuffman(table, streams, bytes);
  else decodeFour(table, streams, bytes);
  return { bytes, table, used };
}

/** Four streams, of which the last takes what is left. */
function decodeFour(table: HuffmanTable, body: Uint8Array, out: Uint8Array): void {
  if (body.length < 6) throw broken('streams that are cut short');
  const each = (out.length + 3) >> 2;
  if (3 * each > out.length) throw broken('too few literals for four streams');
  const lengths = [0, 2, 4].map((at) => body[at]! | (body[at + 1]! << 8));
  let from = 6;
  for (let i = 0; i < 4; i++) {
    const to = i < 3 ? from + lengths[i]! : body.length;
    if (to > body.length) throw broken('streams that are cut short');
    decodeHuffman(table, body.subarray(from, to), out.subarray(i * each, i < 3 ? (i + 1) * each : out.length));
    from = to;
  }
}
