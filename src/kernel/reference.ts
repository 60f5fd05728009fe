import { type Handle, type Kernel, POINTWISE, type RingId, type WeightsId } from './kernel.ts';
import * as math from './reference-math.ts';
import { errorRow, ternaryRow, uniformRow } from './reference-random.ts';
import {
  addConstants,
  addRows,
  divideByLast,
  dot,
  integersOf,
  linear,
  multiplyRows,
  productOfParts,
  type Ring,
  reduceRow,
  require,
  subtractRows,
  type Weights,
} from './reference-rows.ts';
import { gone, MAX_PARTS, sameLength } from './reference-store.ts';
import { ReferenceValues, requirePart, seedOf } from './reference-values.ts';

/**
 * The whole kernel contract in BigInt and plain loops: slow, and meant to be obviously right. Every fast kernel is
 * compared with it; it shares no code with the C++. One thread, no pool: a buffer is a Float64Array.
 */
export const createReferenceKernel = (): Kernel => new ReferenceKernel();

const MAX_WEIGHT = 2 ** 26;

class ReferenceKernel extends ReferenceValues implements Kernel {
  readonly variant = 'reference';
  readonly features: readonly string[] = ['bigint'];
  readonly reason = 'the BigInt oracle, chosen by name';
  readonly threads = 1;
  readonly #weights = new Map<WeightsId, Weights>();

  nttForward(ring: RingId, list: Int32Array, basis: Int32Array, parts: number): void {
    this.work.transforms += list.length * basis.length * parts;
    this.mapRows(ring, list, list, basis, parts, (row, r, i) => math.nttForward(row, r.roots[i]!, r.primes[i]!));
  }

  nttInverse(ring: RingId, list: Int32Array, basis: Int32Array, parts: number): void {
    this.work.transforms += list.length * basis.length * parts;
    this.mapRows(ring, list, list, basis, parts, (row, r, i) => math.nttInverse(row, r.roots[i]!, r.primes[i]!));
  }

  add(
    ring: RingId,
    out: Int32Array,
    a: Int32Array,
    b: Int32Array,
    basis: Int32Array,
    parts: number,
    bParts: number,
  ): void {
    this.zip(ring, out, a, b, basis, parts, bParts, (x, y) => x + y);
  }

  subtract(
    ring: RingId,
    out: Int32Array,
    a: Int32Array,
    b: Int32Array,
    basis: Int32Array,
    parts: number,
    bParts: number,
  ): void {
    this.zip(ring, out, a, b, basis, parts, bParts, (x, y) => x - y);
  }

  multiply(
    ring: RingId,
    out: Int32Array,
    a: Int32Array,
    b: Int32Array,
    basis: Int32Array,
    parts: number,
    bParts: number,
  ): void {
    this.zip(ring, out, a, b, basis, parts, bParts, (x, y) => x * y);
  }

  multiplyAdd(
    ring: RingId,
    out: Int32Array,
    a: Int32Array,
    b: Int32Array,
    basis: Int32Array,
    parts: number,
    bParts: number,
  ): void {
    this.zip(ring, out, a, b, basis, parts, bParts, (x, y, before) => before + x * y);
  }

  negate(ring: RingId, out: Int32Array, a: Int32Array, basis: Int32Array, parts: number): void {
    this.mapRows(ring, out, a, basis, parts, (row) => row.map((x) => (x === 0 ? 0 : -x)));
  }

  multiplyParts(
    ring: RingId,
    out: Int32Array,
    a: Int32Array,
    b: Int32Array,
    basis: Int32Array,
    partsA: number,
    partsB: number,
  ): void {
    const r = this.checked(ring, basis, partsA + partsB - 1);
    sameLength(out, a);
    sameLength(out, b);
    out.forEach((handle, e) => {
      const x = this.rowsOf(r, a[e]!, basis.length, partsA);
      const y = this.rowsOf(r, b[e]!, basis.length, partsB);
      this.store(
        r,
        handle,
        x.map((rows, l) => productOfParts(rows, y[l]!, r.primes[basis[l]!]!)),
      );
    });
  }

