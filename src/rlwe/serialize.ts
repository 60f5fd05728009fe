import { HesperError } from '../errors.ts';
import { inGroups, withScratch } from './buffers.ts';
import { type Ciphertext, handles, makeCiphertexts, repeat } from './ciphertext.ts';
import type { Context } from './context.ts';
import { keyCount, MIN_RELINEARIZED_PARTS, RelinearizationKey } from './evaluation-keys.ts';
import {
  createInsecureParameters,
  createParameters,
  decodeParameters,
  encodeParameters,
  type Parameters,
} from './parameters.ts';
import { PublicKey } from './public-key.ts';
import { SEED_BYTES } from './seeds.ts';
import {
  batchBytes,
  type Destination,
  elementBytes,
  HEADER_BYTES,
  kinds,
  malformed,
  readBatch,
  readHeader,
  readHeaderFor,
  requireLength,
  withHeader,
} from './wire.ts';

/** Elements that are converted at a time, so that working memory does not grow with the object. */
const GROUP = 32;
const KEY_HEAD_BYTES = 8;

export function saveParameters(parameters: Parameters): Uint8Array {
  const encoded = encodeParameters(parameters);
  const { bytes, body } = withHeader(kinds.parameters, parameters.id, encoded.length);
  body.set(encoded);
  return bytes;
}

export interface LoadParametersOptions {
  /** FOR TESTS ONLY: also accept parameters that were made without a security check. */
  readonly allowInsecure?: boolean;
}

/**
 * Parses parameters and checks them again, arithmetic and security table.
 * @throws 'malformed-bytes', 'unsupported-version', 'invalid-parameters', 'insecure-parameters'
 */
export function loadParameters(bytes: Uint8Array, { allowInsecure = false }: LoadParametersOptions = {}): Parameters {
  const { id, body } = readHeader(bytes, [kinds.parameters]);
  const { literal, securityBits } = decodeParameters(body);
  if (securityBits === 0 && !allowInsecure) {
    throw new HesperError('insecure-parameters', 'these parameters were never checked for security', {
      met: 'insecure',
      wanted: '128, 192 or 256 bits',
      remedy: 'Use parameters made by createParameters',
    });
  }
  const parameters = securityBits === 0 ? createInsecureParameters(literal) : createParameters(literal);
  if (parameters.id !== id) throw malformed('the parameters do not have their id', parameters.id, id);
  return parameters;
}

/** @throws 'disposed' */
export function savePublicKey(key: PublicKey): Uint8Array {
  const { context } = key;
  const basis = context.basis(context.parameters.maxLevel);
  const { bytes, body } = withHeader(kinds.publicKey, context.parameters.id, SEED_BYTES + elementBytes(context, basis));
  body.set(key.seed);
  packPart(context, body.subarray(SEED_BYTES), Int32Array.of(key.handle), basis, 2, 0);
  return bytes;
}

/** @throws 'malformed-bytes', 'unsupported-version', 'context-mismatch', 'residue-out-of-range' */
export function loadPublicKey(context: Context, bytes: Uint8Array): PublicKey {
  const { body } = readHeaderFor(context, bytes, [kinds.publicKey]);
  const basis = context.basis(context.parameters.maxLevel);
  requireLength(body, SEED_BYTES + elementBytes(context, basis));
  const key = new PublicKey(context, body.subarray(0, SEED_BYTES));
  return orDispose(key, () =>
    unpackSeeded(context, Int32Array.of(key.handle), key.seed, body.subarray(SEED_BYTES), basis),
  );
}

/** Bytes of a relinearisation key for `parts`, known before it is made. */
export const relinearizationKeyBytes = (context: Context, parts: number): number =>
  HEADER_BYTES + keyBodyBytes(context, parts);

const keyBodyBytes = (context: Context, parts: number): number =>
  KEY_HEAD_BYTES + keyCount(context, parts) * (SEED_BYTES + elementBytes(context, context.keyBasis));

/** The uniform halves go as seeds. @throws 'disposed' */
export function saveRelinearizationKey(key: RelinearizationKey): Uint8Array {
  const { context, parts, seeds } = key;
  const { bytes, body } = withHeader(kinds.relinearizationKey, context.parameters.id, keyBodyBytes(context, parts));
  body[0] = parts;
  body.set(seeds, KEY_HEAD_BYTES);
  packPart(context, body.subarray(KEY_HEAD_BYTES + seeds.length), key.handles, context.keyBasis, 2, 0);
  return bytes;
}

