// 1 / x for x between 1 and 8, by Goldschmidt's iteration.

import { inverseAll, inverseSteps, keysNeeded } from 'hesper/circuits';
import type { Evaluator } from 'hesper/he';
import { bits, setup, show } from './setup.ts';

const slots = 8192;
const options = { interval: [1, 8], errorBits: 20 } as const;
const { iterations, depth } = inverseSteps(options);
const circuit = <C>(ev: Evaluator<C>, xs: readonly C[]): C[] => inverseAll(ev, xs, options);

const he = await setup({ ringDegree: 2 * slots, levels: depth, needs: keysNeeded(slots, 1, circuit) });
const x = Float64Array.from({ length: slots }, (_, t) => 1 + (7 * t) / slots);
const [y] = he.run([x], circuit);

const exact = x.map((v) => 1 / v);
console.log(`inverse: ${show(y!)} after ${iterations} iterations, ${bits(exact, y!)} bits`);
he.dispose();
