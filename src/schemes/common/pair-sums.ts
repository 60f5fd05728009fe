import { checkLinear } from '../../evaluator/check.ts';
import type { LinearRows } from '../../evaluator/verbs.ts';
import { type Ciphertext, type Form, handles, makeCiphertexts, repeat } from '../../rlwe/ciphertext.ts';
import type { Context } from '../../rlwe/context.ts';
import type { Scheme } from '../../rlwe/parameters.ts';
import { requireAlike, requireEqualScales } from './checks.ts';
import type { Rules } from './rules.ts';

/** Rows that are sums, or differences, of two: row rows[i] is ciphertext left[i] and (or less) right[i]. */
interface PairSums {
  readonly verb: 'add' | 'subtract';
  readonly rows: readonly number[];
  readonly left: readonly number[];
  readonly right: readonly number[];
}

const known = new WeakMap<LinearRows, readonly PairSums[] | null>();

/** Rows that are all a + b or a - b, for which no weights need to be packed; null for others. Looked at once. */
export function pairSumsOf(rows: LinearRows): readonly PairSums[] | null {
  const found = known.get(rows);
  if (found !== undefined) return found;
  const made = groupsOf(rows);
  known.set(rows, made);
  return made;
}

function groupsOf(rows: LinearRows): PairSums[] | null {
  const groups = (['add', 'subtract'] as const).map((verb) => ({
    verb,
    rows: [] as number[],
    left: [] as number[],
    right: [] as number[],
  }));
  for (let row = 0; row < rows.outputs; row++) {
    const sum = pairSum(rows, rows.rowStart[row]!, rows.rowStart[row + 1]!);
    if (sum === null) return null;
    const group = groups[sum.subtract ? 1 : 0]!;
    group.rows.push(row);
    group.left.push(sum.left);
    group.right.push(sum.right);
  }
  return groups.filter((group) => group.rows.length > 0);
}

function pairSum({ inputs, columns, values }: LinearRows, start: number, end: number) {
  const [a, b] = [columns[start]!, columns[start + 1]!];
  if (end - start !== 2 || !(a >= 0 && a < inputs && b >= 0 && b < inputs)) return null;
  const signs = `${values[start]} ${values[start + 1]}`;
  if (signs === '1 1') return { subtract: false, left: a, right: b };
  if (signs === '1 -1') return { subtract: true, left: a, right: b };
  return signs === '-1 1' ? { subtract: true, left: b, right: a } : null;
}

/**
 * `linear` where all rows are sums or differences of two, which needs no weights; undefined for other rows.
 * @throws 'shape-mismatch', 'level-mismatch', 'parts-mismatch', 'scale-mismatch', 'scale-overflow'
 */
export function linearPairSums<S extends Scheme, F extends Form>(
  rules: Rules<S>,
  cts: readonly Ciphertext<S, F>[],
  rows: LinearRows,
): Ciphertext<S, F>[] | undefined {
  const sums = pairSumsOf(rows);
  if (sums === null || cts.length === 0) return undefined;
  checkLinear(cts.length, rows);
  requireAlike('linear', cts);
  requireEqualScales(
    'linear',
    cts.map((ct) => ct.scale),
  );
  const scale = cts[0]!.scale * rows.scale;
  rules.requireFits(cts[0]!.level, scale);
  return runPairSums(rules.context, cts, sums, scale);
}

/** Ciphertexts of one shape and scale, checked before. One kernel job for sums, one for differences. */
function runPairSums<S extends Scheme, F extends Form>(
  context: Context<S>,
  cts: readonly Ciphertext<S, F>[],
  groups: readonly PairSums[],
  scale: number,
): Ciphertext<S, F>[] {
  const { level, parts, shape } = cts[0]!;
  const count = groups.reduce((sum, { rows }) => sum + rows.length, 0);
  const basis = context.basis(level);
  return makeCiphertexts(context, repeat(count, { ...shape, scale }), (made) => {
    for (const { verb, rows, left, right } of groups) {
      const [out, a, b] = [pick(made, rows), pick(cts, left), pick(cts, right)];
      context.kernel[verb](context.ring, out, a, b, basis, parts, parts);
    }
  });
}

const pick = (cts: readonly Ciphertext[], indices: readonly number[]): Int32Array =>
  handles(indices.map((i) => cts[i]!));
