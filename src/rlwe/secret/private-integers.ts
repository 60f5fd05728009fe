import { type Combine, combiner } from '../../ring/chinese-remainder.ts';
import { valueAtTwo } from '../../ring/signed-digits.ts';
import { disposed } from '../buffers.ts';
import type { IntegerEncoding } from '../integers.ts';
import { Private, pick } from './private.ts';

export interface DecryptedIntegers {
  readonly encoding: IntegerEncoding;
  readonly moduli: readonly number[];
  /** What the integers of each column were multiplied by. */
  readonly scales: readonly number[];
  /** [column][modulus]: n balanced residues, in the order of slots or of coefficients. */
  readonly residues: readonly (readonly Float64Array[])[];
}

/**
 * Decrypted integers, for the key owner only: exact while the circuit kept to its bounds, and they refuse to be
 * serialised, cloned or printed all the same. Residues are kept and wiped on `dispose()`; integers are put together on
 * demand, and what was handed out is the caller's to forget.
 */
export class PrivateIntegers extends Private {
  readonly #decrypted: DecryptedIntegers;
  readonly #combine: Combine;
  #wiped = false;

  constructor(decrypted: DecryptedIntegers) {
    super();
    this.#decrypted = decrypted;
    this.#combine = combiner(decrypted.moduli);
  }

  /** How many columns were decrypted. */
  get length(): number {
    return this.#decrypted.residues.length;
  }

  /**
   * Column i: n integers of (-T/2, T/2), T the product of the moduli; in coefficient encoding one integer, the value at
   * 2 of a polynomial with coefficients of that size. @throws 'invalid-argument', 'disposed'
   */
  integers(i: number): bigint[] {
    const residues = this.#residues(i);
    if (this.#decrypted.encoding === 'slots') return this.#combined(residues);
    const length = Math.max(...residues.map(degreeBound));
    return [valueAtTwo(this.#combined(residues.map((row) => row.subarray(0, length))))];
  }

  /** Column i as numbers: integer / scale, right to the last bit or two of a double. @throws as `integers` */
  numbers(i: number): Float64Array {
    const residues = this.#residues(i);
    const scale = this.#decrypted.scales[i]!;
    const isPlain = residues.length === 1 && this.#decrypted.encoding === 'slots';
    return isPlain ? residues[0]!.map((x) => x / scale) : Float64Array.from(this.integers(i), (x) => Number(x) / scale);
  }

  #combined(residues: readonly Float64Array[]): bigint[] {
    return Array.from(residues[0]!, (_, k) => this.#combine(residues.map((row) => row[k]!)));
  }

  #residues(i: number): readonly Float64Array[] {
    if (this.#wiped) throw disposed('private integers');
    return pick(this.#decrypted.residues, i);
  }

  /** Overwrites the residues with zeros. */
  dispose(): void {
    this.#wiped = true;
    for (const column of this.#decrypted.residues) for (const row of column) row.fill(0);
  }

  /** For `using`: the same as `dispose()`. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  /** What the console shows. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `PrivateIntegers(${this.length} columns)`;
  }
}

/** One more than the place of the last coefficient that is not zero: few have more than some hundred digits. */
function degreeBound(row: Float64Array): number {
  let length = row.length;
  while (length > 0 && row[length - 1] === 0) length--;
  return length;
}
