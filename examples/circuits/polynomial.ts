// The logistic function 1 / (1 + exp(-x)) on [-8, 8], as a Chebyshev series of degree 31: five levels, and one to bring
// the interval to [-1, 1].
import { chebyshevFit, evaluatePolynomial, keysNeeded, seriesValue } from 'hesper/circuits';
import type { Evaluator } from 'hesper/he';
import { bits, setup, show } from './setup.ts';

const slots = 8192;
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const series = chebyshevFit(sigmoid, 31, [-8, 8]);
const circuit = <C>(ev: Evaluator<C>, xs: readonly C[]): C[] => evaluatePolynomial(ev, series, xs);

const he = await setup({ ringDegree: 2 * slots, levels: 6, needs: keysNeeded(slots, 1, circuit) });
const x = Float64Array.from({ length: slots }, (_, t) => 8 * Math.sin(t));
const [y] = he.run([x], circuit);

const exact = x.map((v) => seriesValue(series, v)); // what encryption adds to the error
console.log(
  `logistic function: ${show(y!)}, ${bits(exact, y!)} bits, ${bits(x.map(sigmoid), y!)} with the fit's error`,
);
he.dispose();
