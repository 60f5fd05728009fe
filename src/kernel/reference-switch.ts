/** Key switching of the oracle kernel, in BigInt. Extended limbs: the special primes, then the primes of the basis. */
import * as math from './reference-math.ts';
import { addRows, integersOf, type Ring, type Rows, reduceRow } from './reference-rows.ts';

const extend = (basis: Int32Array, special: Int32Array): number[] => [...special, ...basis];

export const primeOf = (ring: Ring, basis: Int32Array, special: Int32Array, x: number): bigint =>
  ring.primes[extend(basis, special)[x]!]!;

export const partOf = (rows: Rows, part: number): Float64Array[] => rows.map((limb) => limb[part]!);

/** The element with its second part set to zero. */
export const onlyFirst = (rows: Rows): Rows => rows.map(([first]) => [first!, new Float64Array(first!.length)]);

/** The digits of a basis: positions in it, as many at a time as there are special primes. */
export function digitsOf(basis: Int32Array, special: Int32Array): number[][] {
  const positions = [...basis.keys()];
  const count = Math.ceil(basis.length / special.length);
  return Array.from({ length: count }, (_, d) => positions.slice(d * special.length, (d + 1) * special.length));
}

const inverseOf = (ring: Ring, i: number, row: Float64Array): Float64Array =>
  math.nttInverse(row, ring.roots[i]!, ring.primes[i]!);
const forwardOf = (ring: Ring, i: number, row: Float64Array): Float64Array =>
  math.nttForward(row, ring.roots[i]!, ring.primes[i]!);

/** [digit][extended limb]: each digit as a balanced integer, modulo every prime. */
export function raiseDigits(
  ring: Ring,
  basis: Int32Array,
  special: Int32Array,
  part: readonly Float64Array[],
): Float64Array[][] {
  const coefficients = part.map((row, l) => inverseOf(ring, basis[l]!, row));
  return digitsOf(basis, special).map((digit) => {
    const integers = integersOf(
      digit.map((l) => coefficients[l]!),
      digit.map((l) => ring.primes[basis[l]!]!),
    );
    return extend(basis, special).map((i) => forwardOf(ring, i, reduceRow(integers, ring.primes[i]!)));
  });
}

export const emptySum = (ring: Ring, basis: Int32Array, special: Int32Array): Rows =>
  extend(basis, special).map(() => [new Float64Array(ring.n), new Float64Array(ring.n)]);

export function addRowsTo(ring: Ring, basis: Int32Array, special: Int32Array, sum: Rows, terms: Rows): void {
  terms.forEach((pair, x) => {
    sum[x] = pair.map((row, part) => addRows(sum[x]![part]!, row, primeOf(ring, basis, special, x)));
  });
}

export const addParts = (ring: Ring, basis: Int32Array, a: Rows, b: Rows): Rows =>
  a.map((limb, l) => limb.map((row, part) => addRows(row, b[l]![part]!, ring.primes[basis[l]!]!)));

/** (x - [x]_P) / P over the basis, for both parts. */
export function divideBySpecial(ring: Ring, basis: Int32Array, special: Int32Array, sum: Rows): Rows {
  const primes = Array.from(special, (i) => ring.primes[i]!);
  const product = primes.reduce((a, b) => a * b, 1n);
  const rests = [0, 1].map((part) =>
    integersOf(
      Array.from(special, (i, j) => inverseOf(ring, i, sum[j]![part]!)),
      primes,
    ),
  );
  return Array.from(basis, (i, l) =>
    sum[special.length + l]!.map((row, part) => {
      const p = ring.primes[i]!;
      const factor = math.inverse(product, p);
      const quotient = inverseOf(ring, i, row).map((x, k) =>
        math.balancedNumber((BigInt(x) - rests[part]![k]!) * factor, p),
      );
      return forwardOf(ring, i, quotient);
    }),
  );
}

/** X -> X^exponent of every row; row l belongs to the prime with ring index indices[l]. */
export const automorphismOf = (ring: Ring, indices: ArrayLike<number>, rows: Rows, exponent: number): Rows =>
  rows.map((limb, l) =>
    limb.map((row) => forwardOf(ring, indices[l]!, math.automorphism(inverseOf(ring, indices[l]!, row), exponent))),
  );
