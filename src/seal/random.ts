import { shake256 } from '@noble/hashes/sha3.js';
import { concatBytes } from '@noble/hashes/utils.js';
import { viewOf } from '../format/header.ts';
import { blake2xb } from './blake2x.ts';
import { unsupported } from './header.ts';
import type { SealReader } from './reader.ts';

/** Which generator, and its seed of 64 bytes: what SEAL saves in place of a uniform polynomial. */
export interface RandomInfo {
  readonly type: number;
  readonly seed: Uint8Array;
}

export const SEED_BYTES = 64;
const BLOCK_BYTES = 4096;

/** Writes block `counter` of a stream, 4096 bytes. */
type Block = (seed: Uint8Array, counter: Uint8Array, out: Uint8Array) => void;

const GENERATORS: Readonly<Record<number, Block>> = {
  1: (seed, counter, out) => blake2xb(counter, seed, out),
  2: (seed, counter, out) => out.set(shake256(concatBytes(seed, counter), { dkLen: BLOCK_BYTES })),
};

/** @throws 'malformed-bytes', 'unsupported-shape' for a generator that is neither BLAKE2Xb nor SHAKE256 */
export function readRandomInfo(reader: SealReader): RandomInfo {
  const inside = reader.nested();
  const type = inside.u8();
  if (GENERATORS[type] === undefined) throw unsupported('this random generator', type, '1 (BLAKE2Xb) or 2 (SHAKE256)');
  const seed = inside.take(SEED_BYTES);
  inside.end();
  return { type, seed };
}

class Stream {
  readonly #block: Block;
  readonly #seed: Uint8Array;
  readonly #counter = new Uint8Array(8);
  readonly #buffer = new Uint8Array(BLOCK_BYTES);
  #used = BLOCK_BYTES;

  constructor({ type, seed }: RandomInfo) {
    this.#block = GENERATORS[type]!;
    this.#seed = seed;
  }

  fill(out: Uint8Array): void {
    for (let at = 0; at < out.length; ) {
      if (this.#used === BLOCK_BYTES) this.#refill();
      const count = Math.min(out.length - at, BLOCK_BYTES - this.#used);
      out.set(this.#buffer.subarray(this.#used, this.#used + count), at);
      at += count;
      this.#used += count;
    }
  }

  #refill(): void {
    this.#block(this.#seed, this.#counter, this.#buffer);
    this.#used = 0;
    const view = viewOf(this.#counter);
    view.setBigUint64(0, view.getBigUint64(0, true) + 1n, true);
  }
}

/**
 * SEAL's uniform polynomial: residues in [0, p) prime by prime, n words of 8 bytes each. Words of the stream are reduced
 * modulo p; those beyond the largest multiple of p are replaced by words from behind all the others.
 */
export function expandSeed(info: RandomInfo, primes: readonly number[], n: number): Uint8Array {
  const stream = new Stream(info);
  const out = new Uint8Array(8 * n * primes.length);
  stream.fill(out);
  const view = viewOf(out);
  primes.forEach((p, i) => {
    reduceRow(view, 8 * n * i, n, p, stream);
  });
  return out;
}

/** Words whose upper half is below this are below every limit, since p < 2^49. */
const SURE = 2 ** 32 - 2 ** 17 - 1;

function reduceRow(view: DataView, start: number, n: number, p: number, stream: Stream): void {
  const limit = acceptedBelow(p);
  const fresh = new Uint8Array(8);
  for (let at = start; at < start + 8 * n; at += 8) {
    if (view.getUint32(at + 4, true) >= SURE)
      while (view.getBigUint64(at, true) >= limit) {
        stream.fill(fresh);
        view.setBigUint64(at, viewOf(fresh).getBigUint64(0, true), true);
      }
    const r = remainder(view.getUint32(at + 4, true), view.getUint32(at, true), p);
    view.setUint32(at, r % 2 ** 32, true);
    view.setUint32(at + 4, Math.floor(r / 2 ** 32), true);
  }
}

const acceptedBelow = (p: number): bigint => {
  const max = 2n ** 64n - 1n;
  return max - (max % BigInt(p)) - 1n;
};

const PIECE = 2 ** 26;

/**
 * (high 2^32 + low) mod p, 2^13 < p < 2^49: the quotient by a double is off by one at most, and the remainder is put
 * together from pieces of 26 bits, each step exact.
 */
export function remainder(high: number, low: number, p: number): number {
  const q = Math.floor((high * 2 ** 32 + low) / p);
  const q1 = Math.floor(q / PIECE);
  const p1 = Math.floor(p / PIECE);
  const q0 = q - q1 * PIECE;
  const p0 = p - p1 * PIECE;
  const a = Math.floor(high / 2 ** 20) - q1 * p1;
  const b = (high % 2 ** 20) * 64 + Math.floor(low / PIECE) - (q1 * p0 + q0 * p1);
  const r = (a * PIECE + b) * PIECE + ((low % PIECE) - q0 * p0);
  if (r < 0) return r + p;
  return r >= p ? r - p : r;
}
