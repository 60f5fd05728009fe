import { HesperError } from '../errors.ts';
import { HEADER_BYTES, kinds, viewOf, writeHeader } from '../format/header.ts';
import type { Context } from './context.ts';
import { digitCount } from './digits.ts';
import { packPart } from './elements.ts';
import type { RelinearizationKey } from './evaluation-keys.ts';
import type { GaloisKeys } from './galois-keys.ts';
import { SEED_BYTES } from './seeds.ts';
import type { SwitchingKey } from './switching-key.ts';
import { elementBytes } from './wire.ts';

export const HEAD_BYTES = 8;
export const ENTRY_BYTES = 8;

/** Neighbouring bytes of an object, made when they are asked for: one ring element at most, or a table. */
export interface Piece {
  readonly bytes: number;
  /** `to` has exactly `bytes` bytes, all zeros. */
  write(to: Uint8Array): void;
}

/** Seeds and first halves of the encryptions of one switching key. */
const switchingBytes = (context: Context, level: number): number =>
  digitCount(context.parameters, level) * (SEED_BYTES + elementBytes(context, context.keyBasis(level)));

/** Bytes of a relinearisation key. */
export const relinearizationBytes = (context: Context, parts: number, level: number): number =>
  HEADER_BYTES + HEAD_BYTES + (parts - 2) * switchingBytes(context, level);

/** Bytes of Galois keys of these levels. */
export const galoisBytes = (context: Context, levels: readonly number[]): number =>
  HEADER_BYTES + HEAD_BYTES + levels.reduce((sum, level) => sum + ENTRY_BYTES + switchingBytes(context, level), 0);

export function* relinearizationPieces({ context, parts, level, powers }: RelinearizationKey): Generator<Piece> {
  const length = relinearizationBytes(context, parts, level);
  yield piece(HEADER_BYTES + HEAD_BYTES, (to) => {
    writeHeader(to, kinds.relinearizationKey, context.parameters.id, length);
    to.set([parts, level], HEADER_BYTES);
  });
  for (const key of powers) yield* switchingPieces(key);
}

export function* galoisPieces({ context, entries }: GaloisKeys): Generator<Piece> {
  const length = galoisBytes(
    context,
    entries.map(([, key]) => key.level),
  );
  yield piece(HEADER_BYTES + HEAD_BYTES + entries.length * ENTRY_BYTES, (to) => {
    writeHeader(to, kinds.galoisKeys, context.parameters.id, length);
    const view = viewOf(to);
    view.setUint32(HEADER_BYTES, entries.length, true);
    entries.forEach(([exponent, key], i) => {
      const at = HEADER_BYTES + HEAD_BYTES + i * ENTRY_BYTES;
      view.setUint32(at, exponent, true);
      view.setUint8(at + 4, key.level);
    });
  });
  for (const [, key] of entries) yield* switchingPieces(key);
}

function* switchingPieces(key: SwitchingKey): Generator<Piece> {
  const { context, level } = key;
  const seeds = key.requireSeeds();
  yield piece(seeds.length, (to) => to.set(seeds));
  const basis = context.keyBasis(level);
  const each = elementBytes(context, basis);
  for (const handle of key.handlesFor(level))
    yield piece(each, (to) => {
      packPart(context, to, Int32Array.of(handle), { basis, parts: 2, part: 0, form: 'ntt' });
    });
}

const piece = (bytes: number, write: (to: Uint8Array) => void): Piece => ({ bytes, write });

/** All pieces in one array of `length` bytes. */
export function joinPieces(pieces: Iterable<Piece>, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const { bytes: size, write } of pieces) write(bytes.subarray(at, (at += size)));
  return bytes;
}

/** Size of chunks, and where to go on. */
export interface StreamOptions {
  /** Bytes of each chunk but the last, at least 1. Default 1 MiB. */
  readonly chunkBytes?: number;
  /** The offset to start from, 0 (default) .. length. */
  readonly from?: number;
}

/**
 * The same bytes in chunks, each a new array, from any offset on. Pieces before the offset are not made; one piece and
 * one chunk are in memory at a time.
 */
export function* cutPieces(
  pieces: Iterable<Piece>,
  length: number,
  { chunkBytes = 2 ** 20, from = 0 }: StreamOptions,
): Generator<Uint8Array> {
  let left = length - from;
  const fresh = (): Uint8Array => new Uint8Array(Math.min(chunkBytes, left));
  let [chunk, filled, start] = [fresh(), 0, 0];
  for (const { bytes, write } of pieces) {
    const skip = Math.max(0, from - start);
    start += bytes;
    if (skip >= bytes) continue;
    if (skip === 0 && bytes < chunk.length - filled) {
      write(chunk.subarray(filled, (filled += bytes)));
      continue;
    }
    const whole = new Uint8Array(bytes);
    write(whole);
    for (let at = skip; at < bytes; ) {
      const part = whole.subarray(at, at + chunk.length - filled);
      chunk.set(part, filled);
      at += part.length;
      filled += part.length;
      if (filled < chunk.length) continue;
      yield chunk;
      left -= filled;
      [chunk, filled] = [fresh(), 0];
    }
  }
}

/** @throws 'invalid-argument' */
export function checkStream(length: number, { chunkBytes = 1, from = 0 }: StreamOptions): void {
  const good = Number.isSafeInteger(chunkBytes) && chunkBytes >= 1 && Number.isSafeInteger(from) && from >= 0;
  if (good && from <= length) return;
  throw new HesperError('invalid-argument', 'no such place in the stream', {
    met: { chunkBytes, from },
    wanted: `chunks of at least 1 byte, from 0 .. ${length}`,
    remedy: 'Go on from the offset that the receiver names',
  });
}
