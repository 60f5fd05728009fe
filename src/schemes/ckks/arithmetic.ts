import { HesperError } from '../../errors.ts';
import { type Ciphertext, handles, makeCiphertexts } from '../../rlwe/ciphertext.ts';
import type { Context } from '../../rlwe/context.ts';
import { requireFits, requirePartsFit } from './checks.ts';
import { inGroupsBy } from './lists.ts';

type Pair = readonly [Ciphertext, Ciphertext];

/** Products of pairs, grouped by level and parts; the numbers of parts may differ within a pair. */
export function multiplyPairs(context: Context, pairs: readonly Pair[]): Ciphertext[] {
  for (const [a, b] of pairs) checkPair(context, a, b);
  return inGroupsBy(
    pairs,
    ([a, b]) => (a.level * 16 + a.parts) * 16 + b.parts,
    (group) => multiplyGroup(context, group),
  );
}

function multiplyGroup(context: Context, group: readonly Pair[]): Ciphertext[] {
  const [a, b] = group[0]!;
  const shapes = group.map(([x, y]) => ({
    level: x.level,
    parts: x.parts + y.parts - 1,
    scale: x.scale * y.scale,
    form: 'ntt' as const,
  }));
  return makeCiphertexts(context, shapes, (made) => {
    const [left, right] = [handles(group.map(([x]) => x)), handles(group.map(([, y]) => y))];
    context.kernel.multiplyParts(context.ring, handles(made), left, right, context.basis(a.level), a.parts, b.parts);
  });
}

function checkPair(context: Context, a: Ciphertext, b: Ciphertext): void {
  if (a.level !== b.level) {
    throw new HesperError('level-mismatch', 'multiplyPairs: the factors are at different levels', {
      met: b.level,
      wanted: a.level,
      remedy: 'Drop both to the lower level',
    });
  }
  requirePartsFit(a.parts + b.parts - 1);
  requireFits(context, a.level, a.scale * b.scale);
}

/** Ciphertexts of one level and number of parts to the level below; adds rounding noise of variance 1/12 a part. */
export function rescale(context: Context, cts: readonly Ciphertext[]): Ciphertext[] {
  const { level, parts } = cts[0]!;
  const prime = context.parameters.dataPrimes[level]!;
  const shapes = cts.map(({ scale }) => ({ level: level - 1, parts, scale: scale / prime, form: 'ntt' as const }));
  return makeCiphertexts(context, shapes, (made) => {
    context.kernel.divideByLast(context.ring, handles(made), handles(cts), context.basis(level), parts);
  });
}
