import { HEADER_BYTES, kinds, malformed, requireLength, viewOf } from '../format/header.ts';
import { conjugationExponent, isRotation } from '../ring/galois.ts';
import { disposeAll } from './buffers.ts';
import { MAX_PARTS } from './ciphertext.ts';
import type { Context } from './context.ts';
import { digitCount } from './digits.ts';
import { orDispose, packPart, unpackSeeded } from './elements.ts';
import {
  encryptionsOf,
  MIN_RELINEARIZED_PARTS,
  RelinearizationKey,
  type RelinearizationShape,
} from './evaluation-keys.ts';
import { type GaloisKeyOptions, GaloisKeys, galoisDemand } from './galois-keys.ts';
import type { Scheme } from './parameters.ts';
import { SEED_BYTES } from './seeds.ts';
import { requireSpecialPrimes, SwitchingKey } from './switching-key.ts';
import { elementBytes, readHeaderFor, withHeader } from './wire.ts';

const HEAD_BYTES = 8;
const ENTRY_BYTES = 8;

/** Seeds and first halves of the encryptions of one switching key. */
const switchingBytes = (context: Context, level: number): number =>
  digitCount(context.parameters, level) * (SEED_BYTES + elementBytes(context, context.keyBasis(level)));

/** Bytes of a relinearisation key, known before it is made. */
export const relinearizationKeyBytes = (
  context: Context,
  parts: number,
  level: number = context.parameters.maxLevel,
): number => HEADER_BYTES + HEAD_BYTES + (parts - 2) * switchingBytes(context, level);

/** The uniform halves go as seeds. @throws 'disposed' */
export function saveRelinearizationKey(key: RelinearizationKey): Uint8Array {
  const { context, parts, level } = key;
  const length = relinearizationKeyBytes(context, parts, level) - HEADER_BYTES;
  const { bytes, body } = withHeader(kinds.relinearizationKey, context.parameters.id, length);
  body.set([parts, level]);
  writeKeys(key.powers, body.subarray(HEAD_BYTES));
  return bytes;
}

/** @throws 'malformed-bytes', 'unsupported-version', 'context-mismatch', 'residue-out-of-range', 'invalid-parameters' */
export function loadRelinearizationKey<S extends Scheme>(
  context: Context<S>,
  bytes: Uint8Array,
): RelinearizationKey<S> {
  const { body } = readHeaderFor(context, bytes, [kinds.relinearizationKey]);
  requireSpecialPrimes(context);
  const [parts = 0, level = 0] = body;
  const { maxLevel } = context.parameters;
  if (parts < MIN_RELINEARIZED_PARTS || parts > MAX_PARTS || body.subarray(2, HEAD_BYTES).some((x) => x !== 0))
    throw malformed('not a key head', parts, `${MIN_RELINEARIZED_PARTS} .. ${MAX_PARTS} parts`);
  if (level > maxLevel) throw malformed('no such level', level, `0 .. ${maxLevel}`);
  requireLength(body, HEAD_BYTES + (parts - 2) * switchingBytes(context, level));
  const shape: RelinearizationShape = { parts, level };
  const levels = new Array<number>(parts - 2).fill(level);
  const seeds = new Uint8Array(encryptionsOf(context, shape) * SEED_BYTES);
  const each = seeds.length / (parts - 2);
  sectionsOf(context, body.subarray(HEAD_BYTES), levels).forEach((one, i) => {
    seeds.set(one.seeds, i * each);
  });
  const key = new RelinearizationKey(context, shape, seeds);
  return orDispose(key, () => readKeys(key.powers, body.subarray(HEAD_BYTES)));
}

/** Bytes of a set of Galois keys, known before it is made. @throws 'invalid-argument' */
export function galoisKeysBytes(context: Context, options: GaloisKeyOptions): number {
  const levels = [...galoisDemand(context, options).values()];
  return HEADER_BYTES + bodyBytes(context, levels);
}

const bodyBytes = (context: Context, levels: readonly number[]): number =>
  HEAD_BYTES + levels.reduce((sum, level) => sum + ENTRY_BYTES + switchingBytes(context, level), 0);

/** The uniform halves go as seeds; automorphisms in ascending order. @throws 'disposed' */
export function saveGaloisKeys(keys: GaloisKeys): Uint8Array {
  const { context, entries } = keys;
  const length = bodyBytes(
    context,
    entries.map(([, key]) => key.level),
  );
  const { bytes, body } = withHeader(kinds.galoisKeys, context.parameters.id, length);
  const view = viewOf(body);
  view.setUint32(0, entries.length, true);
  entries.forEach(([exponent, key], i) => {
    view.setUint32(HEAD_BYTES + i * ENTRY_BYTES, exponent, true);
    view.setUint8(HEAD_BYTES + i * ENTRY_BYTES + 4, key.level);
  });
  writeKeys(
    entries.map(([, key]) => key),
    body.subarray(HEAD_BYTES + entries.length * ENTRY_BYTES),
  );
  return bytes;
}

