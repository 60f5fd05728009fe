import { kinds } from '../../format/header.ts';
import { batchBytes } from '../batch.ts';
import { inGroups, withScratch } from '../buffers.ts';
import { type Ciphertext, handles, makeCiphertexts, repeat } from '../ciphertext.ts';
import type { Each } from '../lists.ts';
import { SEED_BYTES, type SeedOptions, seedSource } from '../seeds.ts';
import { type Column, checkSlots, type Encoding, encodeRows, withDefaults } from '../slots.ts';
import type { Destination } from '../wire.ts';
import { mask, maskAll, maskMemory } from './mask.ts';
import type { SecretKey } from './secret-key.ts';

/** Ciphertexts made at a time: working memory stays small, each step is one kernel call a group. */
const GROUP = 32;

/**
 * Encodes and encrypts slot vectors, one ciphertext each, straight to bytes that `loadCiphertexts` reads: 32 bytes of
 * seed and one packed element a ciphertext, half the size of a full one. Every ciphertext has fresh seeds of its own.
 * A coefficient's noise has standard deviation 3.24, plus 0.29 of rounding.
 *
 * @param columns at most n / 2 finite values each, real (`Float64Array`) or complex (`{ re, im }`); missing slots are zeros
 * @throws 'shape-mismatch', 'non-finite-value', 'scale-overflow', 'disposed', 'out-of-memory'
 */
export function encryptSymmetricSeededToBytes(
  secretKey: SecretKey<'ckks'>,
  columns: readonly Column[],
  options: Encoding & SeedOptions & Destination = {},
): Uint8Array {
  const { context } = secretKey;
  const encoding = withDefaults(context, options);
  checkSlots(context, columns, encoding);
  const { level, scale } = encoding;
  const basis = context.basis(level);
  const source = seedSource(options);
  const shape = { count: columns.length, level, parts: 2, scale };
  const { bytes, seeds, elements } = batchBytes(context, shape, kinds.seededCiphertexts, options);
  const each = columns.length === 0 ? 0 : elements.length / columns.length;
  const { kernel, ring, n } = context;
  withScratch(kernel, { secret: true }, (scratch) => {
    const size = Math.min(GROUP, columns.length);
    const messages = scratch.list(size, basis.length * n);
    const memory = maskMemory(scratch, size, basis.length, n);
    inGroups(columns.length, GROUP, (start, end) => {
      const count = end - start;
      const first = (list: Int32Array): Int32Array => list.subarray(0, count);
      const [out, rows] = [first(messages), first(memory.rows)];
      encodeRows(context, rows, columns.slice(start, end), scale);
      kernel.spread(ring, out, rows, basis);
      const uniform = source.next(count);
      const error = source.next(count);
      maskAll(secretKey, out, { elements: first(memory.elements), rows }, { uniform, error }, basis);
      error.fill(0);
      seeds.set(uniform, start * SEED_BYTES);
      kernel.pack(ring, elements.subarray(start * each, end * each), out, basis, 1, 0);
    });
  });
  return bytes;
}

/**
 * The same, as ciphertexts ready for evaluation; with the same test seed and up to 32 columns, the same ciphertexts.
 * @throws 'shape-mismatch', 'non-finite-value', 'scale-overflow', 'disposed', 'out-of-memory'
 */
export function encryptSymmetric<const T extends readonly Column[]>(
  secretKey: SecretKey<'ckks'>,
  columns: T,
  options: Encoding & SeedOptions = {},
): Each<T, Ciphertext<'ckks'>> {
  const { context } = secretKey;
  const encoding = withDefaults(context, options);
  checkSlots(context, columns, encoding);
  const { level, scale } = encoding;
  const basis = context.basis(level);
  const source = seedSource(options);
  const { kernel, ring, n } = context;
  const shapes = repeat(columns.length, { level, scale, parts: 2, form: 'ntt' as const });
  const all = makeCiphertexts(context, shapes, (made) => {
    withScratch(kernel, { secret: true }, (scratch) => {
      const size = Math.min(GROUP, columns.length);
      const [messages, rows] = [scratch.list(size, basis.length * n), scratch.list(size, n)];
      inGroups(columns.length, GROUP, (start, end) => {
        const [message, row] = [messages.subarray(0, end - start), rows.subarray(0, end - start)];
        encodeRows(context, row, columns.slice(start, end), scale);
        kernel.spread(ring, message, row, basis);
        kernel.nttForward(ring, message, basis, 1);
        mask(secretKey, handles(made.slice(start, end)), message, source, basis);
      });
    });
  });
  return all as Each<T, Ciphertext<'ckks'>>;
}
