import { HesperError } from '../../errors.ts';
import { disposed } from '../buffers.ts';
import type { ComplexColumn } from '../slots.ts';
import { Private, pick } from './private.ts';

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
export class PrivateValues extends Private {
  readonly #slots: DecryptedSlots;
  readonly #release: () => void;
  #wiped = false;

  /** `release` is told when the values are wiped: their memory may be used again. */
  constructor(slots: DecryptedSlots, release: () => void = () => {}) {
    super();
    this.#slots = slots;
    this.#release = release;
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
    return pick(columns, i);
  }

  /** Overwrites the values with zeros. Columns that were handed out are not to be used afterwards. */
  dispose(): void {
    if (this.#wiped) return;
    this.#wiped = true;
    for (const column of [...this.#slots.re, ...(this.#slots.im ?? [])]) column.fill(0);
    this.#release();
  }

  /** For `using`: the same as `dispose()`. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  /** What the console shows. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `PrivateValues(${this.length} columns)`;
  }
}
