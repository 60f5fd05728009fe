import { chebyshevFit } from '../src/circuits/approximate/chebyshev.ts';
import { broadcastSlots } from '../src/circuits/broadcast.ts';
import { approximateSign, compareAll, maximumAll, signAll } from '../src/circuits/compare.ts';
import { imaginaryPart, packComplex, realPart } from '../src/circuits/complex.ts';
import { innerSum, replicate } from '../src/circuits/inner-sum.ts';
import { inverseAll } from '../src/circuits/inverse.ts';
import { diagonalsOf, linearTransform, prepareLinearTransform } from '../src/circuits/linear-transform.ts';
import {
  multiplyColumns,
  multiplyDense,
  multiplyRows,
  prepareColumnMatrix,
  prepareDenseMatrix,
  prepareRowMatrix,
} from '../src/circuits/matrix-vector.ts';
import { evaluatePolynomial } from '../src/circuits/polynomial.ts';
import type { Evaluator } from '../src/evaluator/evaluator.ts';
import { createRandom } from '../src/evaluator/random.ts';

/** A circuit with the values that it is meant for. */
export interface Circuit {
  readonly name: string;
  readonly inputs: number;
  /** Values of the slots: [from, to]. */
  readonly interval: readonly [number, number];
  /** Complex inputs. */
  readonly complex?: boolean;
  /** All values stay real. */
  readonly real: boolean;
  /** Sums over all slots: their noise is one number for all, so that a run or two say little of its average. */
  readonly collapsed?: boolean;
  /** The bounds of messages that the tracer finds by itself are good enough. */
  readonly tame?: boolean;
  readonly run: <C>(ev: Evaluator<C>, xs: readonly C[]) => C[];
}

export function circuits(slots: number): Circuit[] {
  const random = createRandom(9);
  const matrix = (rows: number, columns: number) => ({
    rows,
    columns,
    values: Float64Array.from({ length: rows * columns }, () => 2 * random.uniform() - 1),
  });
  const unit = [-1, 1] as const;
  // All diagonals where there are few slots, a corner of the matrix else.
  const edge = Math.min(slots, 512);
  const transform = prepareLinearTransform(slots, diagonalsOf(slots, matrix(edge, edge)), { width: 16 });
  const band = prepareLinearTransform(slots, new Map([-2, 0, 1, 7].map((k) => [k, matrix(1, slots).values])));
  const dense = prepareDenseMatrix(slots, matrix(32, 64));
  const rows = prepareRowMatrix(slots, matrix(20, 30));
  const columns = prepareColumnMatrix(slots, matrix(slots, 3));
  const exp = chebyshevFit(Math.exp, 15, [-2, 2]);
  const sine = chebyshevFit((x) => Math.sin(4 * x), 23, unit);
  const powers = { basis: 'monomial', coefficients: [0.5, -1, 0, 0.25, 1, -0.5] } as const;
  const sign = approximateSign({ gapBits: 3, errorBits: 10, maxDegree: 7 });
  const linear = (name: string, run: Circuit['run'], inputs = 1): Circuit => ({
    name,
    inputs,
    interval: unit,
    tame: true,
    real: true,
    run,
  });
  const real = (name: string, interval: Circuit['interval'], inputs: number, run: Circuit['run']): Circuit => ({
    name,
    inputs,
    interval,
    real: true,
    run,
  });
  return [
    linear('linear transform, dense', (ev, [x]) => [linearTransform(ev, transform, x!)]),
    linear('linear transform, four diagonals', (ev, [x]) => [linearTransform(ev, band, x!)]),
    linear('matrix times vector, dense', (ev, [x]) => [multiplyDense(ev, dense, x!)]),
    linear('matrix times vector, by rows', (ev, [x]) => multiplyRows(ev, rows, x!)),
    linear('matrix times vector, by columns', (ev, xs) => [multiplyColumns(ev, columns, xs)], 3),
    linear('inner sum', (ev, xs) => innerSum(ev, xs, { count: 24, stride: 2 })),
    linear('replication', (ev, xs) => replicate(ev, xs, { count: 7 })),
    { ...linear('broadcast', (ev, [x]) => broadcastSlots(ev, x!, [0, 5])), collapsed: true },
    { ...linear('real part', (ev, xs) => realPart(ev, xs)), complex: true, real: false },
    { ...linear('imaginary part', (ev, xs) => imaginaryPart(ev, xs)), complex: true, real: false },
    { ...linear('complex packing', (ev, [a, b]) => packComplex(ev, [a!], [b!]), 2), real: false },
    real('exp, degree 15', [-2, 2], 2, (ev, xs) => evaluatePolynomial(ev, exp, xs)),
    real('sine, degree 23', unit, 1, (ev, xs) => evaluatePolynomial(ev, sine, xs)),
    real('monomials, degree 5', unit, 1, (ev, xs) => evaluatePolynomial(ev, powers, xs)),
    real('inverse', [0.5, 2], 1, (ev, xs) => inverseAll(ev, xs, { interval: [0.5, 2] })),
    real('sign', unit, 1, (ev, xs) => signAll(ev, sign, xs)),
    real('comparison', [0, 1], 2, (ev, [a, b]) => compareAll(ev, sign, [a!], [b!])),
    real('maximum', [0, 1], 2, (ev, [a, b]) => maximumAll(ev, sign, [a!], [b!])),
  ];
}
