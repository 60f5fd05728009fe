import { HesperError } from '../errors.ts';
import type { Evaluator } from '../evaluator/evaluator.ts';
import type { LinearRows } from '../evaluator/verbs.ts';

/** As many ciphertexts as there are in T, tuples included. */
type Each<T extends readonly unknown[], C> = { -readonly [K in keyof T]: C };

/**
 * a[i] + b[i], for lists of one length; no level. One job. Levels, scales and numbers of parts have to be equal, unless the evaluator
 * is a managed one.
 * @throws 'shape-mismatch', and what `linear` of the evaluator throws
 */
export const addAll = <C, const T extends readonly C[]>(ev: Evaluator<C>, a: T, b: readonly C[]): Each<T, C> =>
  pairwise(ev, a, b, 1);

/** a[i] - b[i], as `addAll`. */
export const subtractAll = <C, const T extends readonly C[]>(ev: Evaluator<C>, a: T, b: readonly C[]): Each<T, C> =>
  pairwise(ev, a, b, -1);

function pairwise<C, T extends readonly C[]>(ev: Evaluator<C>, a: T, b: readonly C[], sign: 1 | -1): Each<T, C> {
  requireOneLength(a, b);
  return ev.linear([...a, ...b], pairRows(a.length, sign)) as Each<T, C>;
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

/**
 * a[i] * b[i], slot by slot, for lists of one length; one job. Products of two parts have three: relinearise and (under
 * CKKS) rescale them before the next product, or use a managed evaluator.
 * @throws 'shape-mismatch', and what `multiplyPairs` of the evaluator throws
 */
export function multiplyAll<C, const T extends readonly C[]>(ev: Evaluator<C>, a: T, b: readonly C[]): Each<T, C> {
  requireOneLength(a, b);
  const pairs = a.map((_, i) => [i, a.length + i] as const);
  return ev.multiplyPairs([...a, ...b], pairs) as Each<T, C>;
}

function requireOneLength(a: readonly unknown[], b: readonly unknown[]): void {
  if (a.length === b.length) return;
  throw new HesperError('shape-mismatch', 'element by element needs lists of one length', {
    met: b.length,
    wanted: a.length,
    remedy: 'Give as many ciphertexts on the right as on the left',
  });
}

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
