import type { Ciphertext } from '../rlwe/ciphertext.ts';
import type { Scheme } from '../rlwe/parameters.ts';

/** The ciphertexts of all sides; what was made is disposed of if one of them fails. */
export function collect<S extends Scheme>(
  sides: readonly number[],
  make: (side: number) => Ciphertext<S>[],
): Ciphertext<S>[] {
  const made: Ciphertext<S>[] = [];
  try {
    for (const side of sides) made.push(...make(side));
    return made;
  } catch (error) {
    for (const ct of made) ct.dispose();
    throw error;
  }
}
