import { _BLAKE2b } from '@noble/hashes/blake2.js';
import { viewOf } from '../format/header.ts';

/**
 * BLAKE2Xb (https://www.blake2.net/blake2x.pdf): BLAKE2b with other parameter blocks, one root and a leaf for each 64 bytes.
 * The state of BLAKE2b starts from its parameter block, as words, low half first: digest, key, fanout and depth; length of
 * leaves; offset of the node; length of the whole output; depth of the node and inner length; zeros.
 */
class Node extends _BLAKE2b {
  /** The root, for `length` bytes in all. */
  asRoot(length: number): this {
    const [a, b, c, d, ...rest] = this.get();
    this.set(a, b, c, d ^ length, ...rest);
    return this;
  }

  /** Makes this object, fresh and without key, hash leaves. */
  leaves(length: number, root: Uint8Array): (offset: number) => readonly number[] {
    const [a, b, c, d, e, ...rest] = this.get();
    const words = new Uint32Array(32);
    const view = viewOf(root);
    for (let i = 0; i < 16; i++) words[i] = view.getUint32(4 * i, true);
    this.length = DIGEST_BYTES;
    return (offset) => {
      this.set(a ^ 0x01010000, b ^ DIGEST_BYTES, c ^ offset, d ^ length, e ^ (DIGEST_BYTES << 8), ...rest);
      this.compress(words, 0, true);
      return this.get();
    };
  }
}

const DIGEST_BYTES = 64;

/** `length` bytes, a multiple of 64 below 2^32, from a message under a key of up to 64 bytes. */
export function blake2xb(message: Uint8Array, key: Uint8Array, length: number): Uint8Array {
  const root = new Node({ dkLen: DIGEST_BYTES, key }).asRoot(length).update(message).digest();
  const leaf = new Node({ dkLen: DIGEST_BYTES }).leaves(length, root);
  const out = new Uint8Array(length);
  const view = viewOf(out);
  for (let at = 0, offset = 0; at < length; at += DIGEST_BYTES, offset++)
    leaf(offset).forEach((word, i) => {
      view.setUint32(at + 4 * i, word, true);
    });
  return out;
}
