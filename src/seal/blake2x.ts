/*
 * BLAKE2Xb (https://www.blake2.net/blake2x.pdf): BLAKE2b (RFC 7693) with other parameter blocks, one root and a leaf for each
 * 64 bytes. Libraries have BLAKE2b, but not with these blocks. 64-bit words are pairs, low half first, in arrays that are
 * made once: bytes from outside decide how much is expanded, and it shall not leave ten times as much garbage.
 */
const IV = Uint32Array.of(
  ...[0xf3bcc908, 0x6a09e667, 0x84caa73b, 0xbb67ae85, 0xfe94f82b, 0x3c6ef372, 0x5f1d36f1, 0xa54ff53a],
  ...[0xade682d1, 0x510e527f, 0x2b3e6c1f, 0x9b05688c, 0xfb41bd6b, 0x1f83d9ab, 0x137e2179, 0x5be0cd19],
);
const ORDERS = [
  [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
  [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
  [11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4],
  [7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
  [9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13],
  [2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
  [12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11],
  [13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
  [6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5],
  [10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0],
];
const ROUNDS = 12;
/** Places in the message, as they are used: 16 each round. */
const SCHEDULE = Uint8Array.from({ length: 16 * ROUNDS }, (_, i) => 2 * ORDERS[(i >> 4) % 10]![i % 16]!);

const DIGEST_BYTES = 64;
const BLOCK_BYTES = 128;
const state = new Uint32Array(16);
const work = new Uint32Array(32);
const message = new Uint32Array(32);

/** Word a plus word b plus word x of the message, into a. */
function add(a: number, b: number, x: number): void {
  const low = work[a]! + work[b]! + message[x]!;
  work[a + 1] = work[a + 1]! + work[b + 1]! + message[x + 1]! + ((low / 2 ** 32) | 0);
  work[a] = low;
}

function addWords(a: number, b: number): void {
  const low = work[a]! + work[b]!;
  work[a + 1] = work[a + 1]! + work[b + 1]! + (low >= 2 ** 32 ? 1 : 0);
  work[a] = low;
}

/** Word a xor word b, turned right by `bits` below 32, into a. */
function turn(a: number, b: number, bits: number): void {
  const low = work[a]! ^ work[b]!;
  const high = work[a + 1]! ^ work[b + 1]!;
  work[a] = (low >>> bits) | (high << (32 - bits));
  work[a + 1] = (high >>> bits) | (low << (32 - bits));
}

/** The same by 32. */
function swap(a: number, b: number): void {
  const low = work[a]! ^ work[b]!;
  work[a] = work[a + 1]! ^ work[b + 1]!;
  work[a + 1] = low;
}

/** The same by 63: left by one. */
function double(a: number, b: number): void {
  const low = work[a]! ^ work[b]!;
  const high = work[a + 1]! ^ work[b + 1]!;
  work[a] = (low << 1) | (high >>> 31);
  work[a + 1] = (high << 1) | (low >>> 31);
}

function mix(a: number, b: number, c: number, d: number, at: number): void {
  add(a, b, SCHEDULE[at]!);
  swap(d, a);
  addWords(c, d);
  turn(b, c, 24);
  add(a, b, SCHEDULE[at + 1]!);
  turn(d, a, 16);
  addWords(c, d);
  double(b, c);
}

/** `message` into `state`, after `bytes` bytes in all. */
function compress(bytes: number, isLast: boolean): void {
  work.set(state);
  work.set(IV, 16);
  work[24] = work[24]! ^ bytes;
  if (isLast) {
    work[28] = ~work[28]!;
    work[29] = ~work[29]!;
  }
  for (let at = 0; at < 16 * ROUNDS; at += 16) {
    mix(0, 8, 16, 24, at);
    mix(2, 10, 18, 26, at + 2);
    mix(4, 12, 20, 28, at + 4);
    mix(6, 14, 22, 30, at + 6);
    mix(0, 10, 20, 30, at + 8);
    mix(2, 12, 22, 24, at + 10);
    mix(4, 14, 16, 26, at + 12);
    mix(6, 8, 18, 28, at + 14);
  }
  for (let i = 0; i < 16; i++) state[i] = state[i]! ^ work[i]! ^ work[i + 16]!;
}

/** The state before the first block: IV xor the first five 32-bit words of the parameter block, whose others are zero. */
function begin(head: number, leafBytes: number, offset: number, outputBytes: number, inner: number): void {
  state.set(IV);
  state[0] = state[0]! ^ head;
  state[1] = state[1]! ^ leafBytes;
  state[2] = state[2]! ^ offset;
  state[3] = state[3]! ^ outputBytes;
  state[4] = state[4]! ^ inner;
}

function load(bytes: Uint8Array): void {
  message.fill(0);
  for (let i = 0; i < bytes.length; i++) message[i >> 2] = message[i >> 2]! | (bytes[i]! << (8 * (i & 3)));
}

/** Fills `out`, a multiple of 64 bytes below 2^32, from a text of 1 to 128 bytes under a key of 1 to 64 bytes. */
export function blake2xb(text: Uint8Array, key: Uint8Array, out: Uint8Array): void {
  begin(DIGEST_BYTES | (key.length << 8) | 0x01010000, 0, 0, out.length, 0);
  load(key);
  compress(BLOCK_BYTES, false);
  load(text);
  compress(BLOCK_BYTES + text.length, true);
  message.fill(0);
  message.set(state);
  const view = new DataView(out.buffer, out.byteOffset, out.length);
  for (let at = 0, leaf = 0; at < out.length; at += DIGEST_BYTES, leaf++) {
    begin(DIGEST_BYTES, DIGEST_BYTES, leaf, out.length, DIGEST_BYTES << 8);
    compress(DIGEST_BYTES, true);
    for (let i = 0; i < 16; i++) view.setUint32(at + 4 * i, state[i]!, true);
  }
}
