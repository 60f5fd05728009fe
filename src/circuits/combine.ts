import type { Evaluator } from '../evaluator/evaluator.ts';
import type { LinearRows } from '../evaluator/verbs.ts';

/** a + b and a - b of lists of one length, element by element. No level. */
export const addAll = <C>(ev: Evaluator<C>, a: readonly C[], b: readonly C[]): C[] => pairwise(ev, a, b, 1);
export const subtractAll = <C>(ev: Evaluator<C>, a: readonly C[], b: readonly C[]): C[] => pairwise(ev, a, b, -1);

function pairwise<C>(ev: Evaluator<C>, a: readonly C[], b: readonly C[], sign: 1 | -1): C[] {
  return ev.linear([...a, ...b], pairRows(a.length, sign));
}

/** Row i: input i plus (or minus) input count + i, over a power of two. */
export const pairRows = (count: number, sign: 1 | -1, scale = 1): LinearRows => ({
  outputs: count,
  inputs: 2 * count,
  rowStart: Int32Array.from({ length: count + 1 }, (_, i) => 2 * i),
  columns: Int32Array.from({ length: 2 * count }, (_, k) => (k >> 1) + (k % 2) * count),
  values: Int32Array.from({ length: 2 * count }, (_, k) => (k % 2 === 0 ? 1 : sign)),
  scale,
});

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
