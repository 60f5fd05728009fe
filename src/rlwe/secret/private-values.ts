import { HesperError } from '../../errors.ts';
import { disposed } from '../buffers.ts';
import type { ComplexColumn } from '../slots.ts';

/** Slots of each ciphertext; no imaginary parts where they were not asked for. */
export interface DecryptedSlots {
  readonly re: readonly Float64Array[];
  readonly im?: readonly Float64Array[] | undefined;
}

/**
 * Decrypted slot vectors, for the key owner only. A CKKS decryption is message plus noise, and publishing the noise
 * gives the key away (Li and Micciancio, eprint 2020/1533): so the values can be read here, but JSON, structured
 * cloning (messages to workers), string and number conversions throw 'not-serializable'.
 */
export class PrivateValues {
  readonly #slots: DecryptedSlots;
  readonly #release: () => void;
  #wiped = false;

  /** `release` is told when the values are wiped: their memory may be used again. */
  constructor(slots: DecryptedSlots, release: () => void = () => {}) {
    this.#slots = slots;
    this.#release = release;
    // Structured cloning ignores methods but reads own enumerable properties: this one refuses.
    Object.defineProperty(this, 'private', { enumerable: true, get: refuse });
  }

  /** How many ciphertexts were decrypted. */
  get length(): number {
    return this.#slots.re.length;
  }

  /** The real parts of the n / 2 slots of ciphertext i. @throws 'invalid-argument', 'disposed' */
  column(i: number): Float64Array {
    return this.#pick(this.#slots.re, i);
  }

  /** The n / 2 complex slots of ciphertext i. @throws 'invalid-argument' unless decrypted as complex; 'disposed' */
  complexColumn(i: number): ComplexColumn {
    const { im } = this.#slots;
    if (im !== undefined) return { re: this.column(i), im: this.#pick(im, i) };
    throw new HesperError('invalid-argument', 'only the real parts were decrypted', {
      met: 'real columns',
      wanted: 'complex columns',
      remedy: 'Decrypt with { complex: true }',
    });
  }

  #pick(columns: readonly Float64Array[], i: number): Float64Array {
    if (this.#wiped) throw disposed('private values');
    const column = columns[i];
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
    for (const column of [...this.#slots.re, ...(this.#slots.im ?? [])]) column.fill(0);
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
    remedy: 'Use them where they are; for a result that is released use decryptForRelease',
  });
}
