/** The oracle's values from outside: drawn from seeds, from integers and back, from slots and back, as bytes. */
import { HesperError } from '../errors.ts';
import type { Handle, RingId } from './kernel.ts';
import * as math from './reference-math.ts';
import { ReferencePlain } from './reference-plain.ts';
import { errorRow, ternaryRow, uniformRow } from './reference-random.ts';
import { bitsOf, decodeRow, encodeRow, integersOf, packRow, reduceRow, require, unpackRow } from './reference-rows.ts';
import { openBytes, sealBytes, TAG_BYTES, ternaryFromBytes, ternaryToBytes } from './reference-seal.ts';
import { sameLength } from './reference-store.ts';

export class ReferenceValues extends ReferencePlain {
  sampleUniform(
    ring: RingId,
    out: Int32Array,
    seeds: Uint8Array,
    basis: Int32Array,
    parts: number,
    part: number,
  ): void {
    const r = this.checked(ring, basis, parts);
    requirePart(part, parts);
    out.forEach((handle, e) => {
      const seed = seedOf(seeds, e, out.length);
      basis.forEach((i, l) => {
        this.rowOf(r, handle, l, parts, part).set(math.fromBitReversed(uniformRow(seed, i, r.primes[i]!, r.n)));
      });
    });
  }

  sampleTernary(ring: RingId, out: Int32Array, seeds: Uint8Array): void {
    const { n } = this.ringOf(ring);
    out.forEach((handle, e) => {
      this.bufferOf(handle, n).set(ternaryRow(seedOf(seeds, e, out.length), n));
    });
  }

  sampleError(ring: RingId, out: Int32Array, seeds: Uint8Array): void {
    const { n } = this.ringOf(ring);
    out.forEach((handle, e) => {
      this.bufferOf(handle, n).set(errorRow(seedOf(seeds, e, out.length), n));
    });
  }

  spread(ring: RingId, out: Int32Array, a: Int32Array, basis: Int32Array): void {
    const r = this.checked(ring, basis, 1);
    sameLength(out, a);
    out.forEach((handle, e) => {
      const integers = Array.from(this.bufferOf(a[e]!, r.n).slice(0, r.n), BigInt);
      this.store(
        r,
        handle,
        Array.from(basis, (i) => [reduceRow(integers, r.primes[i]!)]),
      );
    });
  }

  compose(ring: RingId, out: Int32Array, a: Int32Array, basis: Int32Array): void {
    const r = this.checked(ring, basis, 1);
    sameLength(out, a);
    const primes = Array.from(basis, (i) => r.primes[i]!);
    out.forEach((handle, e) => {
      const rows = this.rowsOf(r, a[e]!, basis.length, 1).map(([row]) => row!);
      this.bufferOf(handle, r.n).set(integersOf(rows, primes).map(Number));
    });
  }

  encode(ring: RingId, out: Int32Array, real: Float64Array, imaginary: Float64Array, scale: number): void {
    const { n } = this.ringOf(ring);
    const slots = n / 2;
    requireSlots(real, imaginary, out.length * slots);
    out.forEach((handle, e) => {
      const span = (values: Float64Array) => values.subarray(e * slots, (e + 1) * slots);
      this.bufferOf(handle, n).set(encodeRow(span(real), span(imaginary), scale, n));
    });
  }

  decode(ring: RingId, real: Float64Array, imaginary: Float64Array, a: Int32Array, scale: number): void {
    const { n } = this.ringOf(ring);
    requireSlots(real, imaginary, (a.length * n) / 2);
    a.forEach((handle, e) => {
      const slots = decodeRow(this.bufferOf(handle, n).subarray(0, n), scale);
      real.set(slots.real, (e * n) / 2);
      if (imaginary.length > 0) imaginary.set(slots.imaginary, (e * n) / 2);
    });
  }

  pack(ring: RingId, bytes: Uint8Array, a: Int32Array, basis: Int32Array, parts: number, part: number): void {
    const r = this.checked(ring, basis, parts);
    requirePart(part, parts);
    const packed = Array.from(a, (handle) => {
      const rows = this.rowsOf(r, handle, basis.length, parts);
      return Array.from(basis, (i, l) => [...packRow(rows[l]![part]!, r.primes[i]!)]);
    }).flat(2);
    require(bytes.length === packed.length, 'number of bytes', bytes.length, packed.length);
    bytes.set(packed);
  }

  unpack(ring: RingId, out: Int32Array, bytes: Uint8Array, basis: Int32Array, parts: number, part: number): void {
    const r = this.checked(ring, basis, parts);
    requirePart(part, parts);
    const wanted = out.length * Array.from(basis, (i) => (r.n / 8) * bitsOf(r.primes[i]!)).reduce((a, b) => a + b, 0);
    require(bytes.length === wanted, 'number of bytes', bytes.length, wanted);
    let at = 0;
    for (const handle of out) {
      basis.forEach((i, l) => {
        const length = (r.n / 8) * bitsOf(r.primes[i]!);
        this.rowOf(r, handle, l, parts, part).set(unpackRow(bytes.subarray(at, at + length), r.primes[i]!, r.n));
        at += length;
      });
    }
  }

  sealSecret(
    ring: RingId,
    bytes: Uint8Array,
    a: Handle,
    key: Uint8Array,
    nonce: Uint8Array,
    associated: Uint8Array,
  ): void {
    const { n } = this.ringOf(ring);
    requireSeal(n, bytes, key, nonce);
    const packed = ternaryToBytes(this.bufferOf(a, n).subarray(0, n));
    require(packed !== undefined, 'row to be sealed', 'another number', '-1, 0 and 1 only');
    bytes.set(sealBytes({ key, nonce, associated }, packed!));
  }

  openSecret(
    ring: RingId,
    out: Handle,
    bytes: Uint8Array,
    key: Uint8Array,
    nonce: Uint8Array,
    associated: Uint8Array,
  ): void {
    const { n } = this.ringOf(ring);
    requireSeal(n, bytes, key, nonce);
    const row = this.bufferOf(out, n);
    const opened = openBytes({ key, nonce, associated }, bytes);
    const integers = opened && ternaryFromBytes(opened);
    if (integers === undefined)
      throw new HesperError('authentication-failed', 'the key does not open these bytes, or they were changed', {
        remedy: 'Use the key and the associated data that they were sealed with',
      });
    row.set(integers);
  }
}

function requireSeal(n: number, bytes: Uint8Array, key: Uint8Array, nonce: Uint8Array): void {
  require(bytes.length === n / 4 + TAG_BYTES, 'number of sealed bytes', bytes.length, n / 4 + TAG_BYTES);
  require(key.length === 32, 'number of key bytes', key.length, 32);
  require(nonce.length === 12, 'number of nonce bytes', nonce.length, 12);
}

export const requirePart = (part: number, parts: number): void =>
  require(Number.isInteger(part) && part >= 0 && part < parts, 'part', part, `0 .. ${parts - 1}`);

function requireSlots(real: Float64Array, imaginary: Float64Array, wanted: number): void {
  require(real.length === wanted, 'number of slots', real.length, wanted);
  require(imaginary.length === 0 || imaginary.length === wanted, 'number of imaginary slots', imaginary.length, wanted);
}

export function seedOf(seeds: Uint8Array, element: number, count: number): Uint8Array {
  require(seeds.length === 32 * count, 'number of seed bytes', seeds.length, 32 * count);
  return seeds.slice(32 * element, 32 * (element + 1));
}
