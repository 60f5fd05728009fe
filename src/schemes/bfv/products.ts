import { handles, makeCiphertexts } from '../../rlwe/ciphertext.ts';
import { inGroupsBy } from '../common/lists.ts';
import { checkProduct, type Pair, productKey, productShape } from '../common/products.ts';
import { type Any, inForm } from './forms.ts';
import type { IntegerCode } from './rules.ts';

/**
 * Products of pairs, in coefficient form, those of one level and numbers of parts as one kernel job; a pair of the same
 * ciphertext is a square, which costs less.
 * @throws 'level-mismatch', 'parts-mismatch', 'scale-overflow'
 */
export function multiplyPairs(code: IntegerCode, pairs: readonly Pair<'bfv', 'ntt' | 'coefficient'>[]): Any[] {
  const { context, t } = code;
  for (const pair of pairs) {
    checkProduct(code, pair);
    context.auxiliary(pair[0].level, t, fewerParts(pair));
  }
  return inForm(pairs.flat(), 'coefficient', (factors) => {
    const converted = pairs.map((_, i): Pair<'bfv', 'coefficient'> => [factors[2 * i]!, factors[2 * i + 1]!]);
    return inGroupsBy(converted, productKey, (group) => multiplyGroup(code, group));
  });
}

/** Squares of ciphertexts of one shape, in coefficient form. */
export const squares = (code: IntegerCode, cts: readonly Any[]): Any[] =>
  inForm(cts, 'coefficient', (list) =>
    multiplyGroup(
      code,
      list.map((ct) => [ct, ct]),
    ),
  );

function multiplyGroup({ context, t }: IntegerCode, group: readonly Pair<'bfv', 'coefficient'>[]): Any[] {
  const { kernel, ring } = context;
  const [a, b] = group[0]!;
  const auxiliary = context.auxiliary(a.level, t, fewerParts(group[0]!));
  return makeCiphertexts(context, group.map(productShape), (made) => {
    const [left, right] = [handles(group.map(([x]) => x)), handles(group.map(([, y]) => y))];
    kernel.multiplyScaled(ring, handles(made), left, right, context.basis(a.level), auxiliary, t, a.parts, b.parts);
  });
}

const fewerParts = ([a, b]: Pair<'bfv', 'ntt' | 'coefficient'>): number => Math.min(a.parts, b.parts);
