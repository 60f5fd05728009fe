import { HesperError } from '../errors.ts';
import {
  type Handle,
  type Kernel,
  MAX_RING_DEGREE,
  MIN_RING_DEGREE,
  POINTWISE,
  type PoolStats,
  PRIME_LIMIT,
  type RingId,
  type WeightsId,
  type WorkStats,
} from './kernel.ts';
import * as math from './reference-math.ts';
import { errorRow, ternaryRow, uniformRow } from './reference-random.ts';
import {
  addConstants,
  addRows,
  bitsOf,
  decodeRow,
  divideByLast,
  dot,
  encodeRow,
  integersOf,
  linear,
  multiplyRows,
  packRow,
  productOfParts,
  type Ring,
  type Rows,
  reduceRow,
  require,
  subtractRows,
  unpackRow,
  type Weights,
} from './reference-rows.ts';
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

/**
 * The whole kernel contract in BigInt and plain loops: slow, and meant to be obviously right. Every fast kernel is
 * compared with it; it shares no code with the C++. One thread, no pool: a buffer is a Float64Array.
 */
export const createReferenceKernel = (): Kernel => new ReferenceKernel();

const MAX_PARTS = 16;
const MAX_SPECIAL = 8;
const MAX_WEIGHT = 2 ** 26;

class ReferenceKernel implements Kernel {
  readonly variant = 'reference';
  readonly features: readonly string[] = ['bigint'];
  readonly reason = 'the BigInt oracle, chosen by name';
  readonly threads = 1;
  readonly #buffers = new Map<Handle, Float64Array>();
  readonly #rings = new Map<RingId, Ring>();
  readonly #weights = new Map<WeightsId, Weights>();
  #next = 1;
  #liveBytes = 0;
  #peakBytes = 0;
  readonly #work = { transforms: 0, keyProducts: 0, conversions: 0 };

  createRing(n: number, primes: readonly number[], roots: readonly number[]): RingId {
    const isPower = Number.isInteger(Math.log2(n)) && n >= MIN_RING_DEGREE && n <= MAX_RING_DEGREE;
    require(isPower, 'ring degree', n, `a power of two, ${MIN_RING_DEGREE} .. ${MAX_RING_DEGREE}`);
    require(primes.length > 0 && primes.length === roots.length, 'number of roots', roots.length, primes.length);
    const ring = { n, primes: primes.map(BigInt), roots: roots.map(BigInt) };
    ring.primes.forEach((p, i) => {
      require(p % BigInt(2 * n) === 1n && primes[i]! < PRIME_LIMIT, 'prime', primes[i], '1 mod 2n, below the limit');
      require(math.power(ring.roots[i]!, BigInt(n), p) === p - 1n, 'root', roots[i], 'a primitive 2n-th root of unity');
    });
    this.#rings.set(this.#next, ring);
    return this.#next++;
  }

  destroyRing(ring: RingId): void {
    this.#ring(ring);
    this.#rings.delete(ring);
  }

  allocate(doubles: number): Handle {
    require(Number.isInteger(doubles) && doubles > 0, 'buffer length', doubles, 'a positive integer');
    this.#buffers.set(this.#next, new Float64Array(doubles));
    this.#liveBytes += 8 * doubles;
    this.#peakBytes = Math.max(this.#peakBytes, this.#liveBytes);
    return this.#next++;
  }

  release(handle: Handle): void {
    this.#liveBytes -= this.#buffer(handle, 0).byteLength;
    this.#buffers.delete(handle);
  }

  wipe(handle: Handle): void {
    this.#buffer(handle, 0).fill(0);
    this.release(handle);
  }

