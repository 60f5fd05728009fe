import { viewOf } from '../format/header.ts';
import { HEADER_BYTES, writeHeader } from './header.ts';

/** Bytes of an array of 64-bit words, header included. */
export const wordsBytes = (count: number): number => HEADER_BYTES + 8 + 8 * count;

/** Fills new bytes of a known length from front to back. */
export class SealWriter {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(length: number) {
    this.bytes = new Uint8Array(length);
    this.#view = viewOf(this.bytes);
  }

  /** The next bytes, to be filled. */
  take(count: number): Uint8Array {
    this.#at += count;
    return this.bytes.subarray(this.#at - count, this.#at);
  }

  u8(value: number): void {
    this.take(1)[0] = value;
  }

  u64(value: number | bigint): void {
    this.#view.setBigUint64(this.#at, BigInt(value), true);
    this.#at += 8;
  }

  f64(value: number): void {
    this.#view.setFloat64(this.#at, value, true);
    this.#at += 8;
  }

  /** The header of an object of `size` bytes, header included. */
  header(size: number): void {
    writeHeader(this.take(HEADER_BYTES), size);
  }

  /** An array of words, to be filled. */
  words(count: number): Uint8Array {
    this.header(wordsBytes(count));
    this.u64(count);
    return this.take(8 * count);
  }
}