  dotParts(ring: RingId, out: Int32Array, a: Int32Array, b: Handle, basis: Int32Array, parts: number): void {
    const r = this.checked(ring, basis, parts);
    sameLength(out, a);
    const y = this.rowsOf(r, b, basis.length, parts);
    out.forEach((handle, e) => {
      const x = this.rowsOf(r, a[e]!, basis.length, parts);
      this.store(
        r,
        handle,
        x.map((rows, l) => [dot(rows, y[l]!, r.primes[basis[l]!]!)]),
      );
    });
  }

  multiplyScalars(
    ring: RingId,
    out: Int32Array,
    a: Int32Array,
    scalars: Float64Array,
    basis: Int32Array,
    parts: number,
  ): void {
    const pairs = scalarPairs(scalars, a.length * basis.length);
    this.mapRows(ring, out, a, basis, parts, (row, r, i, { element, limb }) =>
      multiplyRows(row, constantRow(pairs, element * basis.length + limb, r.n), r.primes[i]!),
    );
  }

  addScalars(
    ring: RingId,
    out: Int32Array,
    a: Int32Array,
    scalars: Float64Array,
    basis: Int32Array,
    parts: number,
  ): void {
    const pairs = scalarPairs(scalars, a.length * basis.length);
    this.mapRows(ring, out, a, basis, parts, (row, r, i, { element, limb, part }) =>
      part === 0 ? addRows(row, constantRow(pairs, element * basis.length + limb, r.n), r.primes[i]!) : row,
    );
  }

  extractPart(ring: RingId, out: Int32Array, a: Int32Array, basis: Int32Array, parts: number, part: number): void {
    const r = this.checked(ring, basis, parts);
    requirePart(part, parts);
    sameLength(out, a);
    out.forEach((handle, e) => {
      this.store(
        r,
        handle,
        this.rowsOf(r, a[e]!, basis.length, parts).map((rows) => [rows[part]!]),
      );
    });
  }

  insertPart(ring: RingId, out: Int32Array, a: Int32Array, basis: Int32Array, parts: number, part: number): void {
    const r = this.checked(ring, basis, parts);
    requirePart(part, parts);
    sameLength(out, a);
    out.forEach((handle, e) => {
      const rows = this.rowsOf(r, a[e]!, basis.length, 1);
      rows.forEach(([row], l) => {
        this.rowOf(r, handle, l, parts, part).set(row!);
      });
    });
  }

  divideByLast(ring: RingId, out: Int32Array, a: Int32Array, basis: Int32Array, parts: number): void {
    const r = this.checked(ring, basis, parts);
    require(basis.length > 1, 'number of limbs', basis.length, 'at least 2');
    sameLength(out, a);
    out.forEach((handle, e) => {
      this.work.transforms += basis.length * parts;
      this.store(r, handle, divideByLast(r, basis, this.rowsOf(r, a[e]!, basis.length, parts)));
    });
  }

  convertBasis(ring: RingId, out: Int32Array, a: Int32Array, from: Int32Array, to: Int32Array, parts: number): void {
    const r = this.checked(ring, from, parts);
    this.checked(ring, to, parts);
    sameLength(out, a);
    const sources = Array.from(from, (i) => r.primes[i]!);
    out.forEach((handle, e) => {
      const rows = this.rowsOf(r, a[e]!, from.length, parts);
      const integers = Array.from({ length: parts }, (_, part) =>
        integersOf(
          rows.map((limb) => limb[part]!),
          sources,
        ),
      );
      this.store(
        r,
        handle,
        Array.from(to, (i) => integers.map((values) => reduceRow(values, r.primes[i]!))),
      );
    });
  }

  automorphism(ring: RingId, out: Int32Array, a: Int32Array, basis: Int32Array, parts: number, exponent: number): void {
    const { n } = this.checked(ring, basis, parts);
    const valid = Number.isInteger(exponent) && exponent % 2 === 1 && exponent > 0 && exponent < 2 * n;
    require(valid, 'exponent', exponent, `odd, 1 .. ${2 * n - 1}`);
    this.mapRows(ring, out, a, basis, parts, (row) => math.automorphism(row, exponent));
  }

