import type { Ciphertext } from '../ciphertext.ts';
import { encryptRuns } from '../encrypt.ts';
import type { Plaintext } from '../plaintext.ts';
import { type SeedOptions, seedSource } from '../seeds.ts';
import { mask } from './mask.ts';
import type { SecretKey } from './secret-key.ts';

/**
 * Symmetric encryption of encoded messages: (m + e - a s, a) with fresh seeds for each, ready for evaluation, as one
 * kernel job for each run of one level. A coefficient's noise has standard deviation 3.24.
 * @throws 'context-mismatch', 'disposed', 'out-of-memory'
 */
export function encryptSymmetricPlaintexts(
  secretKey: SecretKey<'ckks'>,
  plaintexts: readonly Plaintext<'ckks'>[],
  options: SeedOptions = {},
): Ciphertext<'ckks'>[] {
  const source = seedSource(options);
  return encryptRuns(secretKey.context, plaintexts, (out, messages, basis) => {
    mask(secretKey, out, messages, source, basis);
  });
}
