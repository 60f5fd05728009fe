import { HesperError } from '../errors.ts';
import { viewOf } from '../format/header.ts';
import type { Handle } from '../kernel/kernel.ts';
import type { Context } from '../rlwe/context.ts';
import { kernelPlaces } from './orders.ts';

/** A row of n residues in the kernel, and how it stands in SEAL's bytes. */
export interface Place {
  readonly handle: Handle;
  /** Numbers before it in its buffer. */
  readonly offset: number;
  /** Prime of the ring. */
  readonly prime: number;
}

/** From SEAL's place to the kernel's, for each prime of the ring: the NTT form of a(X^g), or coefficients (undefined). */
export class RowOrder {
  readonly #context: Context;
  readonly #g: number | undefined;
  readonly #known = new Map<number, Int32Array>();

  private constructor(context: Context, g: number | undefined) {
    this.#context = context;
    this.#g = g;
  }

  static coefficients(context: Context): RowOrder {
    return new RowOrder(context, undefined);
  }

  /** The bytes hold a(X^g), the kernel a(X). */
  static ntt(context: Context, g = 1): RowOrder {
    return new RowOrder(context, g);
  }

  places(prime: number): Int32Array | undefined {
    if (this.#g === undefined) return undefined;
    const found = this.#known.get(prime) ?? kernelPlaces(this.#context, prime, this.#g);
    this.#known.set(prime, found);
    return found;
  }
}

/** Rows end to end from words of 8 bytes, in [0, p) to balanced ones. @throws 'residue-out-of-range' */
export function writeRows(context: Context, words: Uint8Array, rows: readonly Place[], order: RowOrder): void {
  const { kernel, n } = context;
  const row = new Float64Array(n);
  rows.forEach(({ handle, offset, prime }, i) => {
    readWords(row, viewOf(words.subarray(8 * n * i, 8 * n * (i + 1))), primeOf(context, prime), order.places(prime));
    kernel.write(handle, offset, row);
  });
}

function readWords(row: Float64Array, view: DataView, p: number, places: Int32Array | undefined): void {
  const half = (p - 1) / 2;
  for (let s = 0; s < row.length; s++) {
    const value = view.getUint32(8 * s, true) + view.getUint32(8 * s + 4, true) * 2 ** 32;
    if (value >= p) throw tooLarge(p);
    row[places === undefined ? s : places[s]!] = value > half ? value - p : value;
  }
}

/** The reverse. */
export function readRows(context: Context, words: Uint8Array, rows: readonly Place[], order: RowOrder): void {
  const { kernel, n } = context;
  const row = new Float64Array(n);
  rows.forEach(({ handle, offset, prime }, i) => {
    kernel.read(handle, offset, row);
    writeWords(viewOf(words.subarray(8 * n * i, 8 * n * (i + 1))), row, primeOf(context, prime), order.places(prime));
  });
}

function writeWords(view: DataView, row: Float64Array, p: number, places: Int32Array | undefined): void {
  for (let s = 0; s < row.length; s++) {
    const balanced = row[places === undefined ? s : places[s]!]!;
    const value = balanced < 0 ? balanced + p : balanced;
    view.setUint32(8 * s, value % 2 ** 32, true);
    view.setUint32(8 * s + 4, Math.floor(value / 2 ** 32), true);
  }
}

export const primeOf = ({ parameters: { dataPrimes, specialPrimes } }: Context, i: number): number =>
  i < dataPrimes.length ? dataPrimes[i]! : specialPrimes[i - dataPrimes.length]!;

const tooLarge = (p: number): HesperError =>
  new HesperError('residue-out-of-range', 'a residue is not below its prime', {
    met: 'a larger number',
    wanted: `below ${p}`,
    remedy: 'Send the object again, unchanged and complete',
  });
