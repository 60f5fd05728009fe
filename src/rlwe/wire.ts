import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { HesperError } from '../errors.ts';
import { residueBits } from '../ring/modulus.ts';
import { MAX_PARTS, MIN_PARTS } from './ciphertext.ts';
import type { Context } from './context.ts';
import { SEED_BYTES } from './seeds.ts';

/**
 * The provisional byte format, version 3. Everything is little-endian; every object has one encoding and an exact
 * length that follows from its first bytes, so it is checked before anything is allocated.
 *
 *   header   4 bytes 'HSPR', version u16, kind u8, zero u8, parameters id (32 bytes)
 *   then by kind
 *   1 parameters             the canonical encoding (parameters.ts)
 *   2 public key             seed (32 bytes), b
 *   3 relinearisation key    parts u8, level u8, zero (6 bytes), then a switching key for each power of the secret
 *   4 ciphertexts, seeded    shape, a seed for each, then part 0 of each
 *   5 ciphertexts, full      shape, then part 0 of each, part 1 of each, ...
 *   6 Galois keys            count u32, zero u32, for each exponent u32, level u8, zero (3 bytes), ascending; then the
 *                            switching keys
 *   shape          count u32, level u8, parts u8, index of the plaintext modulus u8 (zero in CKKS), zero u8, scale f64
 *   switching key  a seed for each digit of its level, then b of each digit over special primes, then data primes
 *
 * A ring element is its residues in [0, p), coefficient order, prime by prime, ceil(log2 p) bits each without gaps.
 */
export const FORMAT_VERSION = 3;

export const kinds = {
  parameters: 1,
  publicKey: 2,
  relinearizationKey: 3,
  seededCiphertexts: 4,
  fullCiphertexts: 5,
  galoisKeys: 6,
} as const;
export type Kind = (typeof kinds)[keyof typeof kinds];

export const HEADER_BYTES = 40;
const MAGIC = 0x52505348; // 'HSPR'
const SHAPE_BYTES = 16;
export const MAX_CIPHERTEXTS = 2 ** 20;

/** Bytes of one ring element over ring primes given by index. */
export function elementBytes(context: Context, basis: Int32Array): number {
  const { dataPrimes, specialPrimes, ringDegree } = context.parameters;
  const primes = [...dataPrimes, ...specialPrimes];
  return basis.reduce((sum, i) => sum + (ringDegree / 8) * residueBits(primes[i]!), 0);
}

/** Where bytes go. */
export interface Destination {
  /** Free bytes to leave before the result in its buffer, for a caller's own header. Default 0. */
  readonly headroom?: number;
  /** Memory to use again, if it is long enough; the result is then a view of it. Default: new memory. */
  readonly into?: Uint8Array;
}

/** The header written, the body to be filled whole. */
export function withHeader(
  kind: Kind,
  id: string,
  bodyBytes: number,
  { headroom = 0, into }: Destination = {},
): { bytes: Uint8Array; body: Uint8Array } {
  const length = headroom + HEADER_BYTES + bodyBytes;
  const whole = into && into.length >= length ? into : new Uint8Array(length);
  const bytes = whole.subarray(headroom, length);
  bytes.fill(0, 0, HEADER_BYTES);
  const view = viewOf(bytes);
  view.setUint32(0, MAGIC, true);
  view.setUint16(4, FORMAT_VERSION, true);
  view.setUint8(6, kind);
  bytes.set(hexToBytes(id), 8);
  return { bytes, body: bytes.subarray(HEADER_BYTES) };
}

/** @throws 'malformed-bytes', 'unsupported-version' */
export function readHeader(bytes: Uint8Array, wanted: readonly Kind[]): { kind: Kind; id: string; body: Uint8Array } {
  if (!(bytes instanceof Uint8Array) || bytes.length < HEADER_BYTES)
    throw malformed('too short for a header', bytes?.length ?? 0, `at least ${HEADER_BYTES} bytes`);
  const view = viewOf(bytes);
  if (view.getUint32(0, true) !== MAGIC) throw malformed('not an object of this library', 'other first bytes', 'HSPR');
  const version = view.getUint16(4, true);
  if (version !== FORMAT_VERSION) {
    throw new HesperError('unsupported-version', 'the format has another version', {
      met: version,
      wanted: FORMAT_VERSION,
      remedy: 'Use the same release on both sides',
    });
  }
  const kind = wanted.find((k) => k === bytes[6]);
  if (kind === undefined || bytes[7] !== 0) throw malformed('another kind of object', bytes[6], wanted.join(' or '));
  return { kind, id: bytesToHex(bytes.subarray(8, HEADER_BYTES)), body: bytes.subarray(HEADER_BYTES) };
}

/** The same, for an object that has to belong to `context`. @throws also 'context-mismatch' */
export function readHeaderFor(
  context: Context,
  bytes: Uint8Array,
  wanted: readonly Kind[],
): { kind: Kind; body: Uint8Array } {
  const { kind, id, body } = readHeader(bytes, wanted);
  if (id === context.parameters.id) return { kind, body };
  throw new HesperError('context-mismatch', 'the object belongs to other parameters', {
    met: id,
    wanted: context.parameters.id,
    remedy: 'Make it under the parameters of this context',
  });
}

