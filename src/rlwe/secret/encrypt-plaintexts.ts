import { disposeAll } from '../buffers.ts';
import { type Ciphertext, handles, makeCiphertexts } from '../ciphertext.ts';
import { type Plaintext, runsOfOneLevel } from '../plaintext.ts';
import { type SeedOptions, seedSource } from '../seeds.ts';
import { mask } from './mask.ts';
import type { SecretKey } from './secret-key.ts';

/**
 * Symmetric encryption of encoded messages: (m + e - a s, a) with fresh seeds for each, ready for evaluation, as one
 * kernel job for each run of one level. A coefficient's noise has standard deviation 3.24.
 * @throws 'context-mismatch', 'disposed', 'out-of-memory'
 */
export function encryptSymmetricPlaintexts(
  secretKey: SecretKey,
  plaintexts: readonly Plaintext[],
  options: SeedOptions = {},
): Ciphertext[] {
  const { context } = secretKey;
  for (const plaintext of plaintexts) context.requireOwn('plaintext', plaintext.context);
  const source = seedSource(options);
  const all: Ciphertext[] = [];
  try {
    for (const run of runsOfOneLevel(plaintexts)) {
      const shapes = run.map(({ level, scale }) => ({ level, scale, parts: 2, form: 'ntt' as const }));
      const made = makeCiphertexts(context, shapes, (out) => {
        mask(secretKey, handles(out), handles(run), source, context.basis(run[0]!.level));
      });
      all.push(...made);
    }
    return all;
  } catch (error) {
    disposeAll(all);
    throw error;
  }
}
