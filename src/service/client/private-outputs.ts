import { HesperError } from '../../errors.ts';

/** Decrypted outputs as a scheme holds them. */
export interface OutputValues {
  /** All outputs of input i. */
  output(i: number): Float64Array;
  /** The same as the integers that were computed. @throws 'invalid-argument' under a scheme of approximate numbers */
  integers(i: number): readonly bigint[];
  /** Wipes the values. */
  dispose(): void;
}

/**
 * Decrypted outputs of a batch, for the key owner only: under CKKS they carry noise that depends on the secret key, under
 * every scheme they are somebody's private data. So they refuse to be serialised (SECURITY.md, IND-CPA-D).
 */
export class PrivateOutputs {
  readonly #values: OutputValues;
  readonly length: number;

  constructor(values: OutputValues, count: number) {
    this.#values = values;
    this.length = count;
  }

  /** All outputs of input i, e.g. its logits. @throws 'invalid-argument', 'disposed' */
  output(i: number): Float64Array {
    return this.#values.output(this.#known(i));
  }

  /**
   * The same as exact integers, where the scheme has them: output * output scale of the plan.
   * @throws 'invalid-argument', also under CKKS; 'disposed'
   */
  integers(i: number): readonly bigint[] {
    return this.#values.integers(this.#known(i));
  }

  /** The index of the largest output of input i: the predicted class. */
  argmax(i: number): number {
    const values = this.output(i);
    return values.indexOf(Math.max(...values));
  }

  #known(i: number): number {
    if (Number.isInteger(i) && i >= 0 && i < this.length) return i;
    throw new HesperError('invalid-argument', 'no such output', {
      met: i,
      wanted: `0 to ${this.length - 1}`,
      remedy: 'Ask for an input of the batch',
    });
  }

  /** Wipes the values. */
  dispose(): void {
    this.#values.dispose();
  }

  /** For `using`: the same as `dispose()`. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  /** Refuses. @throws 'not-serializable' */
  toJSON(): never {
    throw new HesperError('not-serializable', 'decrypted values stay with the key owner', {
      remedy: 'Use them where they are; a result that is released needs noise flooding first',
    });
  }
}
