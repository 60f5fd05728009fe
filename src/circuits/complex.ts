import type { Evaluator } from '../evaluator/evaluator.ts';
import { pairRows } from './combine.ts';

/** Weights of one half or i / 2 are integers over a scale of 2: exact, and no level. */
const HALF = 2;

/**
 * (z + conj z) / 2 of every slot. Levels: none; the scale doubles. Keys: conjugation. Cost: one key switch each.
 */
export const realPart = <C>(ev: Evaluator<C>, zs: readonly C[]): C[] => parts(ev, zs).real();

/** (z - conj z) / 2i, likewise. */
export const imaginaryPart = <C>(ev: Evaluator<C>, zs: readonly C[]): C[] => parts(ev, zs).imaginary();

/** Both parts for the price of one conjugation: [real parts, imaginary parts]. */
export function unpackComplex<C>(ev: Evaluator<C>, zs: readonly C[]): [C[], C[]] {
  const { real, imaginary } = parts(ev, zs);
  return [real(), imaginary()];
}

/**
 * a[i] + i b[i]: twice the data in one ciphertext, where what follows is linear over the reals. Levels, keys: none.
 */
export function packComplex<C>(ev: Evaluator<C>, a: readonly C[], b: readonly C[]): C[] {
  return ev.linearPlain([...a, ...b], {
    inputs: 2 * a.length,
    scale: 1,
    rows: a.map((_, i) => [
      { from: i, weight: 1 },
      { from: a.length + i, weight: { re: 0, im: 1 } },
    ]),
  });
}

function parts<C>(ev: Evaluator<C>, zs: readonly C[]): { real: () => C[]; imaginary: () => C[] } {
  const both = [...zs, ...ev.conjugateAll(zs, undefined)];
  const count = zs.length;
  const quotient = (i: number, im: number) => ({ from: i, weight: { re: 0, im } });
  return {
    real: () => ev.linear(both, pairRows(count, 1, HALF)),
    imaginary: () =>
      ev.linearPlain(both, {
        inputs: 2 * count,
        scale: HALF,
        rows: zs.map((_, i) => [quotient(i, -1 / HALF), quotient(count + i, 1 / HALF)]),
      }),
  };
}
