// The larger of two encrypted numbers, and which one it is, for numbers in [0, 1] that differ by 1/16 or more.
import { approximateSign, compareAll, keysNeeded, maximumAll } from 'hesper/circuits';
import type { Evaluator } from 'hesper/he';
import { bits, setup, show } from './setup.ts';

const slots = 8192;
const sign = approximateSign({ gapBits: 4, errorBits: 10 }); // a composition of two polynomials
const circuit = <C>(ev: Evaluator<C>, [a, b]: readonly C[]): C[] => [
  ...maximumAll(ev, sign, [a!], [b!]),
  ...compareAll(ev, sign, [a!], [b!]),
];

const he = await setup({ ringDegree: 2 * slots, levels: sign.depth + 1, needs: keysNeeded(slots, 2, circuit) });
const a = Float64Array.from({ length: slots }, (_, t) => (t % 16) / 16);
const b = Float64Array.from(
  { length: slots },
  (_, t) => ((5 * t + 2) % 16) / 16 + (t % 16 === (5 * t + 2) % 16 ? 1 / 8 : 0),
);
const [larger, isFirst] = he.run([a, b], circuit);

const exact = a.map((v, t) => Math.max(v, b[t]!));
const answers = a.map((v, t) => (v > b[t]! ? 1 : 0));
console.log(`maximum: ${show(larger!)}, ${bits(exact, larger!)} bits; comparison: ${bits(answers, isFirst!)} bits`);
he.dispose();