/**
 * A set of Galois keys from outside; several can be put together by `mergeGaloisKeys`.
 * @throws 'malformed-bytes', 'unsupported-version', 'context-mismatch', 'residue-out-of-range', 'invalid-parameters',
 *   'out-of-memory'
 */
export function loadGaloisKeys<S extends Scheme>(context: Context<S>, bytes: Uint8Array): GaloisKeys<S> {
  const { body } = readHeaderFor(context, bytes, [kinds.galoisKeys]);
  requireSpecialPrimes(context);
  const table = readTable(context, body);
  requireLength(
    body,
    bodyBytes(
      context,
      table.map(({ level }) => level),
    ),
  );
  const rest = body.subarray(HEAD_BYTES + table.length * ENTRY_BYTES);
  const sections = sectionsOf(
    context,
    rest,
    table.map(({ level }) => level),
  );
  const made: SwitchingKey[] = [];
  try {
    for (const [i, { level }] of table.entries()) made.push(new SwitchingKey(context, level, sections[i]!.seeds));
    readKeys(made, rest);
  } catch (error) {
    disposeAll(made);
    throw error;
  }
  return new GaloisKeys(context, new Map(table.map(({ exponent }, i) => [exponent, made[i]!])));
}

interface Entry {
  readonly exponent: number;
  readonly level: number;
}

/** Rotations (powers of the generator) and the conjugation, strictly ascending, at levels of the parameters. */
function readTable(context: Context, body: Uint8Array): Entry[] {
  const { n, parameters } = context;
  if (body.length < HEAD_BYTES) throw malformed('too short for Galois keys', body.length, `at least ${HEAD_BYTES}`);
  const view = viewOf(body);
  const count = view.getUint32(0, true);
  if (count > n / 2 || view.getUint32(4, true) !== 0)
    throw malformed('not a head of Galois keys', count, `0 .. ${n / 2}`);
  if (body.length < HEAD_BYTES + count * ENTRY_BYTES) throw malformed('the table is cut off', body.length, count);
  let last = 1;
  return Array.from({ length: count }, (_, i) => {
    const at = HEAD_BYTES + i * ENTRY_BYTES;
    const exponent = view.getUint32(at, true);
    const level = view.getUint8(at + 4);
    const known =
      exponent < 2 * n && (isRotation(exponent, parameters.rotationGenerator) || exponent === conjugationExponent(n));
    if (!known || exponent <= last) throw malformed('not an automorphism, or out of order', exponent, `above ${last}`);
    if (level > parameters.maxLevel || body.subarray(at + 5, at + 8).some((x) => x !== 0))
      throw malformed('no such level', level, `0 .. ${parameters.maxLevel}`);
    last = exponent;
    return { exponent, level };
  });
}

interface Section {
  readonly seeds: Uint8Array;
  readonly elements: Uint8Array;
}

/** The bytes of each key: its seeds, then its first halves. */
function sectionsOf(context: Context, body: Uint8Array, levels: readonly number[]): Section[] {
  let start = 0;
  return levels.map((level) => {
    const whole = body.subarray(start, (start += switchingBytes(context, level)));
    const seedBytes = digitCount(context.parameters, level) * SEED_BYTES;
    return { seeds: whole.subarray(0, seedBytes), elements: whole.subarray(seedBytes) };
  });
}

function writeKeys(keys: readonly SwitchingKey[], body: Uint8Array): void {
  eachSection(keys, body, (key, { seeds, elements }) => {
    seeds.set(key.requireSeeds());
    const basis = key.context.keyBasis(key.level);
    packPart(key.context, elements, key.handlesFor(key.level), { basis, parts: 2, part: 0, form: 'ntt' });
  });
}

function readKeys(keys: readonly SwitchingKey[], body: Uint8Array): void {
  eachSection(keys, body, (key, { elements }) => {
    const { context, level } = key;
    const seeds = key.requireSeeds();
    const place = { basis: context.keyBasis(level), form: 'ntt' as const };
    unpackSeeded(context, key.handlesFor(level), { seeds, elements }, place);
  });
}

function eachSection(
  keys: readonly SwitchingKey[],
  body: Uint8Array,
  visit: (key: SwitchingKey, section: Section) => void,
): void {
  const [first] = keys;
  if (first === undefined) return;
  const sections = sectionsOf(
    first.context,
    body,
    keys.map(({ level }) => level),
  );
  keys.forEach((key, i) => {
    visit(key, sections[i]!);
  });
}
