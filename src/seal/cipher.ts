import { malformed } from '../format/header.ts';
import type { Context } from '../rlwe/context.ts';
import { HEADER_BYTES, unsupported } from './header.ts';
import { expandSeed, readRandomInfo } from './random.ts';
import type { SealReader } from './reader.ts';
import { primeOf } from './rows.ts';
import { type SealWriter, wordsBytes } from './writer.ts';

/** What SEAL's `Ciphertext` says of itself; public keys and evaluation keys are made of these too. */
export interface CipherHead {
  readonly id: Uint8Array;
  readonly isNtt: boolean;
  /** Parts. */
  readonly size: number;
  readonly primes: number;
  readonly scale: number;
}

const MEMBER_BYTES = 32 + 1 + 5 * 8;

/** Bytes of a ciphertext of that many words, uncompressed, headers included. */
export const cipherBytes = (words: number): number => HEADER_BYTES + MEMBER_BYTES + wordsBytes(words);

/** @throws 'malformed-bytes', 'unsupported-shape' for a correction factor, which is BGV's */
export function readHead(context: Context, reader: SealReader): CipherHead {
  const id = reader.take(32);
  const form = reader.u8();
  const [size, n, primes] = [reader.count(), reader.count(), reader.count()];
  const scale = reader.f64();
  const correction = reader.u64();
  if (form > 1) throw malformed('not a form', form, '0 or 1');
  if (n !== context.n) throw malformed('another ring degree', n, context.n);
  if (correction !== 1n) throw unsupported('correction factors', correction, 1);
  return { id, isNtt: form === 1, size, primes, scale };
}

/**
 * The words of all parts, [part][prime][n], over ring primes in SEAL's order; a seed in place of the second of two parts
 * is expanded. The head has been checked against the context. @throws 'malformed-bytes', 'unsupported-shape'
 */
export function readParts(context: Context, reader: SealReader, { size, primes }: CipherHead): Uint8Array[] {
  const each = context.n * primes;
  const inside = reader.nested();
  const count = inside.count();
  const isSeeded = size === 2 && count === each;
  if (!isSeeded && count !== size * each) throw malformed('another number of words', count, size * each);
  const words = inside.take(8 * count);
  inside.end();
  const parts = Array.from({ length: isSeeded ? 1 : size }, (_, i) => words.subarray(8 * each * i, 8 * each * (i + 1)));
  if (!isSeeded) return parts;
  const list = Array.from({ length: primes }, (_, i) => primeOf(context, i));
  return [...parts, expandSeed(readRandomInfo(reader), list, context.n)];
}

/** Header, members and room for the words. */
export function writeCipher(context: Context, writer: SealWriter, head: CipherHead): Uint8Array {
  const words = context.n * head.primes * head.size;
  writer.header(cipherBytes(words));
  writer.take(32).set(head.id);
  writer.u8(head.isNtt ? 1 : 0);
  for (const value of [head.size, context.n, head.primes]) writer.u64(value);
  writer.f64(head.scale);
  writer.u64(1);
  return writer.words(words);
}