  linearPlain(
    ring: RingId,
    out: Int32Array,
    a: Int32Array,
    rowStart: Int32Array,
    columns: Int32Array,
    plaintexts: Int32Array,
    scalars: Float64Array,
    basis: Int32Array,
    parts: number,
  ): void {
    const r = this.checked(ring, basis, parts);
    requireTerms(out, a, rowStart, columns, plaintexts);
    const weights = this.#weightRows(r, plaintexts, scalars, basis);
    const sums = Array.from(out, (_, row) => {
      const terms = Array.from({ length: rowStart[row + 1]! - rowStart[row]! }, (_, t) => {
        const at = rowStart[row]! + t;
        const rows = this.rowsOf(r, a[columns[at]!]!, basis.length, parts);
        return rows.map((limb, l) => limb.map((x) => multiplyRows(x, weights[at]![l]!, r.primes[basis[l]!]!)));
      });
      return terms.reduce((x, y) =>
        x.map((limb, l) => limb.map((row, part) => addRows(row, y[l]![part]!, r.primes[basis[l]!]!))),
      );
    });
    sums.forEach((rows, i) => {
      this.store(r, out[i]!, rows);
    });
  }

  maskSymmetric(
    ring: RingId,
    out: Int32Array,
    messages: Int32Array,
    secret: Handle,
    uniformSeeds: Uint8Array,
    errorSeeds: Uint8Array,
    basis: Int32Array,
  ): void {
    const r = this.checked(ring, basis, 2);
    requireMessages(messages, out);
    this.work.transforms += out.length * basis.length;
    out.forEach((handle, e) => {
      const [seed, error] = [seedOf(uniformSeeds, e, out.length), errorRow(seedOf(errorSeeds, e, out.length), r.n)];
      const pairs = Array.from(basis, (i, l) => {
        const [p, root] = [r.primes[i]!, r.roots[i]!];
        const a = math.fromBitReversed(uniformRow(seed, i, p, r.n));
        const masked = subtractRows(
          math.nttForward(error, root, p),
          multiplyRows(a, this.rowOf(r, secret, i, 1, 0), p),
          p,
        );
        return [this.#withMessage(r, masked, messages[e], l, p), a];
      });
      this.store(r, handle, pairs);
    });
  }

  maskPublic(
    ring: RingId,
    out: Int32Array,
    messages: Int32Array,
    publicKey: Handle,
    ternarySeeds: Uint8Array,
    errorSeeds: Uint8Array,
    basis: Int32Array,
  ): void {
    const r = this.checked(ring, basis, 2);
    requireMessages(messages, out);
    this.work.transforms += 3 * out.length * basis.length;
    out.forEach((handle, e) => {
      const u = ternaryRow(seedOf(ternarySeeds, e, out.length), r.n);
      const errors = [0, 1].map((part) => errorRow(seedOf(errorSeeds, 2 * e + part, 2 * out.length), r.n));
      const pairs = Array.from(basis, (i, l) => {
        const [p, root] = [r.primes[i]!, r.roots[i]!];
        const transformed = math.nttForward(u, root, p);
        const [first, second] = errors.map((error, part) =>
          addRows(
            math.nttForward(error, root, p),
            multiplyRows(transformed, this.rowOf(r, publicKey, i, 2, part), p),
            p,
          ),
        );
        return [this.#withMessage(r, first!, messages[e], l, p), second!];
      });
      this.store(r, handle, pairs);
    });
  }

  createWeights(
    outputs: number,
    inputs: number,
    rowStart: Int32Array,
    columns: Int32Array,
    values: Int32Array,
  ): WeightsId {
    require(outputs > 0 && inputs > 0, 'shape', [outputs, inputs], 'positive');
    const ordered = rowStart.every((start, i) => i === 0 || start >= rowStart[i - 1]!);
    require(rowStart.length === outputs + 1 && rowStart[0] === 0 && ordered, 'row starts', rowStart.length, outputs +
      1);
    const count = rowStart[outputs]!;
    require(columns.length === count && values.length === count, 'number of values', values.length, count);
    require(columns.every((c) => c >= 0 && c < inputs), 'columns', 'one out of range', `0 .. ${inputs - 1}`);
    require(values.every((v) => Math.abs(v) < MAX_WEIGHT), 'weights', 'one too large', 'below 2^26 in size');
    this.#weights.set(this.next, {
      outputs,
      inputs,
      rowStart: rowStart.slice(),
      columns: columns.slice(),
      values: values.slice(),
    });
    return this.next++;
  }

  destroyWeights(weights: WeightsId): void {
    this.#weightsOf(weights);
    this.#weights.delete(weights);
  }

