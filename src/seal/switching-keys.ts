import { HesperError } from '../errors.ts';
import { malformed } from '../format/header.ts';
import { conjugationExponent, isRotation } from '../ring/galois.ts';
import { disposeAll } from '../rlwe/buffers.ts';
import { MAX_PARTS } from '../rlwe/ciphertext.ts';
import type { Context } from '../rlwe/context.ts';
import { orDispose } from '../rlwe/elements.ts';
import { RelinearizationKey } from '../rlwe/evaluation-keys.ts';
import { GaloisKeys } from '../rlwe/galois-keys.ts';
import type { Scheme } from '../rlwe/parameters.ts';
import { requireSpecialPrimes, SwitchingKey } from '../rlwe/switching-key.ts';
import { chainOf, requireKeyId } from './chain.ts';
import { cipherBytes, writeCipher } from './cipher.ts';
import { openObject } from './decompress.ts';
import { HEADER_BYTES, unsupported } from './header.ts';
import { keyHead, keyWords, readKeyParts } from './public-key.ts';
import type { SealReader } from './reader.ts';
import { type Place, RowOrder, readRows, writeRows } from './rows.ts';
import { SealWriter } from './writer.ts';

const HEAD_BYTES = HEADER_BYTES + 32 + 8;

/** Encryptions that one key consists of: one for each data prime. */
const digitsOf = (context: Context): number => context.parameters.dataPrimes.length;

const oneBytes = (context: Context): number => digitsOf(context) * cipherBytes(keyWords(context));

/** Bytes of SEAL's `KSwitchKeys` with room for `slots` keys, of which `count` are there. */
const keysBytes = (context: Context, slots: number, count: number): number =>
  HEAD_BYTES + 8 * slots + count * oneBytes(context);

/** Id and number of slots. @throws 'context-mismatch', 'malformed-bytes', 'unsupported-shape' */
function readSlots(context: Context, reader: SealReader, most: number): number {
  requireKeyId(context, reader.take(32));
  const slots = reader.count();
  if (slots > most) throw unsupported('this number of evaluation keys', slots, `at most ${most}`);
  return slots;
}

/** Whether a key stands in the next slot. */
function isFull(context: Context, reader: SealReader): boolean {
  const digits = reader.count();
  if (digits === 0) return false;
  if (digits === digitsOf(context)) return true;
  throw unsupported(
    'evaluation keys with this number of digits',
    digits,
    `${digitsOf(context)}, one for each data prime`,
  );
}

/** Fills a key whose bytes are of a(X^g) where it holds a(X). */
function readKey(key: SwitchingKey, reader: SealReader, g: number): void {
  const { context } = key;
  const order = RowOrder.ntt(context, g);
  key.handlesFor(key.level).forEach((handle) => {
    readKeyParts(context, reader.nested()).forEach((words, part) => {
      writeRows(context, words, placesOf(context, handle, part), order);
    });
  });
}

function writeKey(key: SwitchingKey, writer: SealWriter, g: number): void {
  const { context } = key;
  const order = RowOrder.ntt(context, g);
  writer.u64(digitsOf(context));
  key.handlesFor(key.level).forEach((handle) => {
    const words = writeCipher(context, writer, keyHead(context));
    const each = words.length / 2;
    for (const part of [0, 1])
      readRows(context, words.subarray(each * part, each * (part + 1)), placesOf(context, handle, part), order);
  });
}

/** SEAL has data primes first; our keys have the special one first, [limb][2][n]. */
function placesOf({ n, allPrimes, special }: Context, handle: number, part: number): Place[] {
  return Array.from(allPrimes, (prime, i) => {
    const limb = (i + special.length) % allPrimes.length;
    return { handle, offset: (2 * limb + part) * n, prime };
  });
}

/**
 * SEAL's `RelinKeys`, seeded or in full; the powers of the secret from s^2 on, 1 .. 7 of them. The key cannot be saved in
 * our format, see `importSealPublicKey`.
 * @throws 'malformed-bytes', 'unsupported-version', 'unsupported-shape', 'context-mismatch', 'residue-out-of-range',
 *   'invalid-parameters' without a special prime, 'out-of-memory'
 */