/** @throws 'malformed-bytes', 'unsupported-version', 'context-mismatch', 'residue-out-of-range', 'invalid-parameters' */
export function loadRelinearizationKey(context: Context, bytes: Uint8Array): RelinearizationKey {
  const { body } = readHeaderFor(context, bytes, [kinds.relinearizationKey]);
  const parts = body[0] ?? 0;
  if (parts < MIN_RELINEARIZED_PARTS || parts > 9 || body.subarray(1, KEY_HEAD_BYTES).some((x) => x !== 0))
    throw malformed('not a key head', parts, '3 .. 9 parts');
  requireLength(body, keyBodyBytes(context, parts));
  const start = KEY_HEAD_BYTES + keyCount(context, parts) * SEED_BYTES;
  const key = new RelinearizationKey(context, parts, body.subarray(KEY_HEAD_BYTES, start));
  return orDispose(key, () => unpackSeeded(context, key.handles, key.seeds, body.subarray(start), context.keyBasis));
}

/**
 * A batch of ciphertexts of equal level, parts and scale, every part in full.
 * @throws 'invalid-argument' for an empty or mixed batch, 'context-mismatch', 'disposed'
 */
export function saveCiphertexts(cts: readonly Ciphertext[], destination: Destination = {}): Uint8Array {
  const [first] = cts;
  if (first === undefined) throw mixed(0);
  const { context, level, parts, scale } = first;
  for (const ct of cts) {
    context.requireOwn('ciphertext', ct.context);
    if (ct.level !== level || ct.parts !== parts || ct.scale !== scale) throw mixed({ ...ct.shape });
  }
  const shape = { count: cts.length, level, parts, scale };
  const { bytes, elements } = batchBytes(context, shape, false, destination);
  const basis = context.basis(level);
  const partBytes = elements.length / parts;
  for (let part = 0; part < parts; part++)
    packPart(context, elements.subarray(part * partBytes, (part + 1) * partBytes), handles(cts), basis, parts, part);
  return bytes;
}

/**
 * A batch from outside: everything is checked against the expected context, seeds are expanded, and the ciphertexts
 * are ready for evaluation. Nothing is kept on failure.
 * @throws 'malformed-bytes', 'unsupported-version', 'context-mismatch', 'residue-out-of-range', 'out-of-memory'
 */
export function loadCiphertexts(context: Context, bytes: Uint8Array): Ciphertext[] {
  const { shape, seeded, seeds, elements } = readBatch(context, bytes);
  const { count, level, parts, scale } = shape;
  const basis = context.basis(level);
  return makeCiphertexts(context, repeat(count, { level, parts, scale, form: 'ntt' }), (made) => {
    const out = handles(made);
    if (seeded) unpackSeeded(context, out, seeds, elements, basis);
    else unpackAll(context, out, elements, basis, parts);
  });
}

/** One part of each element (NTT form, not changed) to packed coefficients. */
function packPart(
  context: Context,
  bytes: Uint8Array,
  list: Int32Array,
  basis: Int32Array,
  parts: number,
  part: number,
): void {
  const { kernel, ring, n } = context;
  const each = elementBytes(context, basis);
  withScratch(kernel, { secret: false }, (scratch) => {
    const memory = scratch.list(Math.min(GROUP, list.length), basis.length * n);
    inGroups(list.length, GROUP, (start, end) => {
      const rows = memory.subarray(0, end - start);
      kernel.extractPart(ring, rows, list.subarray(start, end), basis, parts, part);
      kernel.nttInverse(ring, rows, basis, 1);
      kernel.pack(ring, bytes.subarray(start * each, end * each), rows, basis, 1, 0);
    });
  });
}

/** Elements of two parts: the first from bytes, the second from seeds; then to NTT form. */
function unpackSeeded(
  context: Context,
  out: Int32Array,
  seeds: Uint8Array,
  bytes: Uint8Array,
  basis: Int32Array,
): void {
  const { kernel, ring } = context;
  const each = elementBytes(context, basis);
  inGroups(out.length, GROUP, (start, end) => {
    const group = out.subarray(start, end);
    kernel.unpack(ring, group, bytes.subarray(start * each, end * each), basis, 2, 0);
    kernel.sampleUniform(ring, group, seeds.subarray(start * SEED_BYTES, end * SEED_BYTES), basis, 2, 1);
    kernel.nttForward(ring, group, basis, 2);
  });
}

function unpackAll(context: Context, out: Int32Array, bytes: Uint8Array, basis: Int32Array, parts: number): void {
  const { kernel, ring } = context;
  const partBytes = bytes.length / parts;
  for (let part = 0; part < parts; part++)
    kernel.unpack(ring, out, bytes.subarray(part * partBytes, (part + 1) * partBytes), basis, parts, part);
  kernel.nttForward(ring, out, basis, parts);
}

function orDispose<T extends { dispose(): void }>(key: T, body: () => void): T {
  try {
    body();
    return key;
  } catch (error) {
    key.dispose();
    throw error;
  }
}

const mixed = (met: unknown): HesperError =>
  new HesperError('invalid-argument', 'a batch needs ciphertexts of one level, number of parts and scale', {
    met,
    wanted: 'at least one, all alike',
    remedy: 'Save each kind in its own batch',
  });
