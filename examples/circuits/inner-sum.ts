// The variance of 4,096 encrypted numbers: the mean of the squares less the square of the mean. Every slot gets it.

import { innerSum, keysNeeded } from 'hesper/circuits';
import type { Evaluator } from 'hesper/he';
import { bits, setup, show } from './setup.ts';

const slots = 4096;
const total = { count: slots }; // 12 rotations and additions
const part = { inputs: 1, rows: [[{ from: 0, weight: 1 / slots }]] };
const circuit = <C>(ev: Evaluator<C>, xs: readonly C[]): C[] => {
  const mean = ev.linearPlain(innerSum(ev, xs, total), part);
  const meanSquare = ev.linearPlain(innerSum(ev, ev.squareAll(xs), total), part);
  const terms = [
    { from: 0, weight: 1 },
    { from: 1, weight: -1 },
  ];
  return ev.linearPlain([meanSquare[0]!, ev.squareAll(mean)[0]!], { inputs: 2, rows: [terms] });
};

const he = await setup({ ringDegree: 2 * slots, levels: 2, needs: keysNeeded(slots, 1, circuit) });
const x = Float64Array.from({ length: slots }, (_, t) => Math.sin(t) + 0.5);
const [variance] = he.run([x], circuit);

const mean = x.reduce((sum, v) => sum + v / slots, 0);
const exact = new Float64Array(slots).fill(x.reduce((sum, v) => sum + (v - mean) ** 2 / slots, 0));
console.log(`variance: ${show(variance!, 1)}, ${bits(exact, variance!)} bits`);
he.dispose();
