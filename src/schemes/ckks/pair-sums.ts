import type { LinearRows } from '../../evaluator/verbs.ts';
import { fill } from '../../rlwe/buffers.ts';
import type { Ciphertext } from '../../rlwe/ciphertext.ts';
import type { Context } from '../../rlwe/context.ts';
import { addPairs, type Pair } from './arithmetic.ts';

interface PairSum {
  readonly verb: 'add' | 'subtract';
  readonly left: number;
  readonly right: number;
}

const known = new WeakMap<LinearRows, readonly PairSum[] | null>();

/** Rows that are all a + b or a - b, for which no weights need to be packed; null for others. Looked at once. */
export function pairSumsOf(rows: LinearRows): readonly PairSum[] | null {
  const found = known.get(rows);
  if (found !== undefined) return found;
  const sums = Array.from({ length: rows.outputs }, (_, r) => pairSum(rows, rows.rowStart[r]!, rows.rowStart[r + 1]!));
  const all = sums.every((sum) => sum !== null) ? sums : null;
  known.set(rows, all);
  return all;
}

function pairSum({ inputs, columns, values }: LinearRows, start: number, end: number): PairSum | null {
  const [a, b] = [columns[start]!, columns[start + 1]!];
  if (end - start !== 2 || !(a >= 0 && a < inputs && b >= 0 && b < inputs)) return null;
  const signs = `${values[start]} ${values[start + 1]}`;
  if (signs === '1 1') return { verb: 'add', left: a, right: b };
  if (signs === '1 -1') return { verb: 'subtract', left: a, right: b };
  return signs === '-1 1' ? { verb: 'subtract', left: b, right: a } : null;
}

/** Ciphertexts of one level, scale and number of parts, checked before. One kernel job for sums, one for differences. */
export function runPairSums(
  context: Context,
  cts: readonly Ciphertext[],
  sums: readonly PairSum[],
  scale: number,
): Ciphertext[] {
  const out: Ciphertext[] = [];
  fill<Ciphertext>([], (made) => {
    for (const verb of ['add', 'subtract'] as const) {
      const rows = [...sums.keys()].filter((r) => sums[r]!.verb === verb);
      const pairs = rows.map((r): Pair => [cts[sums[r]!.left]!, cts[sums[r]!.right]!]);
      const results = addPairs(context, verb, pairs, scale);
      made.push(...results);
      results.forEach((result, i) => {
        out[rows[i]!] = result;
      });
    }
  });
  return out;
}
