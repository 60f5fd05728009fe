import { fill } from '../../rlwe/buffers.ts';
import type { Ciphertext, Form } from '../../rlwe/ciphertext.ts';
import type { Scheme } from '../../rlwe/parameters.ts';

/** The same ciphertexts under new names: the memory is shared, each is disposed by itself. */
export const share = <S extends Scheme, F extends Form>(cts: readonly Ciphertext<S, F>[]): Ciphertext<S, F>[] =>
  cts.map((ct) => ct.atLevel(ct.level));

type Verb<T, R> = (group: readonly T[], indices: readonly number[]) => R[];

/** Applies a list verb to groups of equal level, form and parts, results in the order of the inputs. */
export const inShapes = <C extends Ciphertext, R extends Ciphertext>(cts: readonly C[], verb: Verb<C, R>): R[] =>
  inGroupsBy(cts, ({ level, parts, form }) => (level * 16 + parts) * 2 + (form === 'ntt' ? 1 : 0), verb);

/**
 * The same for any items and key; `verb` gives a fixed number of results for each item, in order. On failure what was
 * made is disposed.
 */
export function inGroupsBy<T, R extends Ciphertext>(
  items: readonly T[],
  keyOf: (item: T) => number,
  verb: Verb<T, R>,
): R[] {
  const groups = new Map<number, number[]>();
  items.forEach((item, i) => {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [i]);
    else group.push(i);
  });
  const out: R[] = [];
  fill<R>([], (made) => {
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
