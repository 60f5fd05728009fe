import { fill } from '../../rlwe/buffers.ts';
import type { Ciphertext, Form } from '../../rlwe/ciphertext.ts';

/** The same ciphertexts under new names: the memory is shared, each is disposed by itself. */
export const share = <F extends Form>(cts: readonly Ciphertext<F>[]): Ciphertext<F>[] =>
  cts.map((ct) => ct.atLevel(ct.level));

type Verb<T, F extends Form> = (group: readonly T[], indices: readonly number[]) => Ciphertext<F>[];

/** Applies a list verb to groups of equal level, form and parts, results in the order of the inputs. */
export const inShapes = <C extends Ciphertext<Form>, F extends Form>(
  cts: readonly C[],
  verb: Verb<C, F>,
): Ciphertext<F>[] =>
  inGroupsBy(cts, ({ level, parts, form }) => (level * 16 + parts) * 2 + (form === 'ntt' ? 1 : 0), verb);

/**
 * The same for any items and key; `verb` gives a fixed number of results for each item, in order. On failure what was
 * made is disposed.
 */
export function inGroupsBy<T, F extends Form>(
  items: readonly T[],
  keyOf: (item: T) => number,
  verb: Verb<T, F>,
): Ciphertext<F>[] {
  const groups = new Map<number, number[]>();
  items.forEach((item, i) => {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [i]);
    else group.push(i);
  });
  const out: Ciphertext<F>[] = [];
  fill<Ciphertext<F>>([], (made) => {
    for (const indices of groups.values()) {
      const group = indices.map((i) => items[i]!);
      const results = verb(group, indices);
      made.push(...results);
      const each = results.length / indices.length;
      results.forEach((result, k) => {
        out[indices[Math.floor(k / each)]! * each + (k % each)] = result;
      });
    }
  });
  return out;
}
