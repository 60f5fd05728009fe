import { fill } from '../buffers.ts';
import { type Ciphertext, handles } from '../ciphertext.ts';
import { Plaintext } from '../plaintext.ts';
import type { SecretKey } from './secret-key.ts';

/**
 * Decrypts ciphertexts of 2 .. 9 parts to encoded messages, not yet decoded: message plus noise in NTT form, at the
 * level and scale of the ciphertext. For the key owner: the noise depends on the secret, so neither the plaintext nor
 * what is decoded from it may be published (eprint 2020/1533; `decryptPrivate` gives values that refuse to be). Get
 * rid of each by `wipe()`.
 * @throws 'context-mismatch', 'disposed', 'out-of-memory'
 */
export function decryptToPlaintexts(
  secretKey: SecretKey<'ckks'>,
  cts: readonly Ciphertext<'ckks'>[],
): Plaintext<'ckks'>[] {
  const { context } = secretKey;
  context.requireScheme('ckks');
  for (const ct of cts) context.requireOwn('ciphertext', ct.context);
  return fill<Plaintext<'ckks'>>([], (made) => {
    for (const ct of cts) made.push(new Plaintext(context, ct));
    for (let start = 0; start < cts.length; ) {
      let end = start;
      while (end < cts.length && areAlike(cts[start]!, cts[end]!)) end++;
      phases(secretKey, made.slice(start, end), cts.slice(start, end));
      start = end;
    }
  });
}

const areAlike = (a: Ciphertext<'ckks'>, b: Ciphertext<'ckks'>): boolean => a.level === b.level && a.parts === b.parts;

/** Sums of part[i] * s^i. */
function phases(
  secretKey: SecretKey<'ckks'>,
  out: readonly Plaintext<'ckks'>[],
  cts: readonly Ciphertext<'ckks'>[],
): void {
  const { context } = secretKey;
  const { level, parts } = cts[0]!;
  const secret = secretKey.powers(parts);
  context.kernel.dotParts(context.ring, handles(out), handles(cts), secret, context.basis(level), parts);
}
