/** Exact integers in coefficient form, for the oracle kernel: plaintexts modulo t, shifts, constants at few places. */
import { type Handle, PRIME_LIMIT, type RingId } from './kernel.ts';
import * as math from './reference-math.ts';
import { errorRow, uniformRow } from './reference-random.ts';
import { addRows, integersOf, multiplyRows, type Ring, reduceRow, require, subtractRows } from './reference-rows.ts';
import { ReferenceScaled } from './reference-scaled.ts';
import { sameLength } from './reference-store.ts';

export class ReferencePlain extends ReferenceScaled {
  addSparse(
    ring: RingId,
    out: Int32Array,
    a: Int32Array,
    start: Int32Array,
    positions: Int32Array,
    values: Float64Array,
    basis: Int32Array,
    parts: number,
  ): void {
    const r = this.checked(ring, basis, parts);
    sameLength(out, a);
    requireStarts(start, out.length, positions.length);
    require(positions.every((k) => k >= 0 && k < r.n), 'positions', 'one out of range', `0 .. ${r.n - 1}`);
    require(values.length === positions.length * basis.length, 'number of values', values.length, positions.length *
      basis.length);
    this.mapRows(ring, out, a, basis, parts, (row, _, prime, { element, limb, part }) => {
      const sums = row.slice();
      for (let t = start[element]!; part === 0 && t < start[element + 1]!; t++) {
        const k = positions[t]!;
        const sum = BigInt(sums[k]!) + BigInt(values[t * basis.length + limb]!);
        sums[k] = math.balancedNumber(sum, r.primes[prime]!);
      }
      return sums;
    });
  }

  linearMonomial(
    ring: RingId,
    out: Int32Array,
    a: Int32Array,
    rowStart: Int32Array,
    columns: Int32Array,
    shifts: Int32Array,
    basis: Int32Array,
    parts: number,
  ): void {
    const r = this.checked(ring, basis, parts);
    requireStarts(rowStart, out.length, columns.length);
    require(shifts.length === columns.length, 'number of shifts', shifts.length, columns.length);
    require(columns.every((c) => c >= 0 && c < a.length), 'columns', 'one out of range', `0 .. ${a.length - 1}`);
    require(shifts.every((s) => s >= 0 && s < 2 * r.n), 'shifts', 'one out of range', `0 .. ${2 * r.n - 1}`);
    const inputs = Array.from(a, (handle) => this.rowsOf(r, handle, basis.length, parts));
    const sumOf = (row: number, limb: number, part: number): Float64Array => {
      const sums = new Array<bigint>(r.n).fill(0n);
      for (let t = rowStart[row]!; t < rowStart[row + 1]!; t++)
        addShifted(sums, inputs[columns[t]!]![limb]![part]!, shifts[t]!);
      return reduceRow(sums, r.primes[basis[limb]!]!);
    };
    out.forEach((handle, row) => {
      const limb = (_: number, l: number) => Array.from({ length: parts }, (_, part) => sumOf(row, l, part));
      this.store(r, handle, Array.from(basis, limb));
    });
  }

  divideByLastCoefficient(ring: RingId, out: Int32Array, a: Int32Array, basis: Int32Array, parts: number): void {
    const r = this.checked(ring, basis, parts);
    require(basis.length > 1, 'number of limbs', basis.length, 'at least 2');
    sameLength(out, a);
    const q = r.primes[basis.at(-1)!]!;
    out.forEach((handle, e) => {
      const rows = this.rowsOf(r, a[e]!, basis.length, parts);
      const last = rows.pop()!;
      const divided = rows.map((limb, l) =>
        limb.map((row, part) => math.divideRow(row, r.primes[basis[l]!]!, last[part]!, q)),
      );
      this.store(r, handle, divided);
    });
  }

  liftPlain(ring: RingId, out: Int32Array, a: Int32Array, basis: Int32Array, t: number): void {
    const r = this.checked(ring, basis, 1);
    sameLength(out, a);
    const { modulus, product } = plaintextModulus(r, basis, t);
    out.forEach((handle, e) => {
      const row = this.bufferOf(a[e]!, r.n).slice(0, r.n);
      require(row.every(
        (m) => Math.abs(m) <= (t - 1) / 2,
      ), 'plaintext', 'an integer too large', `|m| <= ${(t - 1) / 2}`);
      const lifted = Array.from(row, (m) => {
        const scaled = product * BigInt(m);
        return (scaled - math.balanced(scaled, modulus)) / modulus;
      });
      this.store(
        r,
        handle,
        Array.from(basis, (i) => [reduceRow(lifted, r.primes[i]!)]),
      );
    });
  }

