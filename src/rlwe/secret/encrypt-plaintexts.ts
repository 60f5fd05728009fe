import type { Ciphertext } from '../ciphertext.ts';
import { encryptRuns } from '../encrypt.ts';
import type { Each } from '../lists.ts';
import type { Plaintext } from '../plaintext.ts';
import { type SeedOptions, seedSource } from '../seeds.ts';
import { mask } from './mask.ts';
import type { SecretKey } from './secret-key.ts';

/**
 * Symmetric encryption of encoded messages: (m + e - a s, a) with fresh seeds for each, ready for evaluation, as one
 * kernel job for each run of one level. A coefficient's noise has standard deviation 3.24.
 * @throws 'context-mismatch', 'disposed', 'out-of-memory'
 */
export function encryptSymmetricPlaintexts<const T extends readonly Plaintext<'ckks'>[]>(
  secretKey: SecretKey<'ckks'>,
  plaintexts: T,
  options: SeedOptions = {},
): Each<T, Ciphertext<'ckks'>> {
  const source = seedSource(options);
  const all = encryptRuns(secretKey.context, plaintexts, (out, messages, basis) => {
    mask(secretKey, out, messages, source, basis);
  });
  return all as Each<T, Ciphertext<'ckks'>>;
}
