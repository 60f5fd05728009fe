// A small network on one long vector: 3 neurons of 4,096 inputs, squares, 2 outputs. The row layout leaves each neuron
// in every slot of a ciphertext of its own, which is just what the column layout takes.

import {
  keysNeeded,
  multiplyColumns,
  multiplyRows,
  packRows,
  prepareColumnMatrix,
  prepareRowMatrix,
} from 'hesper/circuits';
import type { Evaluator } from 'hesper/he';
import { bits, setup, show } from './setup.ts';

const slots = 4096;
const first = Float64Array.from({ length: 3 * slots }, (_, i) => Math.sin(i * i) / 64);
const second = Float64Array.of(1, -2, 0.5, 0.25, 1, -1);
const hidden = prepareRowMatrix(slots, { rows: 3, columns: slots, values: first });
const output = prepareColumnMatrix(slots, { rows: 2, columns: 3, values: second });
const circuit = <C>(ev: Evaluator<C>, [x]: readonly C[]): C[] => [
  multiplyColumns(ev, output, ev.squareAll(multiplyRows(ev, hidden, x!))),
];

const he = await setup({ ringDegree: 2 * slots, levels: 3, needs: keysNeeded(slots, 1, circuit) });
const x = Float64Array.from({ length: slots }, (_, j) => Math.cos(j));
const [y] = he.run([packRows(slots, hidden, x)], circuit);

const neuron = (i: number) => x.reduce((sum, v, j) => sum + v * first[i * slots + j]!, 0) ** 2;
const exact = Float64Array.of(0, 3).map((i) => [0, 1, 2].reduce((sum, j) => sum + second[i + j]! * neuron(j), 0));
console.log(`rows, then columns: ${show(y!, 2)}, ${bits(exact, y!)} bits`);
he.dispose();
