/** What the oracle kernel keeps: rings and buffers; and the rows of its elements. */
import { HesperError } from '../errors.ts';
import { type Handle, MAX_RING_DEGREE, MIN_RING_DEGREE, MODULUS_LIMIT, type PoolStats, type RingId } from './kernel.ts';
import * as math from './reference-math.ts';
import { type Ring, type Rows, require } from './reference-rows.ts';

export const MAX_PARTS = 16;

export class ReferenceStore {
  readonly #buffers = new Map<Handle, Float64Array>();
  readonly #rings = new Map<RingId, Ring>();
  /** The next name of a ring, buffer or matrix. */
  protected next = 1;
  #liveBytes = 0;
  #peakBytes = 0;
  protected readonly work = { transforms: 0, keyProducts: 0, conversions: 0 };

  createRing(n: number, primes: readonly number[], roots: readonly number[]): RingId {
    const isPower = Number.isInteger(Math.log2(n)) && n >= MIN_RING_DEGREE && n <= MAX_RING_DEGREE;
    require(isPower, 'ring degree', n, `a power of two, ${MIN_RING_DEGREE} .. ${MAX_RING_DEGREE}`);
    require(primes.length > 0 && primes.length === roots.length, 'number of roots', roots.length, primes.length);
    const ring = { n, primes: primes.map(BigInt), roots: roots.map(BigInt) };
    ring.primes.forEach((p, i) => {
      require(p % BigInt(2 * n) === 1n && primes[i]! < MODULUS_LIMIT, 'prime', primes[i], '1 mod 2n, below the limit');
      require(math.power(ring.roots[i]!, BigInt(n), p) === p - 1n, 'root', roots[i], 'a primitive 2n-th root of unity');
    });
    this.#rings.set(this.next, ring);
    return this.next++;
  }

  destroyRing(ring: RingId): void {
    this.ringOf(ring);
    this.#rings.delete(ring);
  }

  allocate(doubles: number): Handle {
    require(Number.isInteger(doubles) && doubles > 0, 'buffer length', doubles, 'a positive integer');
    this.#buffers.set(this.next, new Float64Array(doubles));
    this.#liveBytes += 8 * doubles;
    this.#peakBytes = Math.max(this.#peakBytes, this.#liveBytes);
    return this.next++;
  }

  release(handle: Handle): void {
    this.#liveBytes -= this.bufferOf(handle, 0).byteLength;
    this.#buffers.delete(handle);
  }

  wipe(handle: Handle): void {
    this.bufferOf(handle, 0).fill(0);
    this.release(handle);
  }

  read(handle: Handle, offset: number, out: Float64Array): void {
    out.set(this.bufferOf(handle, offset + out.length).subarray(offset, offset + out.length));
  }

  write(handle: Handle, offset: number, data: Float64Array): void {
    this.bufferOf(handle, offset + data.length).set(data, offset);
  }

  poolStats(): PoolStats {
    return { liveBytes: this.#liveBytes, liveBuffers: this.#buffers.size, idleBytes: 0, peakBytes: this.#peakBytes };
  }

  trim(): void {}

  protected ringOf(id: RingId): Ring {
    return this.#rings.get(id) ?? gone('ring', id);
  }

  protected bufferOf(handle: Handle, length: number): Float64Array {
    const buffer = this.#buffers.get(handle) ?? gone('buffer', handle);
    require(buffer.length >= length, 'buffer length', buffer.length, `at least ${length}`);
    return buffer;
  }

  protected checked(id: RingId, basis: Int32Array, parts: number): Ring {
    const ring = this.ringOf(id);
    require(Number.isInteger(parts) && parts >= 1 && parts <= MAX_PARTS, 'number of parts', parts, `1 .. ${MAX_PARTS}`);
    const known = basis.length > 0 && basis.every((i) => i >= 0 && i < ring.primes.length);
    require(known, 'basis', [...basis], `indices of ${ring.primes.length} primes`);
    return ring;
  }

  /** A view of one row of an element that lies as [limb][part][n]. */
  protected rowOf({ n }: Ring, handle: Handle, limb: number, parts: number, part: number): Float64Array {
    const row = limb * parts + part;
    return this.bufferOf(handle, (row + 1) * n).subarray(row * n, (row + 1) * n);
  }

  /** Copies of all rows of an element. */
  protected rowsOf(ring: Ring, handle: Handle, limbs: number, parts: number): Rows {
    return Array.from({ length: limbs }, (_, l) =>
      Array.from({ length: parts }, (_, part) => this.rowOf(ring, handle, l, parts, part).slice()),
    );
  }

  protected store(ring: Ring, handle: Handle, rows: Rows): void {
    this.bufferOf(handle, ring.n * rows.length * rows[0]!.length);
    rows.forEach((limb, l) => {
      limb.forEach((row, part) => {
        this.rowOf(ring, handle, l, limb.length, part).set(row);
      });
    });
  }

  protected mapRows(
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
    const ring = this.checked(id, basis, parts);
    sameLength(out, a);
    out.forEach((handle, element) => {
      const rows = this.rowsOf(ring, a[element]!, basis.length, parts);
      this.store(
        ring,
        handle,
        rows.map((limb, l) => limb.map((row, part) => f(row, ring, basis[l]!, { element, limb: l, part }))),
      );
    });
  }

  protected zip(
    id: RingId,
    out: Int32Array,
    a: Int32Array,
    b: Int32Array,
    basis: Int32Array,
    parts: number,
    bParts: number,
    f: (x: bigint, y: bigint, before: bigint) => bigint,
  ): void {
    const ring = this.checked(id, basis, parts);
    require(bParts === 1 || bParts === parts, 'parts of the second operand', bParts, `1 or ${parts}`);
    sameLength(out, a);
    require(b.length === 1 || b.length === a.length, 'length of the second list', b.length, `1 or ${a.length}`);
    const others = Array.from(b, (handle) => this.rowsOf(ring, handle, basis.length, bParts));
    out.forEach((handle, e) => {
      const x = this.rowsOf(ring, a[e]!, basis.length, parts);
      const y = others[b.length === 1 ? 0 : e]!;
      const before = this.rowsOf(ring, handle, basis.length, parts);
      const row = (l: number, part: number): Float64Array => {
        const p = ring.primes[basis[l]!]!;
        const other = y[l]![bParts === 1 ? 0 : part]!;
        return x[l]![part]!.map((v, k) =>
          math.balancedNumber(f(BigInt(v), BigInt(other[k]!), BigInt(before[l]![part]![k] || 0)), p),
        );
      };
      this.store(
        ring,
        handle,
        x.map((limb, l) => limb.map((_, part) => row(l, part))),
      );
    });
  }

  protected forgetAll(): void {
    this.#buffers.clear();
    this.#rings.clear();
    this.#liveBytes = 0;
  }
}

export function gone(what: string, id: number): never {
  throw new HesperError('disposed', `no such ${what}`, {
    met: id,
    wanted: `a live ${what}`,
    remedy: `Keep the ${what} until its last use`,
  });
}

export const sameLength = (a: Int32Array, b: Int32Array): void =>
  require(a.length === b.length, 'list length', a.length, b.length);
