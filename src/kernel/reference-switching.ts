/** Key switching of the oracle kernel: the verbs of the contract. */
import type { Handle, RingId, WorkStats } from './kernel.ts';
import { multiplyRows, type Ring, type Rows, require } from './reference-rows.ts';
import { ReferenceStore, sameLength } from './reference-store.ts';
import {
  addParts,
  addRowsTo,
  automorphismOf,
  digitsOf,
  divideBySpecial,
  emptySum,
  onlyFirst,
  partOf,
  primeOf,
  raiseDigits,
} from './reference-switch.ts';

const MAX_SPECIAL = 8;

export class ReferenceSwitching extends ReferenceStore {
  relinearize(
    ring: RingId,
    out: Int32Array,
    a: Int32Array,
    basis: Int32Array,
    parts: number,
    keys: Int32Array,
    special: Int32Array,
  ): void {
    const r = this.checked(ring, basis, parts);
    require(parts >= 3, 'number of parts', parts, 'at least 3');
    sameLength(out, a);
    const keyRows = this.#keys(ring, basis, keys, special, parts - 2);
    out.forEach((handle, e) => {
      const rows = this.rowsOf(r, a[e]!, basis.length, parts);
      const sum = emptySum(r, basis, special);
      keyRows.forEach((key, power) => {
        addRowsTo(r, basis, special, sum, this.#switch(r, basis, special, partOf(rows, power + 2), key));
      });
      this.store(r, handle, addParts(r, basis, this.#divide(r, basis, special, sum), rows));
    });
  }

  rotateMany(
    ring: RingId,
    out: Int32Array,
    a: Int32Array,
    basis: Int32Array,
    exponents: Int32Array,
    keys: Int32Array,
    special: Int32Array,
  ): void {
    const r = this.checked(ring, basis, 2);
    requireExponents(exponents, 3, r.n);
    require(out.length === a.length * exponents.length, 'list length', out.length, a.length * exponents.length);
    const keyRows = this.#keys(ring, basis, keys, special, exponents.length);
    a.forEach((handle, e) => {
      const rows = this.rowsOf(r, handle, basis.length, 2);
      const digits = this.#digits(r, basis, special, partOf(rows, 1));
      exponents.forEach((exponent, i) => {
        const switched = this.#divide(r, basis, special, this.#product(r, basis, special, digits, keyRows[i]!));
        const sum = addParts(r, basis, switched, onlyFirst(rows));
        this.store(r, out[e * exponents.length + i]!, automorphismOf(r, basis, sum, exponent));
      });
    });
  }

  rotateSum(
    ring: RingId,
    out: Int32Array,
    a: Int32Array,
    basis: Int32Array,
    exponents: Int32Array,
    keys: Int32Array,
    special: Int32Array,
  ): void {
    const r = this.checked(ring, basis, 2);
    requireExponents(exponents, 1, r.n);
    require(out.length === 1 && a.length > 0, 'list length', out.length, 1);
    sameLength(a, exponents);
    const keyRows = this.#keys(ring, basis, keys, special, exponents.filter((x) => x !== 1).length);
    const sum = emptySum(r, basis, special);
    let plain: Rows = sum.slice(special.length);
    let next = 0;
    a.forEach((handle, e) => {
      const rows = this.rowsOf(r, handle, basis.length, 2);
      const exponent = exponents[e]!;
      const kept = exponent === 1 ? rows : automorphismOf(r, basis, onlyFirst(rows), exponent);
      plain = addParts(r, basis, plain, kept);
      if (exponent === 1) return;
      const switched = this.#switch(r, basis, special, partOf(rows, 1), keyRows[next++]!);
      addRowsTo(r, basis, special, sum, automorphismOf(r, [...special, ...basis], switched, exponent));
    });
    this.store(r, out[0]!, addParts(r, basis, this.#divide(r, basis, special, sum), plain));
  }

  workStats(): WorkStats {
    return { ...this.work };
  }

  /** Keys as [switch][digit], with rows for the special primes and then for the basis. */
  #keys(ring: RingId, basis: Int32Array, keys: Int32Array, special: Int32Array, switches: number): Rows[][] {
    const r = this.checked(ring, special, 2);
    const apart = special.length <= MAX_SPECIAL && special.every((i) => !basis.includes(i));
    require(apart, 'special primes', [...special], `1 .. ${MAX_SPECIAL}, none of the basis`);
    const digits = digitsOf(basis, special).length;
    require(keys.length === switches * digits, 'number of keys', keys.length, switches * digits);
    const wanted = [...special.keys(), ...Array.from(basis, (i) => special.length + i)];
    const key = (handle: Handle): Rows =>
      wanted.map((row) => [0, 1].map((part) => this.rowOf(r, handle, row, 2, part).slice()));
    return Array.from({ length: switches }, (_, i) => Array.from(keys.subarray(i * digits, (i + 1) * digits), key));
  }

  #switch(r: Ring, basis: Int32Array, special: Int32Array, part: readonly Float64Array[], key: readonly Rows[]): Rows {
    return this.#product(r, basis, special, this.#digits(r, basis, special, part), key);
  }

  #digits(r: Ring, basis: Int32Array, special: Int32Array, part: readonly Float64Array[]): Float64Array[][] {
    const extended = basis.length + special.length;
    this.work.transforms += basis.length;
    for (const { length } of digitsOf(basis, special)) {
      this.work.transforms += extended - length;
      this.work.conversions += length * (extended - length);
    }
    return raiseDigits(r, basis, special, part);
  }

  #product(r: Ring, basis: Int32Array, special: Int32Array, digits: Float64Array[][], key: readonly Rows[]): Rows {
    this.work.keyProducts += 2 * key.length * (basis.length + special.length);
    const sum = emptySum(r, basis, special);
    digits.forEach((rows, d) => {
      const product = key[d]!.map((pair, x) =>
        pair.map((row) => multiplyRows(rows[x]!, row, primeOf(r, basis, special, x))),
      );
      addRowsTo(r, basis, special, sum, product);
    });
    return sum;
  }

  #divide(r: Ring, basis: Int32Array, special: Int32Array, sum: Rows): Rows {
    this.work.transforms += 2 * (basis.length + special.length);
    this.work.conversions += 2 * basis.length * special.length;
    return divideBySpecial(r, basis, special, sum);
  }
}

function requireExponents(exponents: Int32Array, least: number, n: number): void {
  const ok = exponents.length > 0 && exponents.every((x) => x % 2 === 1 && x >= least && x < 2 * n);
  require(ok, 'exponents', [...exponents], `odd, ${least} .. ${2 * n - 1}`);
}
