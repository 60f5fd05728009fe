import { HesperError } from '../../errors.ts';
import { disposed } from '../buffers.ts';

/**
 * Decrypted slot vectors, for the key owner only. A CKKS decryption is message plus noise, and publishing the noise
 * gives the key away (Li and Micciancio, eprint 2020/1533): so the values can be read here, but JSON, structured
 * cloning (messages to workers), string and number conversions throw 'not-serializable'.
 */
export class PrivateValues {
  readonly #columns: readonly Float64Array[];
  readonly #release: () => void;
  #wiped = false;

  /** `release` is told when the values are wiped: their memory may be used again. */
  constructor(columns: readonly Float64Array[], release: () => void = () => {}) {
    this.#columns = columns;
    this.#release = release;
    // Structured cloning ignores methods but reads own enumerable properties: this one refuses.
    Object.defineProperty(this, 'private', { enumerable: true, get: refuse });
  }

  /** How many ciphertexts were decrypted. */
  get length(): number {
    return this.#columns.length;
  }

  /** The n / 2 slots of ciphertext i. @throws 'invalid-argument', 'disposed' */
  column(i: number): Float64Array {
    if (this.#wiped) throw disposed('private values');
    const column = this.#columns[i];
    if (column !== undefined) return column;
    throw new HesperError('invalid-argument', 'no such column', {
      met: i,
      wanted: `0 .. ${this.length - 1}`,
      remedy: 'Ask for a ciphertext that was decrypted',
    });
  }

  /** Overwrites the values with zeros. Columns that were handed out are not to be used afterwards. */
  dispose(): void {
    if (this.#wiped) return;
    this.#wiped = true;
    for (const column of this.#columns) column.fill(0);
    this.#release();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  toJSON(): never {
    return refuse();
  }

  toString(): never {
    return refuse();
  }

  [Symbol.toPrimitive](): never {
    return refuse();
  }

  /** What the console shows. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `PrivateValues(${this.length} columns)`;
  }
}

function refuse(): never {
  throw new HesperError('not-serializable', 'decrypted values stay with the key owner', {
    remedy: 'Use them where they are; a result that is released needs noise flooding first',
  });
}
