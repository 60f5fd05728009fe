import { isVector } from '../../evaluator/plain.ts';
import type { Plain } from '../../evaluator/verbs.ts';
import { handles } from '../../rlwe/ciphertext.ts';
import { addToFirst } from '../common/add-to-first.ts';
import { inGroupsBy } from '../common/lists.ts';
import type { PlaintextCache, Wanted } from '../common/plaintext-cache.ts';
import { constantsJob } from './constants.ts';
import { type Any, inForm } from './forms.ts';
import type { IntegerCode } from './rules.ts';

/** Vectors for sums are encoded as messages are, those for products as they are. */
export const SUM = 'sum';

/**
 * One plaintext for each ciphertext at its scale; ciphertexts of one level, form and number of parts are one kernel job
 * (numbers) or a few (vectors, whose sums are in coefficient form). Arguments were checked.
 * @throws 'invalid-argument' for what is not an integer at its scale
 */
export function addPlain(
  code: IntegerCode,
  cache: PlaintextCache,
  cts: readonly Any[],
  plains: readonly Plain[],
): Any[] {
  const wanted = cts.map(({ scale }, i): Wanted | undefined => {
    const plain = plains[i]!;
    return code.encoding === 'slots' && isVector(plain) ? { vector: plain, scale, use: SUM } : undefined;
  });
  return inGroupsBy(
    cts.map((ct, i) => ({ ct, plain: plains[i]!, vector: wanted[i] })),
    ({ ct, vector }) => ((ct.level * 16 + ct.parts) * 2 + (ct.form === 'ntt' ? 1 : 0)) * 2 + (vector ? 1 : 0),
    (group) => {
      const list = group.map(({ ct }) => ct);
      const vectors = group.flatMap(({ vector }) => vector ?? []);
      if (vectors.length > 0) return addVectors(cache, list, vectors);
      const numbers = group.map(({ plain }) => plain);
      const scales = list.map(({ scale }) => scale);
      return constantsJob(code, list[0]!.level, numbers, scales)(list, false);
    },
  );
}

const addVectors = (cache: PlaintextCache, cts: readonly Any[], vectors: readonly Wanted[]): Any[] =>
  cache.with(cts[0]!.level, vectors, (lifted) =>
    inForm<'coefficient', Any[]>(cts, 'coefficient', (list) => addToFirst(list, handles(lifted))),
  );