  read(handle: Handle, offset: number, out: Float64Array): void {
    out.set(this.#buffer(handle, offset + out.length).subarray(offset, offset + out.length));
  }

  write(handle: Handle, offset: number, data: Float64Array): void {
    this.#buffer(handle, offset + data.length).set(data, offset);
  }

  poolStats(): PoolStats {
    return { liveBytes: this.#liveBytes, liveBuffers: this.#buffers.size, idleBytes: 0, peakBytes: this.#peakBytes };
  }

  trim(): void {}

  nttForward(ring: RingId, list: Int32Array, basis: Int32Array, parts: number): void {
    this.#work.transforms += list.length * basis.length * parts;
    this.#mapRows(ring, list, list, basis, parts, (row, r, i) => math.nttForward(row, r.roots[i]!, r.primes[i]!));
  }

  nttInverse(ring: RingId, list: Int32Array, basis: Int32Array, parts: number): void {
    this.#work.transforms += list.length * basis.length * parts;
    this.#mapRows(ring, list, list, basis, parts, (row, r, i) => math.nttInverse(row, r.roots[i]!, r.primes[i]!));
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
    this.#zip(ring, out, a, b, basis, parts, bParts, (x, y) => x + y);
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
    this.#zip(ring, out, a, b, basis, parts, bParts, (x, y) => x - y);
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
    this.#zip(ring, out, a, b, basis, parts, bParts, (x, y) => x * y);
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
    this.#zip(ring, out, a, b, basis, parts, bParts, (x, y, before) => before + x * y);
  }

  negate(ring: RingId, out: Int32Array, a: Int32Array, basis: Int32Array, parts: number): void {
    this.#mapRows(ring, out, a, basis, parts, (row) => row.map((x) => (x === 0 ? 0 : -x)));
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
    const r = this.#checked(ring, basis, partsA + partsB - 1);
    sameLength(out, a);
    sameLength(out, b);
    out.forEach((handle, e) => {
      const x = this.#rows(r, a[e]!, basis.length, partsA);
      const y = this.#rows(r, b[e]!, basis.length, partsB);
      this.#store(
        r,
        handle,
        x.map((rows, l) => productOfParts(rows, y[l]!, r.primes[basis[l]!]!)),
      );
    });
  }

  dotParts(ring: RingId, out: Int32Array, a: Int32Array, b: Handle, basis: Int32Array, parts: number): void {
    const r = this.#checked(ring, basis, parts);
    sameLength(out, a);
    const y = this.#rows(r, b, basis.length, parts);
    out.forEach((handle, e) => {
      const x = this.#rows(r, a[e]!, basis.length, parts);
      this.#store(
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
    this.#mapRows(ring, out, a, basis, parts, (row, r, i, { element, limb }) =>
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
    this.#mapRows(ring, out, a, basis, parts, (row, r, i, { element, limb, part }) =>
      part === 0 ? addRows(row, constantRow(pairs, element * basis.length + limb, r.n), r.primes[i]!) : row,
    );
  }

  extractPart(ring: RingId, out: Int32Array, a: Int32Array, basis: Int32Array, parts: number, part: number): void {
    const r = this.#checked(ring, basis, parts);
    requirePart(part, parts);
    sameLength(out, a);
    out.forEach((handle, e) => {
      this.#store(
        r,
        handle,
        this.#rows(r, a[e]!, basis.length, parts).map((rows) => [rows[part]!]),
      );
    });
  }

  insertPart(ring: RingId, out: Int32Array, a: Int32Array, basis: Int32Array, parts: number, part: number): void {
    const r = this.#checked(ring, basis, parts);
    requirePart(part, parts);
    sameLength(out, a);
    out.forEach((handle, e) => {
      const rows = this.#rows(r, a[e]!, basis.length, 1);
      rows.forEach(([row], l) => {
        this.#rowOf(r, handle, l, parts, part).set(row!);
      });
    });
  }

  divideByLast(ring: RingId, out: Int32Array, a: Int32Array, basis: Int32Array, parts: number): void {
    const r = this.#checked(ring, basis, parts);
    require(basis.length > 1, 'number of limbs', basis.length, 'at least 2');
    sameLength(out, a);
    out.forEach((handle, e) => {
      this.#work.transforms += basis.length * parts;
      this.#store(r, handle, divideByLast(r, basis, this.#rows(r, a[e]!, basis.length, parts)));
    });
  }

  convertBasis(ring: RingId, out: Int32Array, a: Int32Array, from: Int32Array, to: Int32Array, parts: number): void {
    const r = this.#checked(ring, from, parts);
    this.#checked(ring, to, parts);
    sameLength(out, a);
    const sources = Array.from(from, (i) => r.primes[i]!);
    out.forEach((handle, e) => {
      const rows = this.#rows(r, a[e]!, from.length, parts);
      const integers = Array.from({ length: parts }, (_, part) =>
        integersOf(
          rows.map((limb) => limb[part]!),
          sources,
        ),
      );
      this.#store(
        r,
        handle,
        Array.from(to, (i) => integers.map((values) => reduceRow(values, r.primes[i]!))),
      );
    });
  }

