import { fill } from '../../rlwe/buffers.ts';
import type { Ciphertext } from '../../rlwe/ciphertext.ts';

/** The same ciphertexts under new names: the memory is shared, each is disposed by itself. */
export const share = (cts: readonly Ciphertext[]): Ciphertext[] => cts.map((ct) => ct.atLevel(ct.level));

type Verb<T> = (group: readonly T[], indices: readonly number[]) => Ciphertext[];

/** Applies a list verb to groups of equal level and parts, results in the order of the inputs. */
export const inShapes = (cts: readonly Ciphertext[], verb: Verb<Ciphertext>): Ciphertext[] =>
  inGroupsBy(cts, ({ level, parts }) => level * 16 + parts, verb);

/**
 * The same for any items and key; `verb` gives a fixed number of results for each item, in order. On failure what was
 * made is disposed.
 */
export function inGroupsBy<T>(items: readonly T[], keyOf: (item: T) => number, verb: Verb<T>): Ciphertext[] {
  const groups = new Map<number, number[]>();
  items.forEach((item, i) => {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [i]);
    else group.push(i);
  });
  const out: Ciphertext[] = [];
  fill<Ciphertext>([], (made) => {
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