export function requireLength(body: Uint8Array, wanted: number): void {
  if (body.length !== wanted)
    throw malformed('wrong length', body.length + HEADER_BYTES, `${wanted + HEADER_BYTES} bytes`);
}

export const malformed = (summary: string, met: unknown, wanted: unknown): HesperError =>
  new HesperError('malformed-bytes', `these bytes do not parse: ${summary}`, {
    met,
    wanted,
    remedy: 'Send them again, unchanged and complete',
  });

export const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

export interface BatchShape {
  readonly count: number;
  readonly level: number;
  readonly parts: number;
  readonly scale: number;
  /** t in BFV. */
  readonly plaintextModulus?: number | undefined;
}

/** Bytes of a batch, known before it is made. */
export const batchSize = (context: Context, shape: BatchShape, seeded: boolean): number =>
  HEADER_BYTES + batchLength(context, shape, seeded);

/** New bytes for a batch: the shape written, then the seeds (empty if full) and the packed elements to be filled. */
export function batchBytes(
  context: Context,
  shape: BatchShape,
  seeded: boolean,
  destination: Destination = {},
): { bytes: Uint8Array; seeds: Uint8Array; elements: Uint8Array } {
  if (shape.count > MAX_CIPHERTEXTS) {
    throw new HesperError('invalid-argument', 'too many ciphertexts for one batch', {
      met: shape.count,
      wanted: `at most ${MAX_CIPHERTEXTS}`,
      remedy: 'Send several batches',
    });
  }
  const kind = seeded ? kinds.seededCiphertexts : kinds.fullCiphertexts;
  const { bytes, body } = withHeader(kind, context.parameters.id, batchLength(context, shape, seeded), destination);
  const view = viewOf(body);
  body.fill(0, 0, SHAPE_BYTES);
  view.setUint32(0, shape.count, true);
  view.setUint8(4, shape.level);
  view.setUint8(5, shape.parts);
  view.setUint8(6, indexOfModulus(context, shape.plaintextModulus));
  view.setFloat64(8, shape.scale, true);
  return { bytes, ...sections(body, shape, seeded) };
}

/** @throws 'malformed-bytes', 'unsupported-version', 'context-mismatch' */
export function readBatch(
  context: Context,
  bytes: Uint8Array,
): { shape: BatchShape; seeded: boolean; seeds: Uint8Array; elements: Uint8Array } {
  const { kind, body } = readHeaderFor(context, bytes, [kinds.seededCiphertexts, kinds.fullCiphertexts]);
  if (body.length < SHAPE_BYTES) throw malformed('too short for a batch', body.length, `at least ${SHAPE_BYTES} bytes`);
  const view = viewOf(body);
  const shape = {
    count: view.getUint32(0, true),
    level: view.getUint8(4),
    parts: view.getUint8(5),
    scale: view.getFloat64(8, true),
    plaintextModulus: readModulus(context, view.getUint8(6)),
  };
  const seeded = kind === kinds.seededCiphertexts;
  checkShape(context, shape, seeded);
  if (view.getUint8(7) !== 0) throw malformed('reserved bytes are set', 'others', 'zeros');
  requireLength(body, batchLength(context, shape, seeded));
  return { shape, seeded, ...sections(body, shape, seeded) };
}

function checkShape(context: Context, { count, level, parts, scale }: BatchShape, seeded: boolean): void {
  const { maxLevel } = context.parameters;
  if (count > MAX_CIPHERTEXTS) throw malformed('too many ciphertexts', count, `at most ${MAX_CIPHERTEXTS}`);
  if (level > maxLevel) throw malformed('no such level', level, `0 .. ${maxLevel}`);
  if (parts < MIN_PARTS || parts > (seeded ? MIN_PARTS : MAX_PARTS))
    throw malformed('wrong number of parts', parts, seeded ? '2' : `${MIN_PARTS} .. ${MAX_PARTS}`);
  const limit = context.parameters.scheme === 'bfv' ? Number.MAX_VALUE : Number(context.modulus(level));
  if (!(scale > 0 && scale < limit))
    throw malformed('not a scale of this level', String(scale), `above 0, below ${limit.toExponential(2)}`);
}

function indexOfModulus(context: Context, t: number | undefined): number {
  if (t === undefined) return 0;
  context.requirePlaintextModulus(t);
  return context.parameters.plaintextModuli.indexOf(t);
}

function readModulus({ parameters: { plaintextModuli } }: Context, index: number): number | undefined {
  const known = Math.max(1, plaintextModuli.length);
  if (index >= known) throw malformed('no such plaintext modulus', index, `0 .. ${known - 1}`);
  return plaintextModuli[index];
}

const seedLength = (count: number, seeded: boolean): number => (seeded ? count * SEED_BYTES : 0);

function batchLength(context: Context, { count, level, parts }: BatchShape, seeded: boolean): number {
  const stored = seeded ? 1 : parts;
  return SHAPE_BYTES + seedLength(count, seeded) + count * stored * elementBytes(context, context.basis(level));
}

function sections(
  body: Uint8Array,
  { count }: BatchShape,
  seeded: boolean,
): { seeds: Uint8Array; elements: Uint8Array } {
  const start = SHAPE_BYTES + seedLength(count, seeded);
  return { seeds: body.subarray(SHAPE_BYTES, start), elements: body.subarray(start) };
}