  automorphism(ring: RingId, out: Int32Array, a: Int32Array, basis: Int32Array, parts: number, exponent: number): void {
    const { n } = this.#checked(ring, basis, parts);
    const valid = Number.isInteger(exponent) && exponent % 2 === 1 && exponent > 0 && exponent < 2 * n;
    require(valid, 'exponent', exponent, `odd, 1 .. ${2 * n - 1}`);
    this.#mapRows(ring, out, a, basis, parts, (row) => math.automorphism(row, exponent));
  }

  relinearize(
    ring: RingId,
    out: Int32Array,
    a: Int32Array,
    basis: Int32Array,
    parts: number,
    keys: Int32Array,
    special: Int32Array,
  ): void {
    const r = this.#checked(ring, basis, parts);
    require(parts >= 3, 'number of parts', parts, 'at least 3');
    sameLength(out, a);
    const keyRows = this.#keys(ring, basis, keys, special, parts - 2);
    out.forEach((handle, e) => {
      const rows = this.#rows(r, a[e]!, basis.length, parts);
      const sum = emptySum(r, basis, special);
      keyRows.forEach((key, power) => {
        addRowsTo(r, basis, special, sum, this.#switch(r, basis, special, partOf(rows, power + 2), key));
      });
      this.#store(r, handle, addParts(r, basis, this.#divide(r, basis, special, sum), rows));
    });
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
    const r = this.#checked(ring, basis, parts);
    requireTerms(out, a, rowStart, columns, plaintexts);
    const weights = this.#weightRows(r, plaintexts, scalars, basis);
    const sums = Array.from(out, (_, row) => {
      const terms = Array.from({ length: rowStart[row + 1]! - rowStart[row]! }, (_, t) => {
        const at = rowStart[row]! + t;
        const rows = this.#rows(r, a[columns[at]!]!, basis.length, parts);
        return rows.map((limb, l) => limb.map((x) => multiplyRows(x, weights[at]![l]!, r.primes[basis[l]!]!)));
      });
      return terms.reduce((x, y) =>
        x.map((limb, l) => limb.map((row, part) => addRows(row, y[l]![part]!, r.primes[basis[l]!]!))),
      );
    });
    sums.forEach((rows, i) => {
      this.#store(r, out[i]!, rows);
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
    const r = this.#checked(ring, basis, 2);
    requireMessages(messages, out);
    this.#work.transforms += out.length * basis.length;
    out.forEach((handle, e) => {
      const [seed, error] = [seedOf(uniformSeeds, e, out.length), errorRow(seedOf(errorSeeds, e, out.length), r.n)];
      const pairs = Array.from(basis, (i, l) => {
        const [p, root] = [r.primes[i]!, r.roots[i]!];
        const a = math.fromBitReversed(uniformRow(seed, i, p, r.n));
        const masked = subtractRows(
          math.nttForward(error, root, p),
          multiplyRows(a, this.#rowOf(r, secret, i, 1, 0), p),
          p,
        );
        return [this.#withMessage(r, masked, messages[e], l, p), a];
      });
      this.#store(r, handle, pairs);
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
    const r = this.#checked(ring, basis, 2);
    requireMessages(messages, out);
    this.#work.transforms += 3 * out.length * basis.length;
    out.forEach((handle, e) => {
      const u = ternaryRow(seedOf(ternarySeeds, e, out.length), r.n);
      const errors = [0, 1].map((part) => errorRow(seedOf(errorSeeds, 2 * e + part, 2 * out.length), r.n));
      const pairs = Array.from(basis, (i, l) => {
        const [p, root] = [r.primes[i]!, r.roots[i]!];
        const transformed = math.nttForward(u, root, p);
        const [first, second] = errors.map((error, part) =>
          addRows(
            math.nttForward(error, root, p),
            multiplyRows(transformed, this.#rowOf(r, publicKey, i, 2, part), p),
            p,
          ),
        );
        return [this.#withMessage(r, first!, messages[e], l, p), second!];
      });
      this.#store(r, handle, pairs);
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
    const r = this.#checked(ring, basis, 2);
    requireExponents(exponents, 3, r.n);
    require(out.length === a.length * exponents.length, 'list length', out.length, a.length * exponents.length);
    const keyRows = this.#keys(ring, basis, keys, special, exponents.length);
    a.forEach((handle, e) => {
      const rows = this.#rows(r, handle, basis.length, 2);
      const digits = this.#digits(r, basis, special, partOf(rows, 1));
      exponents.forEach((exponent, i) => {
        const switched = this.#divide(r, basis, special, this.#product(r, basis, special, digits, keyRows[i]!));
        const sum = addParts(r, basis, switched, onlyFirst(rows));
        this.#store(r, out[e * exponents.length + i]!, automorphismOf(r, basis, sum, exponent));
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
    const r = this.#checked(ring, basis, 2);
    requireExponents(exponents, 1, r.n);
    require(out.length === 1 && a.length > 0, 'list length', out.length, 1);
    sameLength(a, exponents);
    const keyRows = this.#keys(ring, basis, keys, special, exponents.filter((x) => x !== 1).length);
    const sum = emptySum(r, basis, special);
    let plain: Rows = sum.slice(special.length);
    let next = 0;
    a.forEach((handle, e) => {
      const rows = this.#rows(r, handle, basis.length, 2);
      const exponent = exponents[e]!;
      const kept = exponent === 1 ? rows : automorphismOf(r, basis, onlyFirst(rows), exponent);
      plain = addParts(r, basis, plain, kept);
      if (exponent === 1) return;
      const switched = this.#switch(r, basis, special, partOf(rows, 1), keyRows[next++]!);
      addRowsTo(r, basis, special, sum, automorphismOf(r, [...special, ...basis], switched, exponent));
    });
    this.#store(r, out[0]!, addParts(r, basis, this.#divide(r, basis, special, sum), plain));
  }

  workStats(): WorkStats {
    return { ...this.#work };
  }

  /** Keys as [switch][digit], with rows for the special primes and then for the basis. */
  #keys(ring: RingId, basis: Int32Array, keys: Int32Array, special: Int32Array, switches: number): Rows[][] {
    const r = this.#checked(ring, special, 2);
    const apart = special.length <= MAX_SPECIAL && special.every((i) => !basis.includes(i));
    require(apart, 'special primes', [...special], `1 .. ${MAX_SPECIAL}, none of the basis`);
    const digits = digitsOf(basis, special).length;
    require(keys.length === switches * digits, 'number of keys', keys.length, switches * digits);
    const wanted = [...special.keys(), ...Array.from(basis, (i) => special.length + i)];
    const key = (handle: Handle): Rows =>
      wanted.map((row) => [0, 1].map((part) => this.#rowOf(r, handle, row, 2, part).slice()));
    return Array.from({ length: switches }, (_, i) => Array.from(keys.subarray(i * digits, (i + 1) * digits), key));
  }

  #switch(r: Ring, basis: Int32Array, special: Int32Array, part: readonly Float64Array[], key: readonly Rows[]): Rows {
    return this.#product(r, basis, special, this.#digits(r, basis, special, part), key);
  }

  #digits(r: Ring, basis: Int32Array, special: Int32Array, part: readonly Float64Array[]): Float64Array[][] {
    const extended = basis.length + special.length;
    this.#work.transforms += basis.length;
    for (const { length } of digitsOf(basis, special)) {
      this.#work.transforms += extended - length;
      this.#work.conversions += length * (extended - length);
    }
    return raiseDigits(r, basis, special, part);
  }

  #product(r: Ring, basis: Int32Array, special: Int32Array, digits: Float64Array[][], key: readonly Rows[]): Rows {
    this.#work.keyProducts += 2 * key.length * (basis.length + special.length);
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
    this.#work.transforms += 2 * (basis.length + special.length);
    this.#work.conversions += 2 * basis.length * special.length;
    return divideBySpecial(r, basis, special, sum);
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
    this.#weights.set(this.#next, {
      outputs,
      inputs,
      rowStart: rowStart.slice(),
      columns: columns.slice(),
      values: values.slice(),
    });
    return this.#next++;
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
    const r = this.#checked(ring, basis, parts);
    let list = Array.from(a, (handle) => this.#rows(r, handle, basis.length, parts));
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
      this.#store(r, handle, list[e]!);
    });
  }

  sampleUniform(
    ring: RingId,
    out: Int32Array,
    seeds: Uint8Array,
    basis: Int32Array,
    parts: number,
    part: number,
  ): void {
    const r = this.#checked(ring, basis, parts);
    requirePart(part, parts);
    out.forEach((handle, e) => {
      const seed = seedOf(seeds, e, out.length);
      basis.forEach((i, l) => {
        this.#rowOf(r, handle, l, parts, part).set(math.fromBitReversed(uniformRow(seed, i, r.primes[i]!, r.n)));
      });
    });
  }

  sampleTernary(ring: RingId, out: Int32Array, seeds: Uint8Array): void {
    const { n } = this.#ring(ring);
    out.forEach((handle, e) => {
      this.#buffer(handle, n).set(ternaryRow(seedOf(seeds, e, out.length), n));
    });
  }

  sampleError(ring: RingId, out: Int32Array, seeds: Uint8Array): void {
    const { n } = this.#ring(ring);
    out.forEach((handle, e) => {
      this.#buffer(handle, n).set(errorRow(seedOf(seeds, e, out.length), n));
    });
  }

  spread(ring: RingId, out: Int32Array, a: Int32Array, basis: Int32Array): void {
    const r = this.#checked(ring, basis, 1);
    sameLength(out, a);
    out.forEach((handle, e) => {
      const integers = Array.from(this.#buffer(a[e]!, r.n).slice(0, r.n), BigInt);
      this.#store(
        r,
        handle,
        Array.from(basis, (i) => [reduceRow(integers, r.primes[i]!)]),
      );
    });
  }

  compose(ring: RingId, out: Int32Array, a: Int32Array, basis: Int32Array): void {
    const r = this.#checked(ring, basis, 1);
    sameLength(out, a);
    const primes = Array.from(basis, (i) => r.primes[i]!);
    out.forEach((handle, e) => {
      const rows = this.#rows(r, a[e]!, basis.length, 1).map(([row]) => row!);
      this.#buffer(handle, r.n).set(integersOf(rows, primes).map(Number));
    });
  }

  encode(ring: RingId, out: Int32Array, real: Float64Array, imaginary: Float64Array, scale: number): void {
    const { n } = this.#ring(ring);
    const slots = n / 2;
    requireSlots(real, imaginary, out.length * slots);
    out.forEach((handle, e) => {
      const span = (values: Float64Array) => values.subarray(e * slots, (e + 1) * slots);
      this.#buffer(handle, n).set(encodeRow(span(real), span(imaginary), scale, n));
    });
  }

  decode(ring: RingId, real: Float64Array, imaginary: Float64Array, a: Int32Array, scale: number): void {
    const { n } = this.#ring(ring);
    requireSlots(real, imaginary, (a.length * n) / 2);
    a.forEach((handle, e) => {
      const slots = decodeRow(this.#buffer(handle, n).subarray(0, n), scale);
      real.set(slots.real, (e * n) / 2);
      if (imaginary.length > 0) imaginary.set(slots.imaginary, (e * n) / 2);
    });
  }

  pack(ring: RingId, bytes: Uint8Array, a: Int32Array, basis: Int32Array, parts: number, part: number): void {
    const r = this.#checked(ring, basis, parts);
    requirePart(part, parts);
    const packed = Array.from(a, (handle) => {
      const rows = this.#rows(r, handle, basis.length, parts);
      return Array.from(basis, (i, l) => [...packRow(rows[l]![part]!, r.primes[i]!)]);
    }).flat(2);
    require(bytes.length === packed.length, 'number of bytes', bytes.length, packed.length);
    bytes.set(packed);
  }

  unpack(ring: RingId, out: Int32Array, bytes: Uint8Array, basis: Int32Array, parts: number, part: number): void {
    const r = this.#checked(ring, basis, parts);
    requirePart(part, parts);
    const wanted = out.length * Array.from(basis, (i) => (r.n / 8) * bitsOf(r.primes[i]!)).reduce((a, b) => a + b, 0);
    require(bytes.length === wanted, 'number of bytes', bytes.length, wanted);
    let at = 0;
    for (const handle of out) {
      basis.forEach((i, l) => {
        const length = (r.n / 8) * bitsOf(r.primes[i]!);
        this.#rowOf(r, handle, l, parts, part).set(unpackRow(bytes.subarray(at, at + length), r.primes[i]!, r.n));
        at += length;
      });
    }
  }

  measureFma(milliseconds: number): number {
    const start = performance.now();
    let x = 1;
    let count = 0;
    while (performance.now() - start < milliseconds) for (let i = 0; i < 1000; i++, count++) x = x * 0.999 + 0.001;
    return x > 0 ? count / (performance.now() - start) / 1e6 : 0;
  }

  close(): void {
    this.#buffers.clear();
    this.#rings.clear();
    this.#weights.clear();
    this.#liveBytes = 0;
  }

  #ring(id: RingId): Ring {
    return this.#rings.get(id) ?? gone('ring', id);
  }

  #weightsOf(id: WeightsId): Weights {
    return this.#weights.get(id) ?? gone('weights', id);
  }

  #buffer(handle: Handle, length: number): Float64Array {
    const buffer = this.#buffers.get(handle) ?? gone('buffer', handle);
    require(buffer.length >= length, 'buffer length', buffer.length, `at least ${length}`);
    return buffer;
  }

  #checked(id: RingId, basis: Int32Array, parts: number): Ring {
    const ring = this.#ring(id);
    require(Number.isInteger(parts) && parts >= 1 && parts <= MAX_PARTS, 'number of parts', parts, `1 .. ${MAX_PARTS}`);
    const known = basis.length > 0 && basis.every((i) => i >= 0 && i < ring.primes.length);
    require(known, 'basis', [...basis], `indices of ${ring.primes.length} primes`);
    return ring;
  }

  /** A view of one row of an element that lies as [limb][part][n]. */
  #rowOf({ n }: Ring, handle: Handle, limb: number, parts: number, part: number): Float64Array {
    const row = limb * parts + part;
    return this.#buffer(handle, (row + 1) * n).subarray(row * n, (row + 1) * n);
  }

  /** Copies of all rows of an element. */
  #rows(ring: Ring, handle: Handle, limbs: number, parts: number): Rows {
    return Array.from({ length: limbs }, (_, l) =>
      Array.from({ length: parts }, (_, part) => this.#rowOf(ring, handle, l, parts, part).slice()),
    );
  }

  #withMessage(r: Ring, row: Float64Array, message: Handle | undefined, limb: number, p: bigint): Float64Array {
    return message === undefined ? row : addRows(row, this.#rowOf(r, message, limb, 1, 0), p);
  }

  /** The weights of `linearPlain`: [term][limb], a row of n each. */
  #weightRows(r: Ring, plaintexts: Int32Array, scalars: Float64Array, basis: Int32Array): Float64Array[][] {
    const constants = plaintexts.filter((handle) => handle === -1).length;
    const wanted = 2 * constants * basis.length;
    require(scalars.length === wanted, 'number of scalars', scalars.length, wanted);
    let used = 0;
    return Array.from(plaintexts, (handle) => {
      if (handle !== -1) return this.#rows(r, handle, basis.length, 1).map(([row]) => row!);
      return Array.from(basis, () => constantRow(scalars, used++, r.n));
    });
  }

  #store(ring: Ring, handle: Handle, rows: Rows): void {
    this.#buffer(handle, ring.n * rows.length * rows[0]!.length);
    rows.forEach((limb, l) => {
      limb.forEach((row, part) => {
        this.#rowOf(ring, handle, l, limb.length, part).set(row);
      });
    });
  }

  #mapRows(
    id: RingId,
    out: Int32Array,
    a: Int32Array,
    basis: Int32Array,
    parts: number,
    f: (
      row: Float64Array,
      ring: Ring,
      prime: number,
      at: { element: number; limb: number; part: number },
    ) => Float64Array,
  ): void {
    const ring = this.#checked(id, basis, parts);
    sameLength(out, a);
    out.forEach((handle, element) => {
      const rows = this.#rows(ring, a[element]!, basis.length, parts);
      this.#store(
        ring,
        handle,
        rows.map((limb, l) => limb.map((row, part) => f(row, ring, basis[l]!, { element, limb: l, part }))),
      );
    });
  }

  #zip(
    id: RingId,
    out: Int32Array,
    a: Int32Array,
    b: Int32Array,
    basis: Int32Array,
    parts: number,
    bParts: number,
    f: (x: bigint, y: bigint, before: bigint) => bigint,
  ): void {
    const ring = this.#checked(id, basis, parts);
    require(bParts === 1 || bParts === parts, 'parts of the second operand', bParts, `1 or ${parts}`);
    sameLength(out, a);
    require(b.length === 1 || b.length === a.length, 'length of the second list', b.length, `1 or ${a.length}`);
    const others = Array.from(b, (handle) => this.#rows(ring, handle, basis.length, bParts));
    out.forEach((handle, e) => {
      const x = this.#rows(ring, a[e]!, basis.length, parts);
      const y = others[b.length === 1 ? 0 : e]!;
      const before = this.#rows(ring, handle, basis.length, parts);
      const row = (l: number, part: number): Float64Array => {
        const p = ring.primes[basis[l]!]!;
        const other = y[l]![bParts === 1 ? 0 : part]!;
        return x[l]![part]!.map((v, k) =>
          math.balancedNumber(f(BigInt(v), BigInt(other[k]!), BigInt(before[l]![part]![k] || 0)), p),
        );
      };
      this.#store(
        ring,
        handle,
        x.map((limb, l) => limb.map((_, part) => row(l, part))),
      );
    });
  }
}

function gone(what: string, id: number): never {
  throw new HesperError('disposed', `no such ${what}`, {
    met: id,
    wanted: `a live ${what}`,
    remedy: `Keep the ${what} until its last use`,
  });
}

const sameLength = (a: Int32Array, b: Int32Array): void =>
  require(a.length === b.length, 'list length', a.length, b.length);

function requireExponents(exponents: Int32Array, least: number, n: number): void {
  const ok = exponents.length > 0 && exponents.every((x) => x % 2 === 1 && x >= least && x < 2 * n);
  require(ok, 'exponents', [...exponents], `odd, ${least} .. ${2 * n - 1}`);
}

const requirePart = (part: number, parts: number): void =>
  require(Number.isInteger(part) && part >= 0 && part < parts, 'part', part, `0 .. ${parts - 1}`);

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

function requireSlots(real: Float64Array, imaginary: Float64Array, wanted: number): void {
  require(real.length === wanted, 'number of slots', real.length, wanted);
  require(imaginary.length === 0 || imaginary.length === wanted, 'number of imaginary slots', imaginary.length, wanted);
}

function seedOf(seeds: Uint8Array, element: number, count: number): Uint8Array {
  require(seeds.length === 32 * count, 'number of seed bytes', seeds.length, 32 * count);
  return seeds.slice(32 * element, 32 * (element + 1));
}
