import { kinds, readHeader } from '../format/header.ts';
import type { Context } from './context.ts';
import type { RelinearizationKey } from './evaluation-keys.ts';
import { type GaloisKeyOptions, type GaloisKeys, galoisDemand } from './galois-keys.ts';
import { parseGaloisKeys, parseRelinearizationKey, parseWhole } from './key-parser.ts';
import { galoisBytes, galoisPieces, joinPieces, relinearizationBytes, relinearizationPieces } from './key-pieces.ts';

import type { Scheme } from './parameters.ts';

/** Bytes of a relinearisation key, known before it is made. */
export const relinearizationKeyBytes = (
  context: Context,
  parts: number,
  level: number = context.parameters.maxLevel,
): number => relinearizationBytes(context, parts, level);

/** The uniform halves go as seeds. @throws 'disposed', 'not-serializable' for a key that another library made */
export const saveRelinearizationKey = (key: RelinearizationKey): Uint8Array =>
  joinPieces(relinearizationPieces(key), relinearizationBytes(key.context, key.parts, key.level));

/** @throws 'malformed-bytes', 'unsupported-version', 'context-mismatch', 'residue-out-of-range', 'invalid-parameters' */
export function loadRelinearizationKey<S extends Scheme>(
  context: Context<S>,
  bytes: Uint8Array,
): RelinearizationKey<S> {
  readHeader(bytes, [kinds.relinearizationKey]);
  return parseWhole(parseRelinearizationKey(context, ALL_DIGITS), bytes);
}

/** Bytes of a set of Galois keys, known before it is made. @throws 'invalid-argument' */
export const galoisKeysBytes = (context: Context, options: GaloisKeyOptions): number =>
  galoisBytes(context, [...galoisDemand(context, options).values()]);

/**
 * The uniform halves go as seeds; automorphisms in ascending order. Large sets: `streamGaloisKeys`.
 * @throws 'disposed', 'not-serializable' for keys that another library made
 */
export function saveGaloisKeys(keys: GaloisKeys): Uint8Array {
  const levels = keys.entries.map(([, key]) => key.level);
  return joinPieces(galoisPieces(keys), galoisBytes(keys.context, levels));
}

/**
 * A set of Galois keys from outside; several can be put together by `mergeGaloisKeys`. Large sets: `receiveGaloisKeys`.
 * @throws 'malformed-bytes', 'unsupported-version', 'context-mismatch', 'residue-out-of-range', 'invalid-parameters',
 *   'out-of-memory'
 */
export function loadGaloisKeys<S extends Scheme>(context: Context<S>, bytes: Uint8Array): GaloisKeys<S> {
  readHeader(bytes, [kinds.galoisKeys]);
  return parseWhole(parseGaloisKeys(context, ALL_DIGITS), bytes);
}

/** All digits of a key in one job of the kernel. */
const ALL_DIGITS = { digits: 64 };
