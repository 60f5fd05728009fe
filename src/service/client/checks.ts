import { HesperError } from '../../errors.ts';
import type { Ciphertext, Form } from '../../rlwe/ciphertext.ts';

/** The ciphertexts of an answer if they are as many as the plan says; otherwise they are disposed of. */
export function requireCount<F extends Form>(cts: Ciphertext<F>[], wanted: number): Ciphertext<F>[] {
  if (cts.length === wanted) return cts;
  for (const ct of cts) ct.dispose();
  throw new HesperError('shape-mismatch', 'the answer does not fit the plan', {
    met: cts.length,
    wanted,
    remedy: 'Ask the server this client was made for',
  });
}
