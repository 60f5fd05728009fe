import { type Ciphertext, handles, makeCiphertexts } from '../../rlwe/ciphertext.ts';
import type { Context } from '../../rlwe/context.ts';
import { inGroupsBy } from '../common/lists.ts';
import { checkProduct, type Pair, productKey, productShape } from '../common/products.ts';
import type { Rules } from '../common/rules.ts';

/** Products of pairs, grouped by level and parts; the numbers of parts may differ within a pair. */
export function multiplyPairs(rules: Rules<'ckks'>, pairs: readonly Pair<'ckks', 'ntt'>[]): Ciphertext<'ckks'>[] {
  for (const pair of pairs) checkProduct(rules, pair);
  return inGroupsBy(pairs, productKey, (group) => multiplyGroup(rules.context, group));
}

function multiplyGroup(context: Context<'ckks'>, group: readonly Pair<'ckks', 'ntt'>[]): Ciphertext<'ckks'>[] {
  const [a, b] = group[0]!;
  return makeCiphertexts(context, group.map(productShape), (made) => {
    const [left, right] = [handles(group.map(([x]) => x)), handles(group.map(([, y]) => y))];
    context.kernel.multiplyParts(context.ring, handles(made), left, right, context.basis(a.level), a.parts, b.parts);
  });
}

/** Ciphertexts of one level and number of parts to the level below; adds rounding noise of variance 1/12 a part. */
export function rescale(context: Context<'ckks'>, cts: readonly Ciphertext<'ckks'>[]): Ciphertext<'ckks'>[] {
  const { level, parts } = cts[0]!;
  const prime = context.parameters.dataPrimes[level]!;
  const shapes = cts.map(({ shape, scale }) => ({ ...shape, level: level - 1, scale: scale / prime }));
  return makeCiphertexts(context, shapes, (made) => {
    context.kernel.divideByLast(context.ring, handles(made), handles(cts), context.basis(level), parts);
  });
}
