import { fill } from './buffers.ts';
import { type Ciphertext, handles, makeCiphertexts } from './ciphertext.ts';
import type { Context } from './context.ts';
import type { Each } from './lists.ts';
import { type Plaintext, runsOfOneLevel } from './plaintext.ts';
import type { PublicKey } from './public-key.ts';
import { type SeedOptions, seedSource } from './seeds.ts';

/**
 * Public-key encryption: (b u + e0 + m, a u + e1) with fresh ternary u and errors of standard deviation 3.24, as one
 * kernel job for each run of one level. Each ciphertext has the level and scale of its plaintext. Noise in a
 * coefficient: about 3.24 * sqrt(4 n / 3).
 * @throws 'context-mismatch', 'disposed', 'out-of-memory'
 */
export function encryptPublic<const T extends readonly Plaintext<'ckks'>[]>(
  publicKey: PublicKey<'ckks'>,
  plaintexts: T,
  options: SeedOptions = {},
): Each<T, Ciphertext<'ckks'>> {
  const { context } = publicKey;
  const source = seedSource(options);
  const all = encryptRuns(context, plaintexts, (out, messages, basis) => {
    const ternary = source.next(out.length);
    const errors = source.next(2 * out.length);
    context.kernel.maskPublic(context.ring, out, messages, publicKey.handle, ternary, errors, basis);
    ternary.fill(0);
    errors.fill(0);
  });
  return all as Each<T, Ciphertext<'ckks'>>;
}

/**
 * Ciphertexts of two parts at the levels and scales of the plaintexts; `hide` fills those of one level in one job.
 * @throws 'context-mismatch', 'disposed', 'out-of-memory', and what `hide` throws
 */
export function encryptRuns(
  context: Context<'ckks'>,
  plaintexts: readonly Plaintext<'ckks'>[],
  hide: (out: Int32Array, messages: Int32Array, basis: Int32Array) => void,
): Ciphertext<'ckks'>[] {
  for (const plaintext of plaintexts) context.requireOwn('plaintext', plaintext.context);
  return fill<Ciphertext<'ckks'>>([], (all) => {
    for (const run of runsOfOneLevel(plaintexts)) {
      const shapes = run.map(({ level, scale }) => ({ level, scale, parts: 2, form: 'ntt' as const }));
      const made = makeCiphertexts(context, shapes, (out) => {
        hide(handles(out), handles(run), context.basis(run[0]!.level));
      });
      all.push(...made);
    }
  });
}
