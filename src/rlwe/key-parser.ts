import { HesperError } from '../errors.ts';
import { HEADER_BYTES, type Kind, kinds, malformed, parseHeader, requireZeros, viewOf } from '../format/header.ts';
import { conjugationExponent, isRotation } from '../ring/galois.ts';
import { disposeAll } from './buffers.ts';
import { MAX_PARTS } from './ciphertext.ts';
import type { Context } from './context.ts';
import { digitCount } from './digits.ts';
import { unpackSeeded } from './elements.ts';
import { MIN_RELINEARIZED_PARTS, RelinearizationKey } from './evaluation-keys.ts';
import { GaloisKeys } from './galois-keys.ts';
import { ENTRY_BYTES, galoisBytes, HEAD_BYTES, relinearizationBytes } from './key-pieces.ts';
import type { Scheme } from './parameters.ts';
import { SEED_BYTES } from './seeds.ts';
import { requireSpecialPrimes, SwitchingKey } from './switching-key.ts';
import { elementBytes, requireParameters } from './wire.ts';

/**
 * Reads an object from its first byte to its last: yields how many bytes it wants next, is given exactly those, which
 * it does not keep, and returns the object. When it throws, or is ended by `return()`, nothing is kept.
 */
export type Parser<T> = Generator<number, T, Uint8Array>;

export interface ParserOptions {
  /** Digits of a key that are taken at a time. */
  readonly digits: number;
  /** Longer objects are refused by their header. Default: no limit but those of the format. */
  readonly maxBytes?: number | undefined;
}

export function* parseRelinearizationKey<S extends Scheme>(
  context: Context<S>,
  options: ParserOptions,
): Parser<RelinearizationKey<S>> {
  const start = yield HEADER_BYTES + HEAD_BYTES;
  const length = readStart(context, start, kinds.relinearizationKey, options);
  const [parts = 0, level = 0] = start.subarray(HEADER_BYTES);
  const { maxLevel } = context.parameters;
  if (parts < MIN_RELINEARIZED_PARTS || parts > MAX_PARTS)
    throw malformed('not a key head', parts, `${MIN_RELINEARIZED_PARTS} .. ${MAX_PARTS} parts`);
  if (level > maxLevel) throw malformed('no such level', level, `0 .. ${maxLevel}`);
  requireZeros(start.subarray(HEADER_BYTES + 2));
  requireTotal(length, relinearizationBytes(context, parts, level));
  const powers = yield* parseSwitchingKeys(context, new Array<number>(parts - 2).fill(level), options);
  return new RelinearizationKey(context, { parts, level }, powers);
}

export function* parseGaloisKeys<S extends Scheme>(context: Context<S>, options: ParserOptions): Parser<GaloisKeys<S>> {
  const start = yield HEADER_BYTES + HEAD_BYTES;
  const length = readStart(context, start, kinds.galoisKeys, options);
  const count = viewOf(start).getUint32(HEADER_BYTES, true);
  if (count > context.n / 2) throw malformed('not a head of Galois keys', count, `0 .. ${context.n / 2}`);
  requireZeros(start.subarray(HEADER_BYTES + 4));
  const table = readTable(context, yield count * ENTRY_BYTES);
  const levels = table.map(({ level }) => level);
  requireTotal(length, galoisBytes(context, levels));
  const made = yield* parseSwitchingKeys(context, levels, options);
  return new GaloisKeys(context, new Map(table.map(({ exponent }, i) => [exponent, made[i]!])));
}

/** The length of the object. */
function readStart(context: Context, start: Uint8Array, wanted: Kind, { maxBytes }: ParserOptions): number {
  const { id, length } = parseHeader(start, [wanted]);
  requireParameters(context, id);
  requireSpecialPrimes(context);
  if (maxBytes === undefined || length <= maxBytes) return length;
  throw new HesperError('quota-exceeded', 'the object is longer than is taken here', {
    met: length,
    wanted: `at most ${maxBytes} bytes`,
    remedy: 'Send fewer keys, or keys of lower levels',
  });
}

function requireTotal(met: number, wanted: number): void {
  if (met !== wanted) throw malformed('wrong length', met, `${wanted} bytes`);
}

interface Entry {
  readonly exponent: number;
  readonly level: number;
}

/** Rotations (powers of the generator) and the conjugation, strictly ascending, at levels of the parameters. */
function readTable({ n, parameters }: Context, bytes: Uint8Array): Entry[] {
  const view = viewOf(bytes);
  let last = 1;
  return Array.from({ length: bytes.length / ENTRY_BYTES }, (_, i) => {
    const at = i * ENTRY_BYTES;
    const exponent = view.getUint32(at, true);
    const level = view.getUint8(at + 4);
    const known =
      exponent < 2 * n && (isRotation(exponent, parameters.rotationGenerator) || exponent === conjugationExponent(n));
    if (!known || exponent <= last) throw malformed('not an automorphism, or out of order', exponent, `above ${last}`);
    if (level > parameters.maxLevel) throw malformed('no such level', level, `0 .. ${parameters.maxLevel}`);
    requireZeros(bytes.subarray(at + 5, at + 8));
    last = exponent;
    return { exponent, level };
  });
}

/** One key after the other; each takes memory when its first bytes have come. */
function* parseSwitchingKeys(
  context: Context,
  levels: readonly number[],
  options: ParserOptions,
): Parser<SwitchingKey[]> {
  const made: SwitchingKey[] = [];
  let whole = false;
  try {
    for (const level of levels) {
      const seeds = (yield digitCount(context.parameters, level) * SEED_BYTES).slice();
      const key = new SwitchingKey(context, level, seeds);
      made.push(key);
      yield* fillSwitchingKey(key, seeds, options);
    }
    whole = true;
    return made;
  } finally {
    if (!whole) disposeAll(made);
  }
}

function* fillSwitchingKey(key: SwitchingKey, seeds: Uint8Array, { digits }: ParserOptions): Parser<void> {
  const { context, level } = key;
  const basis = context.keyBasis(level);
  const each = elementBytes(context, basis);
  const out = key.handlesFor(level);
  for (let start = 0; start < out.length; start += digits) {
    const end = Math.min(out.length, start + digits);
    const elements = yield (end - start) * each;
    const sections = { seeds: seeds.subarray(start * SEED_BYTES, end * SEED_BYTES), elements };
    unpackSeeded(context, out.subarray(start, end), sections, { basis, form: 'ntt' });
  }
}

/** The object that all of `bytes` is. @throws 'malformed-bytes' where bytes are missing or left over, and what it throws */
export function parseWhole<T extends { dispose(): void }>(parser: Parser<T>, bytes: Uint8Array): T {
  let at = 0;
  let step = parser.next(NOTHING);
  while (!step.done) {
    const end = at + step.value;
    if (end > bytes.length) {
      step = parser.return(undefined as never);
      throw malformed('cut short', bytes.length, `at least ${end} bytes`);
    }
    step = parser.next(bytes.subarray(at, end));
    at = end;
  }
  if (at === bytes.length) return step.value;
  step.value.dispose();
  throw malformed('bytes behind the end', bytes.length, at);
}

export const NOTHING = new Uint8Array(0);
