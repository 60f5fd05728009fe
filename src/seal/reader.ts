import { malformed, viewOf } from '../format/header.ts';
import { HEADER_BYTES, readHeader, unsupported } from './header.ts';

/** Goes through the members of one SEAL object from front to back; nothing is read beyond its end. */
export class SealReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = viewOf(bytes);
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  /** @throws 'malformed-bytes' */
  take(count: number): Uint8Array {
    if (count > this.left) throw malformed('cut short', `${this.left} bytes left`, `${count} bytes`);
    this.#at += count;
    return this.#bytes.subarray(this.#at - count, this.#at);
  }

  u8(): number {
    return this.take(1)[0]!;
  }

  u64(): bigint {
    this.take(8);
    return this.#view.getBigUint64(this.#at - 8, true);
  }

  /** A count that has to be exact as a number. @throws 'malformed-bytes' */
  count(): number {
    const value = this.u64();
    if (value > Number.MAX_SAFE_INTEGER) throw malformed('no such count', String(value), 'a number below 2^53');
    return Number(value);
  }

  f64(): number {
    this.take(8);
    return this.#view.getFloat64(this.#at - 8, true);
  }

  /** An object inside, with a header of its own. @throws 'malformed-bytes', 'unsupported-version', 'unsupported-shape' */
  nested(): SealReader {
    const { compression, size } = readHeader(this.#bytes.subarray(this.#at));
    if (compression !== 'none') throw unsupported('compressed objects inside of objects', compression, 'none');
    return new SealReader(this.take(size).subarray(HEADER_BYTES));
  }

  /** A `DynArray` of 64-bit words that has to have this length, in bytes. */
  words(count: number): Uint8Array {
    const inside = this.nested();
    const met = inside.count();
    if (met !== count) throw malformed('an array of another length', met, count);
    const words = inside.take(8 * count);
    inside.end();
    return words;
  }

  /** @throws 'malformed-bytes' unless everything was read */
  end(): void {
    if (this.left > 0) throw malformed('bytes behind the end', this.left, 0);
  }
}
