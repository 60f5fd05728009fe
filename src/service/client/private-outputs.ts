import { HesperError } from '../../errors.ts';
import type { PrivateValues } from '../../rlwe/secret/decrypt.ts';

/**
 * Decrypted outputs of a batch, for the key owner only. They carry noise that depends on the secret key, so they refuse
 * to be serialised (SECURITY.md, IND-CPA-D).
 */
export class PrivateOutputs {
  readonly #values: PrivateValues;
  readonly length: number;

  constructor(values: PrivateValues, count: number) {
    this.#values = values;
    this.length = count;
  }

  /** All outputs of input i, e.g. its logits. */
  output(i: number): Float64Array {
    if (!Number.isInteger(i) || i < 0 || i >= this.length) {
      throw new HesperError('invalid-argument', 'no such output', {
        met: i,
        wanted: `0 to ${this.length - 1}`,
        remedy: 'Ask for an input of the batch',
      });
    }
    return Float64Array.from({ length: this.#values.length }, (_, k) => this.#values.column(k)[i]!);
  }

  /** The index of the largest output of input i: the predicted class. */
  argmax(i: number): number {
    const values = this.output(i);
    return values.indexOf(Math.max(...values));
  }

  /** Wipes the values. */
  dispose(): void {
    this.#values.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  toJSON(): never {
    throw new HesperError('not-serializable', 'decrypted values stay with the key owner', {
      remedy: 'Use them where they are; a result that is released needs noise flooding first',
    });
  }
}
