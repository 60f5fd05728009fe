import type { Ciphertext, Form } from '../rlwe/ciphertext.ts';

/** The ciphertexts of all sides; what was made is disposed of if one of them fails. */
export function collect(sides: readonly number[], make: (side: number) => Ciphertext<Form>[]): Ciphertext<Form>[] {
  const made: Ciphertext<Form>[] = [];
  try {
    for (const side of sides) made.push(...make(side));
    return made;
  } catch (error) {
    for (const ct of made) ct.dispose();
    throw error;
  }
}
