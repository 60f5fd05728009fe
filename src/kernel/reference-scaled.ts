/** Products of BFV ciphertexts in the oracle kernel: integers, their exact product, one rounded division. */
import { type Handle, PRIME_LIMIT, type RingId } from './kernel.ts';
import * as math from './reference-math.ts';
import { integersOf, type Ring, type Rows, reduceRow, require } from './reference-rows.ts';
import { sameLength } from './reference-store.ts';
import { partOf } from './reference-switch.ts';
import { ReferenceSwitching } from './reference-switching.ts';

const productOf = (primes: readonly bigint[]): bigint => primes.reduce((x, p) => x * p, 1n);
const primesOf = (ring: Ring, basis: Int32Array): bigint[] => Array.from(basis, (i) => ring.primes[i]!);

/** The value at X = 2^(4 digits) of a polynomial with coefficients below that; most significant digit last. */
const packed = (coefficients: readonly bigint[], digits: number): bigint =>
  BigInt(`0x${[...coefficients].reverse().reduce((hex, x) => hex + x.toString(16).padStart(digits, '0'), '')}`);

/** The value at X = 2^(4 digits) of a polynomial with coefficients of either sign. */
const signedPacked = (coefficients: readonly bigint[], digits: number): bigint =>
  packed(
    coefficients.map((x) => (x > 0n ? x : 0n)),
    digits,
  ) -
  packed(
    coefficients.map((x) => (x < 0n ? -x : 0n)),
    digits,
  );

/** a * b modulo X^n + 1 over the integers: one product of two long integers, cut into coefficients. */
export function integerProduct(a: readonly bigint[], b: readonly bigint[]): bigint[] {
  const n = a.length;
  const largest = (x: readonly bigint[]): bigint => x.reduce((m, v) => (v > m ? v : -v > m ? -v : m), 1n);
  const digits = (2n * BigInt(n) * largest(a) * largest(b)).toString(16).length + 1;
  const half = 1n << BigInt(4 * digits - 1);
  const offsets = packed(new Array<bigint>(2 * n).fill(half), digits);
  const hex = (signedPacked(a, digits) * signedPacked(b, digits) + offsets).toString(16).padStart(2 * n * digits, '0');
  const coefficient = (k: number): bigint =>
    BigInt(`0x${hex.slice(hex.length - (k + 1) * digits, hex.length - k * digits)}`) - half;
  return a.map((_, k) => coefficient(k) - coefficient(k + n));
}

/** (t x - [t x]_Q) / Q */
function scaled(x: bigint, t: bigint, modulus: bigint): bigint {
  return (t * x - math.balanced(t * x, modulus)) / modulus;
}

export class ReferenceScaled extends ReferenceSwitching {
  relinearizeCoefficient(
    ring: RingId,
    out: Int32Array,
    a: Int32Array,
    basis: Int32Array,
    parts: number,
    keys: Int32Array,
    special: Int32Array,
  ): void {
    const r = this.checked(ring, basis, parts);
    sameLength(out, a);
    const forward = Array.from(a, (handle) => this.#copy(r, handle, basis, parts, math.nttForward));
    const list = Int32Array.from(forward);
    this.relinearize(ring, list, list, basis, parts, keys, special);
    out.forEach((handle, e) => {
      const rows = this.rowsOf(r, forward[e]!, basis.length, 2);
      this.store(r, handle, transformed(r, rows, basis, math.nttInverse));
      this.release(forward[e]!);
    });
  }

  multiplyScaled(
    ring: RingId,
    out: Int32Array,
    a: Int32Array,
    b: Int32Array,
    basis: Int32Array,
    auxiliary: Int32Array,
    t: number,
    partsA: number,
    partsB: number,
  ): void {
    const r = this.checked(ring, basis, partsA + partsB - 1);
    this.checked(ring, auxiliary, Math.min(partsA, partsB));
    requireScaling(r, basis, auxiliary, t, Math.min(partsA, partsB));
    sameLength(out, a);
    sameLength(out, b);
    out.forEach((handle, e) => {
      const x = this.#integers(r, a[e]!, basis, partsA);
      const y = this.#integers(r, b[e]!, basis, partsB);
      const square = a[e] === b[e] && partsA === partsB;
      this.#count(basis.length, auxiliary.length, square ? partsA : partsA + partsB, partsA + partsB - 1);
      this.store(r, handle, scaledProduct(r, x, y, basis, BigInt(t)));
    });
  }

  #count(limbs: number, auxiliary: number, inputs: number, outputs: number): void {
    this.work.transforms += (limbs + auxiliary) * (inputs + outputs);
    this.work.conversions += limbs * auxiliary * (inputs + 2 * outputs);
  }

  #integers(ring: Ring, handle: Handle, basis: Int32Array, parts: number): bigint[][] {
    const rows = this.rowsOf(ring, handle, basis.length, parts);
    return Array.from({ length: parts }, (_, part) => integersOf(partOf(rows, part), primesOf(ring, basis)));
  }

  #copy(ring: Ring, handle: Handle, basis: Int32Array, parts: number, f: Transform): Handle {
    const copy = this.allocate(basis.length * parts * ring.n);
    this.store(ring, copy, transformed(ring, this.rowsOf(ring, handle, basis.length, parts), basis, f));
    return copy;
  }
}

type Transform = typeof math.nttForward;

const transformed = (ring: Ring, rows: Rows, basis: Int32Array, f: Transform): Rows =>
  rows.map((limb, l) => limb.map((row) => f(row, ring.roots[basis[l]!]!, ring.primes[basis[l]!]!)));

function scaledProduct(ring: Ring, a: bigint[][], b: bigint[][], basis: Int32Array, t: bigint): Rows {
  const modulus = productOf(primesOf(ring, basis));
  const parts = Array.from({ length: a.length + b.length - 1 }, () => new Array<bigint>(ring.n).fill(0n));
  a.forEach((x, i) => {
    b.forEach((y, j) => {
      integerProduct(x, y).forEach((v, k) => {
        parts[i + j]![k]! += v;
      });
    });
  });
  const results = parts.map((part) => part.map((x) => scaled(x, t, modulus)));
  return primesOf(ring, basis).map((p) => results.map((result) => reduceRow(result, p)));
}

function requireScaling(ring: Ring, basis: Int32Array, auxiliary: Int32Array, t: number, parts: number): void {
  const [data, others] = [primesOf(ring, basis), primesOf(ring, auxiliary)];
  require(auxiliary.every((i) => !basis.includes(i)), 'auxiliary primes', [...auxiliary], 'none of the basis');
  const odd = Number.isInteger(t) && t % 2 === 1 && t >= 3 && t < PRIME_LIMIT;
  require(odd &&
    data.every((p) => BigInt(t) % p !== 0n), 'plaintext modulus', t, 'odd, 3 or more, coprime to the primes');
  const twice = BigInt(t) * BigInt(ring.n) * BigInt(parts) * productOf(data);
  const needed = (twice + (twice >> 38n)) / 2n;
  require(productOf(others) >= needed, 'auxiliary modulus', productOf(others), `at least ${needed}`);
}