  pointwise(
    ring: RingId,
    out: Int32Array,
    a: Int32Array,
    basis: Int32Array,
    parts: number,
    program: Int32Array,
    constants: Float64Array,
  ): void {
    const r = this.checked(ring, basis, parts);
    let list = Array.from(a, (handle) => this.rowsOf(r, handle, basis.length, parts));
    let used = 0;
    const primes = Array.from(basis, (i) => r.primes[i]!);
    for (let at = 0; at < program.length; at++) {
      const step = program[at]!;
      if (step === POINTWISE.linear) list = linear(list, this.#weightsOf(program[++at] ?? -1), primes);
      else if (step === POINTWISE.square)
        list = list.map((x) => x.map((rows, l) => productOfParts(rows, rows, primes[l]!)));
      else if (step === POINTWISE.addConstants) {
        const count = list.length * basis.length;
        require(constants.length >= used + count, 'number of constants', constants.length, used + count);
        list = addConstants(list, constants.subarray(used, (used += count)), primes);
      } else require(false, 'step of a pointwise program', step, '0, 1 or 2');
      require(list[0]![0]!.length <= MAX_PARTS, 'number of parts', list[0]![0]!.length, `at most ${MAX_PARTS}`);
    }
    require(constants.length === used, 'number of constants', constants.length, used);
    require(out.length === list.length, 'number of outputs', out.length, list.length);
    out.forEach((handle, e) => {
      this.store(r, handle, list[e]!);
    });
  }

  measureFma(milliseconds: number): number {
    const start = performance.now();
    let x = 1;
    let count = 0;
    while (performance.now() - start < milliseconds) for (let i = 0; i < 1000; i++, count++) x = x * 0.999 + 0.001;
    return x > 0 ? count / (performance.now() - start) / 1e6 : 0;
  }

  close(): void {
    this.forgetAll();
    this.#weights.clear();
  }

  #weightsOf(id: WeightsId): Weights {
    return this.#weights.get(id) ?? gone('weights', id);
  }

  #withMessage(r: Ring, row: Float64Array, message: Handle | undefined, limb: number, p: bigint): Float64Array {
    return message === undefined ? row : addRows(row, this.rowOf(r, message, limb, 1, 0), p);
  }

  /** The weights of `linearPlain`: [term][limb], a row of n each. */
  #weightRows(r: Ring, plaintexts: Int32Array, scalars: Float64Array, basis: Int32Array): Float64Array[][] {
    const constants = plaintexts.filter((handle) => handle === -1).length;
    const wanted = 2 * constants * basis.length;
    require(scalars.length === wanted, 'number of scalars', scalars.length, wanted);
    let used = 0;
    return Array.from(plaintexts, (handle) => {
      if (handle !== -1) return this.rowsOf(r, handle, basis.length, 1).map(([row]) => row!);
      return Array.from(basis, () => constantRow(scalars, used++, r.n));
    });
  }
}

function requireMessages(messages: Int32Array, out: Int32Array): void {
  if (messages.length > 0) require(messages.length === out.length, 'number of messages', messages.length, out.length);
}

function requireTerms(
  out: Int32Array,
  a: Int32Array,
  rowStart: Int32Array,
  columns: Int32Array,
  plaintexts: Int32Array,
): void {
  const ascending = rowStart.every((start, i) => (i === 0 ? start === 0 : start > rowStart[i - 1]!));
  require(ascending && rowStart.length === out.length + 1, 'row starts', rowStart.length, out.length + 1);
  const count = rowStart[out.length]!;
  require(columns.length === count, 'number of columns', columns.length, count);
  require(plaintexts.length === count, 'number of plaintexts', plaintexts.length, count);
  require(columns.every((c) => c >= 0 && c < a.length), 'columns', 'one out of range', `0 .. ${a.length - 1}`);
}

/** [element][limb][2]: one number for each half of a row, or the same for both. */
function scalarPairs(scalars: Float64Array, rows: number): Float64Array {
  if (scalars.length === 2 * rows) return scalars;
  require(scalars.length === rows, 'number of scalars', scalars.length, `${rows} or ${2 * rows}`);
  return Float64Array.from({ length: 2 * rows }, (_, i) => scalars[i >> 1]!);
}

const constantRow = (pairs: Float64Array, row: number, n: number): Float64Array =>
  new Float64Array(n).fill(pairs[2 * row]!, 0, n / 2).fill(pairs[2 * row + 1]!, n / 2);
