// A matrix of the server times a vector of the client: 64 x 512, spread over all 4,096 slots of one ciphertext.

import { keysNeeded, multiplyDense, packDense, prepareDenseMatrix } from 'hesper/circuits';
import type { Evaluator } from 'hesper/he';
import { bits, setup, show } from './setup.ts';

const slots = 4096;
const [rows, columns] = [64, 512];
const values = Float64Array.from({ length: rows * columns }, (_, i) => Math.sin(i * i) / 8);
const matrix = prepareDenseMatrix(slots, { rows, columns, values });
const circuit = <C>(ev: Evaluator<C>, [x]: readonly C[]): C[] => [multiplyDense(ev, matrix, x!)];

const he = await setup({ ringDegree: 2 * slots, levels: 1, needs: keysNeeded(slots, 1, circuit) });
const x = Float64Array.from({ length: columns }, (_, j) => Math.cos(j));
const [y] = he.run([packDense(matrix, x)], circuit); // y[0], y[1], ... in the first 64 slots

const exact = Float64Array.from({ length: rows }, (_, i) =>
  x.reduce((sum, v, j) => sum + v * values[i * columns + j]!, 0),
);
console.log(`matrix times vector: ${show(y!)}, ${bits(exact, y!)} bits`);
he.dispose();
