import { isVector } from '../../evaluator/plain.ts';
import type { Complex, Plain } from '../../evaluator/verbs.ts';
import { type Ciphertext, handles, makeCiphertexts } from '../../rlwe/ciphertext.ts';
import type { Context } from '../../rlwe/context.ts';
import { addToFirst } from '../common/add-to-first.ts';
import { inGroupsBy } from '../common/lists.ts';
import type { PlaintextCache } from '../common/plaintext-cache.ts';
import { scalarResidues } from './scalar.ts';

/**
 * One plaintext for each ciphertext, at its level and scale; ciphertexts of one level and number of parts are one
 * kernel job (constants) or a few (vectors). Arguments were checked.
 * @throws 'scale-overflow'
 */
export function addPlain(
  context: Context<'ckks'>,
  cache: PlaintextCache,
  cts: readonly Ciphertext<'ckks'>[],
  plains: readonly Plain[],
): Ciphertext<'ckks'>[] {
  const items = cts.map((ct, i) => ({ ct, plain: plains[i]! }));
  return inGroupsBy(
    items,
    ({ ct, plain }) => (ct.level * 16 + ct.parts) * 2 + (isVector(plain) ? 1 : 0),
    (group) => {
      const list = group.map(({ ct }) => ct);
      const { level } = list[0]!;
      const vectors = group.flatMap(({ ct, plain }) => (isVector(plain) ? [{ vector: plain, scale: ct.scale }] : []));
      if (vectors.length > 0) return cache.with(level, vectors, (encoded) => addToFirst(list, handles(encoded)));
      return addConstants(
        context,
        list,
        group.map(({ plain }) => plain as number | Complex),
      );
    },
  );
}

function addConstants(
  context: Context<'ckks'>,
  cts: readonly Ciphertext<'ckks'>[],
  values: readonly (number | Complex)[],
): Ciphertext<'ckks'>[] {
  const { level, parts } = cts[0]!;
  const scalars = values.flatMap((value, i) => scalarResidues(context, level, value, cts[i]!.scale));
  return makeCiphertexts(
    context,
    cts.map(({ shape }) => shape),
    (made) => {
      const { kernel, ring } = context;
      kernel.addScalars(ring, handles(made), handles(cts), Float64Array.from(scalars), context.basis(level), parts);
    },
  );
}
