import { _BLAKE2b } from '@noble/hashes/blake2.js';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { viewOf } from '../format/header.ts';
import { blake2xb } from './blake2x.ts';

/** Another BLAKE2b, whose state is set to the parameter blocks of BLAKE2Xb. */
class Library extends _BLAKE2b {
  root(length: number): this {
    const [a, b, c, d, ...rest] = this.get();
    this.set(a, b, c, d ^ length, ...rest);
    return this;
  }

  leaf(offset: number, length: number, root: Uint8Array): number[] {
    const [a, b, c, d, e, ...rest] = this.get();
    this.set(a ^ 0x01010000, b ^ 64, c ^ offset, d ^ length, e ^ (64 << 8), ...rest);
    this.length = 64;
    this.compress(
      Uint32Array.from({ length: 32 }, (_, i) => (i < 16 ? viewOf(root).getUint32(4 * i, true) : 0)),
      0,
      true,
    );
    return [...this.get()].map((word) => word >>> 0);
  }
}

function expected(text: Uint8Array, key: Uint8Array, length: number): number[] {
  const root = new Library({ dkLen: 64, key }).root(length).update(text).digest();
  return Array.from({ length: length / 64 }, (_, i) => new Library({ dkLen: 64 }).leaf(i, length, root)).flat();
}

it('expands as a library does with the same parameter blocks', () => {
  const text = fc.uint8Array({ minLength: 1, maxLength: 128 });
  const key = fc.uint8Array({ minLength: 1, maxLength: 64 });
  fc.assert(
    fc.property(text, key, fc.integer({ min: 1, max: 70 }), (t, k, leaves) => {
      const out = new Uint8Array(64 * leaves);
      blake2xb(t, k, out);
      expect([...new Uint32Array(out.buffer)]).toEqual(expected(t, k, out.length));
    }),
    { numRuns: 200 },
  );
});
