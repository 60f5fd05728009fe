import { malformed } from '../../format/header.ts';

export const broken = (what: string): Error => malformed(`not a zstd frame: ${what}`, 'other bytes', 'RFC 8878');

/**
 * Bits from the last to the first: entropy-coded streams of zstd are read backwards, from below a 1 that marks the end.
 * Bits before the first byte are zeros; whoever reads them sees it by `left`.
 */
export class BackwardBits {
  readonly #bytes: Uint8Array;
  /** Bits not yet read; negative beyond the first byte. */
  left: number;

  constructor(bytes: Uint8Array) {
    const last = bytes.at(-1) ?? 0;
    if (last === 0) throw broken('a stream without an end mark');
    this.#bytes = bytes;
    this.left = 8 * bytes.length - 8 + (31 - Math.clz32(last));
  }

  /** The next bits without taking them, 0 .. 24. */
  peek(count: number): number {
    const from = this.left - count;
    if (from < 0) return this.left <= 0 ? 0 : (this.#at(0) & ((1 << this.left) - 1)) << -from;
    return (this.#at(from >> 3) >>> (from & 7)) & ((1 << count) - 1);
  }

  #at(byte: number): number {
    const b = this.#bytes;
    return b[byte]! | (b[byte + 1]! << 8) | (b[byte + 2]! << 16) | (b[byte + 3]! << 24);
  }

  /** 0 .. 31 bits. */
  read(count: number): number {
    if (count > 16) return this.read(count - 16) * 65536 + this.read(16);
    const bits = this.peek(count);
    this.left -= count;
    return bits;
  }

  /** @throws 'malformed-bytes' unless exactly all bits were read */
  requireEnd(): void {
    if (this.left !== 0) throw broken('a stream of another length');
  }
}
