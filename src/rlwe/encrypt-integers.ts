import { inGroups, withScratch } from './buffers.ts';
import { type Ciphertext, handles, makeCiphertexts, repeat } from './ciphertext.ts';
import type { Context } from './context.ts';
import { lifting } from './integer-messages.ts';
import {
  checkIntegers,
  INTEGER_GROUP,
  type IntegerColumn,
  type IntegerLayout,
  type IntegerOptions,
} from './integers.ts';
import type { PublicKey } from './public-key.ts';
import { type SeedOptions, seedSource } from './seeds.ts';

/**
 * Public-key encryption of integers, encoded as `encryptIntegers` does: (b u + e0 + round(Q m / t), a u + e1),
 * [modulus][column], in coefficient form. Noise of a coefficient: about 3.24 sqrt(4 n / 3).
 *
 * @param columns slots: at most n integers each, missing ones are zeros; coefficients: exactly one each
 * @throws 'value-out-of-range', 'non-finite-value', 'shape-mismatch', 'invalid-argument' for fractions and for moduli
 *   not suited to batching, 'scale-overflow' for a modulus too large for the level, 'context-mismatch' under CKKS
 *   parameters, 'disposed', 'out-of-memory'
 */
export function encryptIntegersPublic(
  publicKey: PublicKey<'bfv'>,
  columns: readonly IntegerColumn[],
  options: IntegerOptions & SeedOptions = {},
): Ciphertext<'bfv', 'coefficient'>[][] {
  const { context } = publicKey;
  const { kernel, ring, n } = context;
  const layout = checkIntegers(context, columns, options);
  const basis = context.basis(layout.level);
  const source = seedSource(options);
  return makeIntegerCiphertexts(context, columns.length, layout, (made, t) => {
    withScratch(kernel, { secret: true }, (scratch) => {
      const messages = scratch.list(Math.min(INTEGER_GROUP, columns.length), basis.length * n);
      const lift = lifting(context, t, layout, scratch);
      inGroups(columns.length, INTEGER_GROUP, (start, end) => {
        const list = messages.subarray(0, end - start);
        const out = handles(made.slice(start, end));
        lift(list, columns.slice(start, end));
        kernel.nttForward(ring, list, basis, 1);
        const [ternary, errors] = [source.next(out.length), source.next(2 * out.length)];
        kernel.maskPublic(ring, out, list, publicKey.handle, ternary, errors, basis);
        kernel.nttInverse(ring, out, basis, 2);
        ternary.fill(0);
        errors.fill(0);
      });
    });
  });
}

/** Ciphertexts of two parts, [modulus][column]; `body` fills those under one modulus. */
export function makeIntegerCiphertexts(
  context: Context<'bfv'>,
  count: number,
  { moduli, level, scale }: IntegerLayout,
  body: (made: readonly Ciphertext<'bfv', 'coefficient'>[], t: number) => void,
): Ciphertext<'bfv', 'coefficient'>[][] {
  const shapes = moduli.flatMap((plaintextModulus) =>
    repeat(count, { level, scale, parts: 2, form: 'coefficient' as const, plaintextModulus }),
  );
  const ofModulus = <T>(all: readonly T[], i: number): T[] => all.slice(i * count, (i + 1) * count);
  const all = makeCiphertexts(context, shapes, (made) => {
    moduli.forEach((t, i) => {
      body(ofModulus(made, i), t);
    });
  });
  return moduli.map((_, i) => ofModulus(all, i));
}
