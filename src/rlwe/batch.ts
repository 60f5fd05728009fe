import { HesperError } from '../errors.ts';
import { HEADER_BYTES, kinds, malformed, requireLength, requireZeros, viewOf } from '../format/header.ts';
import { MAX_PARTS, MIN_PARTS } from './ciphertext.ts';
import type { Context } from './context.ts';
import { SEED_BYTES } from './seeds.ts';
import { type Destination, elementBytes, readHeaderFor, withHeader } from './wire.ts';

/** Lists of ring elements of one shape as bytes: ciphertexts with a seed each, in full, and plaintexts. */
export type BatchKind = typeof kinds.seededCiphertexts | typeof kinds.fullCiphertexts | typeof kinds.plaintexts;

const SHAPE_BYTES = 16;
export const MAX_BATCH = 2 ** 20;

export interface BatchShape {
  readonly count: number;
  readonly level: number;
  readonly parts: number;
  readonly scale: number;
  /** t in BFV. */
  readonly plaintextModulus?: number | undefined;
}

export interface Batch {
  readonly seeds: Uint8Array;
  readonly elements: Uint8Array;
}

/** Bytes of a batch, known before it is made. */
export const batchSize = (context: Context, shape: BatchShape, kind: BatchKind): number =>
  HEADER_BYTES + batchLength(context, shape, kind);

/** New bytes for a batch: the shape written, then the seeds (if any) and the packed elements to be filled. */
export function batchBytes(
  context: Context,
  shape: BatchShape,
  kind: BatchKind,
  destination: Destination = {},
): Batch & { bytes: Uint8Array } {
  requireBatchCount(shape.count);
  const { bytes, body } = withHeader(kind, context.parameters.id, batchLength(context, shape, kind), destination);
  const view = viewOf(body);
  body.fill(0, 0, SHAPE_BYTES);
  view.setUint32(0, shape.count, true);
  view.setUint8(4, shape.level);
  view.setUint8(5, shape.parts);
  view.setUint8(6, indexOfModulus(context, shape.plaintextModulus));
  view.setFloat64(8, shape.scale, true);
  return { bytes, ...sections(body, shape, kind) };
}

/** @throws 'invalid-argument' */
export function requireBatchCount(count: number): void {
  if (count <= MAX_BATCH) return;
  throw new HesperError('invalid-argument', 'too many for one batch', {
    met: count,
    wanted: `at most ${MAX_BATCH}`,
    remedy: 'Send several batches',
  });
}

/** @throws 'malformed-bytes', 'unsupported-version', 'context-mismatch' */
export function readBatch<K extends BatchKind>(
  context: Context,
  bytes: Uint8Array,
  wanted: readonly K[],
): Batch & { shape: BatchShape; kind: K } {
  const { kind, body } = readHeaderFor(context, bytes, wanted);
  if (body.length < SHAPE_BYTES) throw malformed('too short for a batch', body.length, `at least ${SHAPE_BYTES} bytes`);
  const view = viewOf(body);
  const shape = {
    count: view.getUint32(0, true),
    level: view.getUint8(4),
    parts: view.getUint8(5),
    scale: view.getFloat64(8, true),
    plaintextModulus: modulusAt(context, view.getUint8(6)),
  };
  checkShape(context, shape, kind as K);
  requireZeros(body.subarray(7, 8));
  requireLength(body, batchLength(context, shape, kind as K));
  return { shape, kind: kind as K, ...sections(body, shape, kind as K) };
}

function checkShape(context: Context, { count, level, parts, scale }: BatchShape, kind: BatchKind): void {
  const { maxLevel } = context.parameters;
  if (count > MAX_BATCH) throw malformed('too many in a batch', count, `at most ${MAX_BATCH}`);
  if (level > maxLevel) throw malformed('no such level', level, `0 .. ${maxLevel}`);
  const [least, most] = partsOf(kind);
  if (parts < least || parts > most) throw malformed('wrong number of parts', parts, `${least} .. ${most}`);
  const limit = context.parameters.scheme === 'bfv' ? Number.MAX_VALUE : Number(context.modulus(level));
  if (!(scale > 0 && scale < limit))
    throw malformed('not a scale of this level', String(scale), `above 0, below ${limit.toExponential(2)}`);
}

function partsOf(kind: BatchKind): readonly [number, number] {
  if (kind === kinds.plaintexts) return [1, 1];
  return [MIN_PARTS, kind === kinds.seededCiphertexts ? MIN_PARTS : MAX_PARTS];
}

/** Where a modulus stands among those of the parameters, 0 in CKKS. @throws 'invalid-argument' */
export function indexOfModulus(context: Context, t: number | undefined): number {
  if (t === undefined) return 0;
  context.requirePlaintextModulus(t);
  return context.parameters.plaintextModuli.indexOf(t);
}

/** The reverse, undefined in CKKS. @throws 'malformed-bytes' */
export function modulusAt({ parameters: { plaintextModuli } }: Context, index: number): number | undefined {
  const known = Math.max(1, plaintextModuli.length);
  if (index >= known) throw malformed('no such plaintext modulus', index, `0 .. ${known - 1}`);
  return plaintextModuli[index];
}

const seedLength = (count: number, kind: BatchKind): number =>
  kind === kinds.seededCiphertexts ? count * SEED_BYTES : 0;

function batchLength(context: Context, { count, level, parts }: BatchShape, kind: BatchKind): number {
  const stored = kind === kinds.seededCiphertexts ? 1 : parts;
  return SHAPE_BYTES + seedLength(count, kind) + count * stored * elementBytes(context, context.basis(level));
}

function sections(body: Uint8Array, { count }: BatchShape, kind: BatchKind): Batch {
  const start = SHAPE_BYTES + seedLength(count, kind);
  return { seeds: body.subarray(SHAPE_BYTES, start), elements: body.subarray(start) };
}
