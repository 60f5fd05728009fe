import type { Evaluator } from '../src/evaluator/evaluator.ts';
import { createRandom } from '../src/evaluator/random.ts';
import { linearRows } from '../src/evaluator/rows.ts';

/** A circuit on integers, for any interpreter. */
export type Exactly = <C>(ev: Evaluator<C>, cts: readonly C[]) => C[];

const random = createRandom(4);
const integer = (most: number): number => Math.round((2 * random.uniform() - 1) * most);
const rows = (outputs: number, inputs: number, most: number) =>
  linearRows(
    Array.from({ length: outputs }, () => Array.from({ length: inputs }, () => integer(most))),
    inputs,
    2,
  );
const [first, second, third] = [rows(4, 3, 9), rows(3, 4, 5), rows(2, 3, 3)];

/** Two activations between three linear layers; how the parts and the modulus are kept small differs. */
const network =
  (settle: <C>(ev: Evaluator<C>, cts: readonly C[], depth: number) => readonly C[]): Exactly =>
  (ev, xs) => {
    let cts = ev.addPlain(ev.linear(xs, first), [1, -3, 2.5, 0]);
    cts = [...settle(ev, ev.squareAll(cts, undefined), 1)];
    cts = ev.addPlain(ev.linear(cts, second), [2, 0.125, -4]);
    cts = [...settle(ev, ev.squareAll(cts, undefined), 2)];
    return ev.linear(cts, third);
  };

/** On three ciphertexts of integers of at most 15, at scale 1; of both encodings. */
export const exactCircuits: readonly [string, Exactly][] = [
  ['never relinearised', network((_, cts) => cts)],
  ['relinearised', network((ev, cts) => ev.relinearizeAll(cts, undefined))],
  [
    'five parts, relinearised at the end',
    network((ev, cts, depth) => (depth === 2 ? ev.relinearizeAll(cts, undefined) : cts)),
  ],
  ['switched down behind every product', network((ev, cts) => ev.rescaleAll(cts, undefined))],
  ['relinearised and switched down', network((ev, cts) => ev.rescaleAll(ev.relinearizeAll(cts, undefined), undefined))],
  [
    'products of two, three and four parts, dropped to the last level but one',
    (ev, xs) => {
      const [a, b, c] = xs;
      const [d] = ev.linear(xs, linearRows([[1, 2, -1]], 3));
      const [ab, cc] = ev.multiplyPairs(
        [a!, b!, c!],
        [
          [0, 1],
          [2, 2],
        ],
      );
      const [abc] = ev.multiplyPairs([ab!, c!], [[0, 1]]);
      const [five] = ev.multiplyPairs([ab!, cc!], [[0, 1]]);
      const [other] = ev.multiplyPairs([abc!, d!], [[0, 1]]);
      return ev.dropLevelAll([other!, five!], 1);
    },
  ],
]; // prettier-ignore
