import { HesperError } from '../errors.ts';
import { type Ciphertext, handles, makeCiphertexts } from './ciphertext.ts';
import type { RelinearizationKey } from './evaluation-keys.ts';

/**
 * Ciphertexts of one level and number of parts (3 ..) to two parts, as one kernel job. Adds noise of about
 * sqrt(limbs * n / 12) * q * 3.24 / P per coefficient for each power, and the rounding of the division by P.
 * @throws 'missing-evaluation-key' if the key serves fewer parts, 'context-mismatch', 'disposed'
 */
export function relinearize(cts: readonly Ciphertext[], key: RelinearizationKey): Ciphertext[] {
  const [first] = cts;
  if (first === undefined) return [];
  const { context, level, parts } = first;
  context.requireOwn('relinearisation key', key.context);
  if (parts > key.parts) throw tooFewPowers(parts, key.parts);
  const { kernel, ring, keyBasis } = context;
  const special = keyBasis.length - 1;
  return makeCiphertexts(
    context,
    cts.map(({ shape }) => ({ ...shape, parts: 2 })),
    (made) => {
      const keys = key.handlesFor(parts, level);
      kernel.relinearize(
        ring,
        handles(made),
        handles(cts),
        context.basis(level),
        parts,
        keys,
        keyBasis.length,
        special,
      );
    },
  );
}

const tooFewPowers = (parts: number, served: number): HesperError =>
  new HesperError('missing-evaluation-key', 'the relinearisation key does not serve this many parts', {
    met: parts,
    wanted: `at most ${served}`,
    remedy: `Make the key with { parts: ${parts} }`,
  });
