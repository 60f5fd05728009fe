import { kinds } from '../../format/header.ts';
import { batchBytes, batchSize } from '../batch.ts';
import { inGroups, withScratch } from '../buffers.ts';
import { type Ciphertext, handles } from '../ciphertext.ts';
import type { Sections } from '../elements.ts';
import { makeIntegerCiphertexts } from '../encrypt-integers.ts';
import { lifting } from '../integer-messages.ts';
import {
  checkIntegers,
  INTEGER_GROUP,
  type IntegerColumn,
  type IntegerLayout,
  type IntegerOptions,
} from '../integers.ts';
import { SEED_BYTES, type SeedOptions, type SeedSource, seedSource } from '../seeds.ts';
import type { SecretKey } from './secret-key.ts';

/**
 * Encodes and encrypts columns of integers, one BFV ciphertext for each modulus and column: [modulus][column], in
 * coefficient form, ready for evaluation. Message part: round(Q m / t) for the polynomial m of the encoding, taken
 * modulo each t; noise of a coefficient: standard deviation 3.24, plus 0.29 of rounding.
 *
 * @param columns slots: at most n integers each, missing ones are zeros; coefficients: exactly one each
 * @throws 'value-out-of-range', 'non-finite-value', 'shape-mismatch', 'invalid-argument' for fractions and for moduli
 *   not suited to batching, 'scale-overflow' for a modulus too large for the level, 'context-mismatch' under CKKS
 *   parameters, 'disposed', 'out-of-memory'
 */
export function encryptIntegers(
  secretKey: SecretKey<'bfv'>,
  columns: readonly IntegerColumn[],
  options: IntegerOptions & SeedOptions = {},
): Ciphertext<'bfv', 'coefficient'>[][] {
  const { context } = secretKey;
  const layout = checkIntegers(context, columns, options);
  const source = seedSource(options);
  return makeIntegerCiphertexts(context, columns.length, layout, (made, t) => {
    withScratch(context.kernel, { secret: true }, (scratch) => {
      const size = Math.min(INTEGER_GROUP, columns.length);
      const messages = scratch.list(size, (layout.level + 1) * context.n);
      const lift = lifting(context, t, layout, scratch);
      inGroups(columns.length, INTEGER_GROUP, (start, end) => {
        const list = messages.subarray(0, end - start);
        lift(list, columns.slice(start, end));
        maskIntegers(secretKey, handles(made.slice(start, end)), list, layout.level, 2, source);
      });
    });
  });
}

/** Where batches go: all of them are views of one new buffer. */
export interface BatchesDestination {
  /** Free bytes before the first batch, for a caller's own header. Default 0. */
  readonly headroom?: number;
  /** Free bytes before every batch, behind the headroom. Default 0. */
  readonly gap?: number;
}

/**
 * The same straight to bytes that `loadIntegerCiphertexts` reads, one batch for each modulus: 32 bytes of seed and one
 * packed element a ciphertext, half the size of a full one. With the same test seed, the same ciphertexts.
 * @throws as `encryptIntegers`
 */
export function encryptIntegersToBytes(
  secretKey: SecretKey<'bfv'>,
  columns: readonly IntegerColumn[],
  options: IntegerOptions & SeedOptions & BatchesDestination = {},
): Uint8Array[] {
  const { headroom = 0, gap = 0 } = options;
  const { context } = secretKey;
  const layout = checkIntegers(context, columns, options);
  const { level, scale, moduli } = layout;
  const source = seedSource(options);
  const shape = { count: columns.length, level, parts: 2, scale };
  const size = batchSize(context, shape, kinds.seededCiphertexts);
  const whole = new Uint8Array(headroom + moduli.length * (gap + size));
  return moduli.map((plaintextModulus, i) => {
    const start = headroom + i * (gap + size) + gap;
    const into = whole.subarray(start, start + size);
    const { bytes, seeds, elements } = batchBytes(context, { ...shape, plaintextModulus }, kinds.seededCiphertexts, {
      into,
    });
    encryptBatch(secretKey, columns, { ...layout, moduli: [plaintextModulus] }, { seeds, elements }, source);
    return bytes;
  });
}

/** Under one modulus, in groups. */
function encryptBatch(
  secretKey: SecretKey<'bfv'>,
  columns: readonly IntegerColumn[],
  layout: IntegerLayout,
  { seeds, elements }: Sections,
  source: SeedSource,
): void {
  const { context } = secretKey;
  const { kernel, ring, n } = context;
  const basis = context.basis(layout.level);
  const each = columns.length === 0 ? 0 : elements.length / columns.length;
  withScratch(kernel, { secret: true }, (scratch) => {
    const size = Math.min(INTEGER_GROUP, columns.length);
    const [messages, firsts] = [scratch.list(size, basis.length * n), scratch.list(size, basis.length * n)];
    const lift = lifting(context, layout.moduli[0]!, layout, scratch);
    inGroups(columns.length, INTEGER_GROUP, (start, end) => {
      const [list, out] = [messages.subarray(0, end - start), firsts.subarray(0, end - start)];
      lift(list, columns.slice(start, end));
      seeds.set(maskIntegers(secretKey, out, list, layout.level, 1, source), start * SEED_BYTES);
      kernel.pack(ring, elements.subarray(start * each, end * each), out, basis, 1, 0);
    });
  });
}

/** One kernel job; the public seeds of the uniform halves, without which `parts` = 1 leaves half a ciphertext. */
function maskIntegers(
  { context, handle }: SecretKey<'bfv'>,
  out: Int32Array,
  messages: Int32Array,
  level: number,
  parts: 1 | 2,
  source: SeedSource,
): Uint8Array {
  const uniform = source.next(out.length);
  const errors = source.next(out.length);
  const { kernel, ring } = context;
  const basis = context.basis(level);
  kernel.maskSymmetricCoefficient(ring, out, messages, handle, uniform, errors, basis, parts);
  errors.fill(0);
  return uniform;
}
