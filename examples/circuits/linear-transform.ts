// Any linear map of the slots, here a smoothing filter: y[t] = x[t - 1] / 4 + x[t] / 2 + x[t + 1] / 4.

import { keysNeeded, linearTransform, prepareLinearTransform } from 'hesper/circuits';
import type { Evaluator } from 'hesper/he';
import { bits, setup, show } from './setup.ts';

const slots = 4096;
const weights = (value: number) => new Float64Array(slots).fill(value);
// A matrix is given by its diagonals: diagonal k holds what slot t takes of slot t + k.
const filter = prepareLinearTransform(
  slots,
  new Map([
    [-1, weights(1 / 4)],
    [0, weights(1 / 2)],
    [1, weights(1 / 4)],
  ]),
);
const circuit = <C>(ev: Evaluator<C>, [x]: readonly C[]): C[] => [linearTransform(ev, filter, x!)];

const he = await setup({ ringDegree: 2 * slots, levels: 1, needs: keysNeeded(slots, 1, circuit) });
const x = Float64Array.from({ length: slots }, (_, t) => (t % 8 < 4 ? 1 : 0));
const [y] = he.run([x], circuit);

const at = (t: number) => x[(t + slots) % slots]!;
const exact = x.map((_, t) => at(t - 1) / 4 + at(t) / 2 + at(t + 1) / 4);
console.log(`linear transform: ${show(y!)}, ${bits(exact, y!)} bits`);
he.dispose();