export function importSealRelinearizationKey<S extends Scheme>(
  context: Context<S>,
  bytes: Uint8Array,
): RelinearizationKey<S> {
  requireSpecialPrimes(context);
  const most = MAX_PARTS - 2;
  const reader = openObject(bytes, keysBytes(context, most, most));
  const powers = readSlots(context, reader, most);
  if (powers === 0) throw malformed('no relinearisation key', 0, `1 .. ${most}`);
  if (reader.left < powers * 8) throw malformed('cut short', reader.left, powers * 8);
  const shape = { parts: powers + 2, level: context.parameters.maxLevel };
  const key = new RelinearizationKey(context, shape, undefined);
  return orDispose(key, () => {
    for (const power of key.powers) {
      if (!isFull(context, reader)) throw unsupported('relinearisation keys with gaps', 'an empty one', 'every power');
      readKey(power, reader, 1);
    }
    reader.end();
  });
}

/** The same for SEAL, uncompressed. @throws 'unsupported-shape' for a key cut to a lower level, 'disposed' */
export function exportSealRelinearizationKey(key: RelinearizationKey): Uint8Array {
  const { context, powers } = key;
  requireWhole(powers);
  const writer = new SealWriter(keysBytes(context, powers.length, powers.length));
  writeHead(context, writer, powers.length);
  for (const power of powers) writeKey(power, writer, 1);
  return writer.bytes;
}

/** A bound for keys that come from elsewhere. */
export interface ImportGaloisKeysOptions {
  /** The most keys that are taken, which bounds memory. Default: what SEAL's `createGaloisKeys()` makes, 2 log2 n - 1. */
  readonly maxKeys?: number;
}

/**
 * SEAL's `GaloisKeys`, seeded or in full: rotations (powers of 3) and the conjugation, which in BFV swaps the rows. The
 * keys cannot be saved in our format, see `importSealPublicKey`.
 * @throws 'malformed-bytes', 'unsupported-version', 'unsupported-shape' also for other automorphisms and more keys than
 *   allowed, 'context-mismatch', 'residue-out-of-range', 'invalid-parameters' without a special prime, 'invalid-argument', 'out-of-memory'
 */
export function importSealGaloisKeys<S extends Scheme>(
  context: Context<S>,
  bytes: Uint8Array,
  { maxKeys = 2 * Math.log2(context.n) - 1 }: ImportGaloisKeysOptions = {},
): GaloisKeys<S> {
  requireSpecialPrimes(context);
  requireCount(maxKeys);
  const { n, parameters } = context;
  const reader = openObject(bytes, keysBytes(context, n, maxKeys));
  const slots = readSlots(context, reader, n);
  const keys = new Map<number, SwitchingKey>();
  try {
    for (let i = 0; i < slots; i++) {
      if (!isFull(context, reader)) continue;
      const g = 2 * i + 1;
      if ((!isRotation(g, 3) && g !== conjugationExponent(n)) || g === 1)
        throw unsupported('this automorphism', `X -> X^${g}`, 'powers of 3, or 2n - 1');
      if (keys.size === maxKeys) throw unsupported('this number of Galois keys', `more than ${maxKeys}`, '{ maxKeys }');
      const key = new SwitchingKey(context, parameters.maxLevel, undefined);
      keys.set(g, key);
      readKey(key, reader, g);
    }
    reader.end();
  } catch (error) {
    disposeAll([...keys.values()]);
    throw error;
  }
  return new GaloisKeys(context, keys);
}

function requireCount(maxKeys: number): void {
  if (Number.isSafeInteger(maxKeys) && maxKeys >= 0) return;
  throw new HesperError('invalid-argument', 'no such number of keys', {
    met: String(maxKeys),
    wanted: 'an integer, 0 or more',
    remedy: 'Name the most Galois keys that are to be taken',
  });
}

/** The same for SEAL, uncompressed. @throws 'unsupported-shape' for keys cut to a lower level, 'disposed' */
export function exportSealGaloisKeys(keys: GaloisKeys): Uint8Array {
  const { context, entries } = keys;
  requireWhole(entries.map(([, key]) => key));
  const writer = new SealWriter(keysBytes(context, context.n, entries.length));
  writeHead(context, writer, context.n);
  let next = 0;
  for (const [g, key] of entries) {
    writer.take(8 * ((g - 1) / 2 - next));
    next = (g + 1) / 2;
    writeKey(key, writer, g);
  }
  return writer.bytes;
}

function writeHead(context: Context, writer: SealWriter, slots: number): void {
  writer.header(writer.bytes.length);
  writer.take(32).set(chainOf(context).key);
  writer.u64(slots);
}

function requireWhole(keys: readonly SwitchingKey[]): void {
  for (const { context, level } of keys) {
    chainOf(context);
    if (level !== context.parameters.maxLevel)
      throw unsupported('keys cut to a lower level', level, context.parameters.maxLevel);
  }
}
