import { HesperError } from '../../errors.ts';
import type { Ciphertext } from '../../rlwe/ciphertext.ts';
import type { Scheme } from '../../rlwe/parameters.ts';

/** The ciphertexts of an answer if they are as many as the plan says; otherwise they are disposed of. */
export function requireCount<S extends Scheme>(cts: Ciphertext<S>[], wanted: number): Ciphertext<S>[] {
  if (cts.length === wanted) return cts;
  for (const ct of cts) ct.dispose();
  throw new HesperError('shape-mismatch', 'the answer does not fit the plan', {
    met: cts.length,
    wanted,
    remedy: 'Ask the server this client was made for',
  });
}
