import { _BLAKE2b } from '@noble/hashes/blake2.js';

/** The fields of BLAKE2b's parameter block that its extendable form sets (https://www.blake2.net/blake2x.pdf). */
interface Node {
  readonly key?: Uint8Array;
  readonly isLeaf: boolean;
  readonly offset: number;
  /** Bytes of the whole output. */
  readonly length: number;
}

const DIGEST_BYTES = 64;

/** One node of BLAKE2Xb: the state starts from another parameter block than BLAKE2b's own. */
class NodeHash extends _BLAKE2b {
  constructor({ key, isLeaf, offset, length }: Node) {
    super(key ? { dkLen: DIGEST_BYTES, key } : { dkLen: DIGEST_BYTES });
    const [h0, ...rest] = this.get();
    const [leafBytes, , , innerBytes] = rest.slice(0, 4);
    // Words, low half first: digest, key, fanout and depth; leaf length; node offset; output length; depth and inner length.
    const start = isLeaf ? h0 ^ 0x01010000 : h0;
    const leaf = isLeaf ? leafBytes! ^ DIGEST_BYTES : leafBytes!;
    const inner = isLeaf ? innerBytes! ^ (DIGEST_BYTES << 8) : innerBytes!;
    this.set(start, leaf, rest[1]! ^ offset, rest[2]! ^ length, inner, ...(rest.slice(4) as Tail));
  }
}

type Tail = [number, number, number, number, number, number, number, number, number, number, number];

/** BLAKE2Xb: `length` bytes, 1 .. 2^32 - 2, from a message under a key of up to 64 bytes. */
export function blake2xb(message: Uint8Array, key: Uint8Array, length: number): Uint8Array {
  const root = new NodeHash({ key, isLeaf: false, offset: 0, length }).update(message).digest();
  const out = new Uint8Array(length);
  for (let at = 0, offset = 0; at < length; at += DIGEST_BYTES, offset++) {
    const leaf = new NodeHash({ isLeaf: true, offset, length }).update(root).digest();
    out.set(leaf.subarray(0, Math.min(DIGEST_BYTES, length - at)), at);
  }
  return out;
}