  roundPlain(ring: RingId, out: Int32Array, a: Int32Array, basis: Int32Array, t: number): void {
    const r = this.checked(ring, basis, 1);
    sameLength(out, a);
    const { modulus, product } = plaintextModulus(r, basis, t);
    const primes = Array.from(basis, (i) => r.primes[i]!);
    out.forEach((handle, e) => {
      const rows = this.rowsOf(r, a[e]!, basis.length, 1).map(([row]) => row!);
      const rounded = integersOf(rows, primes).map((x) => {
        const scaled = modulus * x;
        return math.balancedNumber((scaled - math.balanced(scaled, product)) / product, modulus);
      });
      this.bufferOf(handle, r.n).set(rounded);
    });
  }

  maskSymmetricCoefficient(
    ring: RingId,
    out: Int32Array,
    messages: Int32Array,
    secret: Handle,
    uniformSeeds: Uint8Array,
    errorSeeds: Uint8Array,
    basis: Int32Array,
    parts: number,
  ): void {
    const r = this.checked(ring, basis, parts);
    require(parts <= 2, 'number of parts', parts, '1 or 2');
    if (messages.length > 0) sameLength(out, messages);
    const seeds = [uniformSeeds, errorSeeds].map((bytes) => seedsOf(bytes, out.length));
    this.work.transforms += out.length * basis.length * parts;
    out.forEach((handle, e) => {
      const error = errorRow(seeds[1]![e]!, r.n);
      const pairs = Array.from(basis, (i, l) => {
        const [p, root] = [r.primes[i]!, r.roots[i]!];
        const a = uniformValues(r, seeds[0]![e]!, i);
        const product = math.nttInverse(multiplyRows(a, this.rowOf(r, secret, i, 1, 0), p), root, p);
        const masked = subtractRows(error, product, p);
        const message = messages[e];
        const first = message === undefined ? masked : addRows(masked, this.rowOf(r, message, l, 1, 0), p);
        return [first, math.nttInverse(a, root, p)].slice(0, parts);
      });
      this.store(r, handle, pairs);
    });
  }

  sampleUniformCoefficient(
    ring: RingId,
    out: Int32Array,
    seeds: Uint8Array,
    basis: Int32Array,
    parts: number,
    part: number,
  ): void {
    const r = this.checked(ring, basis, parts);
    require(Number.isInteger(part) && part >= 0 && part < parts, 'part', part, `0 .. ${parts - 1}`);
    const each = seedsOf(seeds, out.length);
    this.work.transforms += out.length * basis.length;
    out.forEach((handle, e) => {
      basis.forEach((i, l) => {
        const row = math.nttInverse(uniformValues(r, each[e]!, i), r.roots[i]!, r.primes[i]!);
        this.rowOf(r, handle, l, parts, part).set(row);
      });
    });
  }
}

const uniformValues = (r: Ring, seed: Uint8Array, prime: number): Float64Array =>
  math.fromBitReversed(uniformRow(seed, prime, r.primes[prime]!, r.n));

function seedsOf(seeds: Uint8Array, count: number): Uint8Array[] {
  require(seeds.length === 32 * count, 'number of seed bytes', seeds.length, 32 * count);
  return Array.from({ length: count }, (_, e) => seeds.slice(32 * e, 32 * (e + 1)));
}

function requireStarts(start: Int32Array, rows: number, terms: number): void {
  const ascending = start.every((x, i) => (i === 0 ? x === 0 : x >= start[i - 1]!));
  require(ascending && start.length === rows + 1, 'row starts', start.length, rows + 1);
  require(start[rows] === terms, 'number of terms', terms, start[rows]);
}

/** sums += X^shift * row, X^n = -1. */
function addShifted(sums: bigint[], row: Float64Array, shift: number): void {
  const n = row.length;
  row.forEach((x, k) => {
    const to = (k + shift) % (2 * n);
    sums[to % n]! += to < n ? BigInt(x) : -BigInt(x);
  });
}

const greatestCommonDivisor = (a: bigint, b: bigint): bigint => (b === 0n ? a : greatestCommonDivisor(b, a % b));

function plaintextModulus(r: Ring, basis: Int32Array, t: number): { modulus: bigint; product: bigint } {
  require(Number.isInteger(t) &&
    t % 2 === 1 &&
    t >= 3 &&
    t < PRIME_LIMIT, 'plaintext modulus', t, 'odd, from 3, below the limit');
  const product = basis.reduce((q, i) => q * r.primes[i]!, 1n);
  require(greatestCommonDivisor(product, BigInt(t)) === 1n, 'plaintext modulus', t, 'coprime to the primes');
  return { modulus: BigInt(t), product };
}
