import type { Evaluator } from '../evaluator/evaluator.ts';
import { linearRows } from '../evaluator/rows.ts';

/** a + b and a - b of lists of one length, element by element. No level. */
export const addAll = <C>(ev: Evaluator<C>, a: readonly C[], b: readonly C[]): C[] => pairwise(ev, a, b, 1);
export const subtractAll = <C>(ev: Evaluator<C>, a: readonly C[], b: readonly C[]): C[] => pairwise(ev, a, b, -1);

function pairwise<C>(ev: Evaluator<C>, a: readonly C[], b: readonly C[], sign: 1 | -1): C[] {
  const rows = a.map((_, i) => a.flatMap((_, j) => (i === j ? [1, sign] : [0, 0])));
  return ev.linear(
    a.flatMap((ct, i) => [ct, b[i]!]),
    linearRows(rows, 2 * a.length),
  );
}

/** a[i] * b[i]. */
export const multiplyAll = <C>(ev: Evaluator<C>, a: readonly C[], b: readonly C[]): C[] =>
  ev.multiplyPairs(
    [...a, ...b],
    a.map((_, i) => [i, a.length + i]),
  );

/** weight * x + shift for every ciphertext; one level where the weight is no integer, else none. */
export function affine<C>(ev: Evaluator<C>, xs: readonly C[], weight: number, shift: number): C[] {
  const scaled = ev.linearPlain(xs, { inputs: xs.length, rows: xs.map((_, from) => [{ from, weight }]) });
  return shift === 0
    ? scaled
    : ev.addPlain(
        scaled,
        scaled.map(() => shift),
      );
}
