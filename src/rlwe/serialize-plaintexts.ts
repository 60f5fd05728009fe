import { HesperError } from '../errors.ts';
import { kinds, malformed, requireLength, requireZeros, viewOf } from '../format/header.ts';
import { residueBits } from '../ring/modulus.ts';
import { batchBytes, indexOfModulus, MAX_BATCH, modulusAt, readBatch, requireBatchCount } from './batch.ts';
import { packBits, unpackBits } from './bits.ts';
import { fill } from './buffers.ts';
import { handles } from './ciphertext.ts';
import type { Context } from './context.ts';
import { packPart, unpackAll } from './elements.ts';
import { Plaintext } from './plaintext.ts';
import { type Destination, readHeaderFor, withHeader } from './wire.ts';

const HEAD_BYTES = 8;

/**
 * Encoded CKKS messages of equal level and scale. What came out of a decryption carries the noise of the secret key and
 * must not leave its owner (eprint 2020/1533): this is for messages that were encoded.
 * @throws 'invalid-argument' for an empty or mixed list, 'context-mismatch', 'disposed'
 */
export function savePlaintexts(plaintexts: readonly Plaintext<'ckks'>[], destination: Destination = {}): Uint8Array {
  const [first] = plaintexts;
  if (first === undefined) throw mixed(0);
  const { context, level, scale } = first;
  context.requireScheme('ckks');
  for (const plaintext of plaintexts) {
    context.requireOwn('plaintext', plaintext.context);
    if (plaintext.level !== level || plaintext.scale !== scale) throw mixed(plaintext.level);
  }
  const shape = { count: plaintexts.length, level, parts: 1, scale };
  const { bytes, elements } = batchBytes(context, shape, kinds.plaintexts, destination);
  const place = { basis: context.basis(level), parts: 1, part: 0, form: 'ntt' as const };
  packPart(context, elements, handles(plaintexts), place);
  return bytes;
}

/**
 * Encoded CKKS messages from outside, everything checked against the expected context. Nothing is kept on failure.
 * @throws 'malformed-bytes', 'unsupported-version', 'context-mismatch', 'residue-out-of-range', 'out-of-memory'
 */
export function loadPlaintexts(context: Context<'ckks'>, bytes: Uint8Array): Plaintext<'ckks'>[] {
  context.requireScheme('ckks');
  const { shape, elements } = readBatch(context, bytes, [kinds.plaintexts]);
  return fill<Plaintext<'ckks'>>([], (made) => {
    for (let i = 0; i < shape.count; i++) made.push(new Plaintext(context, shape));
    unpackAll(context, handles(made), elements, { basis: context.basis(shape.level), parts: 1, form: 'ntt' });
  });
}

/** Message polynomials of BFV modulo one plaintext modulus, as `encodeIntegers` makes them. */
export interface IntegerPlaintexts {
  /** t, a plaintext modulus of the parameters. */
  readonly plaintextModulus: number;
  /** n integers each, balanced: |m| <= (t - 1) / 2. */
  readonly polynomials: readonly Float64Array[];
}

/**
 * @throws 'invalid-argument' for a modulus that the parameters do not have, 'shape-mismatch' for rows of another length,
 *   'value-out-of-range' for numbers that are no balanced integers modulo t, 'context-mismatch' under CKKS parameters
 */
export function saveIntegerPlaintexts(
  context: Context<'bfv'>,
  { plaintextModulus, polynomials }: IntegerPlaintexts,
): Uint8Array {
  context.requireScheme('bfv');
  requireBatchCount(polynomials.length);
  const index = indexOfModulus(context, plaintextModulus);
  const each = polynomialBytes(context.n, plaintextModulus);
  const length = HEAD_BYTES + polynomials.length * each;
  const { bytes, body } = withHeader(kinds.integerPlaintexts, context.parameters.id, length);
  const view = viewOf(body);
  view.setUint32(0, polynomials.length, true);
  view.setUint8(4, index);
  polynomials.forEach((row, i) => {
    const at = HEAD_BYTES + i * each;
    packBits(body.subarray(at, at + each), residuesOf(row, context.n, plaintextModulus), residueBits(plaintextModulus));
  });
  return bytes;
}

/**
 * The reverse: balanced integers.
 * @throws 'malformed-bytes', 'unsupported-version', 'context-mismatch', 'residue-out-of-range'
 */
export function loadIntegerPlaintexts(context: Context<'bfv'>, bytes: Uint8Array): IntegerPlaintexts {
  context.requireScheme('bfv');
  const { body } = readHeaderFor(context, bytes, [kinds.integerPlaintexts]);
  if (body.length < HEAD_BYTES) throw malformed('too short for plaintexts', body.length, `at least ${HEAD_BYTES}`);
  const view = viewOf(body);
  const count = view.getUint32(0, true);
  const t = modulusAt(context, view.getUint8(4))!;
  requireZeros(body.subarray(5, HEAD_BYTES));
  if (count > MAX_BATCH) throw malformed('too many in a batch', count, `at most ${MAX_BATCH}`);
  const each = polynomialBytes(context.n, t);
  requireLength(body, HEAD_BYTES + count * each);
  const polynomials = Array.from({ length: count }, (_, i) =>
    balanced(body.subarray(HEAD_BYTES + i * each, HEAD_BYTES + (i + 1) * each), context.n, t),
  );
  return { plaintextModulus: t, polynomials };
}

const polynomialBytes = (n: number, t: number): number => (n / 8) * residueBits(t);

function residuesOf(row: Float64Array, n: number, t: number): Float64Array {
  if (row.length !== n) {
    throw new HesperError('shape-mismatch', 'a message polynomial has n coefficients', {
      met: row.length,
      wanted: n,
      remedy: 'Give what encodeIntegers gave',
    });
  }
  return row.map((m) => {
    if (Number.isInteger(m) && Math.abs(m) <= (t - 1) / 2) return m < 0 ? m + t : m;
    throw new HesperError('value-out-of-range', 'a coefficient is no balanced integer modulo t', {
      wanted: `integers up to ${(t - 1) / 2} in size`,
      remedy: 'Give what encodeIntegers gave',
    });
  });
}

function balanced(bytes: Uint8Array, n: number, t: number): Float64Array {
  const row = new Float64Array(n);
  unpackBits(row, bytes, residueBits(t));
  return row.map((v) => {
    if (v < t) return v > (t - 1) / 2 ? v - t : v;
    throw new HesperError('residue-out-of-range', 'a coefficient is not below its modulus', {
      wanted: `below ${t}`,
      remedy: 'Send the bytes again, unchanged',
    });
  });
}

const mixed = (met: unknown): HesperError =>
  new HesperError('invalid-argument', 'a batch needs plaintexts of one level and scale', {
    met,
    wanted: 'at least one, all alike',
    remedy: 'Save each kind in its own batch',
  });
