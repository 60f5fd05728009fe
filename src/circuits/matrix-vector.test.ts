import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createClearEvaluator } from '../evaluator/clear.ts';
import { managedPairs } from './managed-pairs.conformance.ts';
import {
  type Matrix,
  multiplyColumns,
  multiplyDense,
  multiplyRows,
  packDense,
  packRows,
  prepareColumnMatrix,
  prepareDenseMatrix,
  prepareRowMatrix,
} from './matrix-vector.ts';
import { keysNeeded } from './rotations.ts';

const slots = 32;
const ev = createClearEvaluator(slots);
const problem: fc.Arbitrary<{ matrix: Matrix; x: number[] }> = fc
  .record({ rows: fc.integer({ min: 1, max: slots }), columns: fc.integer({ min: 1, max: slots }), seed: fc.nat(1000) })
  .map(({ rows, columns, seed }) => ({
    matrix: { rows, columns, values: Array.from({ length: rows * columns }, (_, i) => Math.sin(seed + i * i)) },
    x: Array.from({ length: columns }, (_, j) => Math.cos(seed * j)),
  }));
const naive = ({ rows, columns, values }: Matrix, x: readonly number[]): number[] =>
  Array.from({ length: rows }, (_, i) => x.reduce((sum, v, j) => sum + v * values[i * columns + j]!, 0));

describe('matrix times vector', () => {
  it('dense layout: the naive product, repeated in every block', () => {
    fc.assert(
      fc.property(problem, ({ matrix, x }) => {
        const dense = prepareDenseMatrix(slots, matrix);
        const y = multiplyDense(ev, dense, packDense(dense, x));
        const wanted = naive(matrix, x);
        for (let t = 0; t < slots; t++) expect(y[t]).toBeCloseTo(wanted[t % dense.stride] ?? 0, 9);
      }),
    );
  });

  it('dense layout: as few diagonals as fill the slots, and exactly the rotations that it names', () => {
    fc.assert(
      fc.property(problem, ({ matrix }) => {
        const dense = prepareDenseMatrix(slots, matrix);
        const padded = (size: number): number => 2 ** Math.ceil(Math.log2(size));
        const diagonals = dense.transform.plaintexts.rows.flat().length;
        expect(diagonals).toBe(Math.max(1, (padded(matrix.rows) * padded(matrix.columns)) / slots));
        const needs = keysNeeded(slots, 1, (e, [x]) => [multiplyDense(e, dense, x!)]);
        expect(needs.rotations).toEqual(dense.rotations);
      }),
    );
  });

  it('1,024 x 1,024 on 4,096 slots: 256 plaintexts, 32 rotations', () => {
    const values = Float64Array.from({ length: 1024 * 1024 }, (_, i) => ((i * 7919) % 17) - 8);
    const dense = prepareDenseMatrix(4096, { rows: 1024, columns: 1024, values });
    expect(dense.transform.plaintexts.rows.flat().length).toBe(256);
    expect(dense.rotations.length).toBe(32);
    const x = Float64Array.from({ length: 1024 }, (_, j) => (j % 5) - 2);
    const y = multiplyDense(createClearEvaluator(4096), dense, packDense(dense, x));
    for (const i of [0, 1, 511, 1023]) {
      const row = values.subarray(1024 * i, 1024 * (i + 1));
      expect(y[i + 2048]).toBeCloseTo(
        row.reduce((sum, w, j) => sum + w * x[j]!, 0),
        6,
      );
    }
  });

  it('row layout, then column layout', () => {
    fc.assert(
      fc.property(problem, ({ matrix, x }) => {
        const prepared = prepareRowMatrix(slots, matrix);
        const out = multiplyRows(ev, prepared, packRows(slots, prepared, x));
        naive(matrix, x).forEach((wanted, i) => {
          const slot = (i % prepared.perPlaintext) * prepared.width;
          expect(out[Math.floor(i / prepared.perPlaintext)]![slot]).toBeCloseTo(wanted, 9);
        });
        expect(out.length).toBe(Math.ceil(matrix.rows / prepared.perPlaintext));
        expect(keysNeeded(slots, 1, (e, [v]) => multiplyRows(e, prepared, v!)).rotations).toEqual(prepared.rotations);
      }),
    );
    fc.assert(
      fc.property(problem, ({ matrix, x }) => {
        const xs = x.map((v) => new Float64Array(slots).fill(v));
        const y = multiplyColumns(ev, prepareColumnMatrix(slots, matrix), xs);
        const wanted = naive(matrix, x);
        for (let t = 0; t < slots; t++) expect(y[t]).toBeCloseTo(wanted[t] ?? 0, 9);
      }),
    );
  });

  it('each layout takes one level', () => {
    const { ev: managed, fresh, level } = managedPairs({ slots, levels: 2 });
    const matrix: Matrix = { rows: 8, columns: 8, values: Array.from({ length: 64 }, (_, i) => Math.sin(i)) };
    const x = Array.from({ length: 8 }, (_, i) => i / 8);
    const dense = prepareDenseMatrix(slots, matrix);
    const rows = prepareRowMatrix(slots, matrix);
    const outs = managed.settle([
      multiplyDense(managed, dense, fresh(packDense(dense, x))),
      ...multiplyRows(managed, rows, fresh(packRows(slots, rows, x))),
      multiplyColumns(
        managed,
        prepareColumnMatrix(slots, matrix),
        x.map((v) => fresh(new Float64Array(slots).fill(v))),
      ),
    ]);
    expect(new Set(outs.map((out) => out.level))).toEqual(new Set([level - 1]));
    expect(outs[0]!.values[3]).toBeCloseTo(naive(matrix, x)[3]!, 9);
  });

  it('refuses what does not fit', () => {
    const shape = expect.objectContaining({ code: 'shape-mismatch' });
    expect(() => prepareDenseMatrix(slots, { rows: 33, columns: 1, values: new Float64Array(33) })).toThrowError(shape);
    expect(() => prepareRowMatrix(slots, { rows: 2, columns: 2, values: [1, 2, 3] })).toThrowError(shape);
    const dense = prepareDenseMatrix(slots, { rows: 2, columns: 2, values: [1, 2, 3, 4] });
    expect(() => packDense(dense, [1])).toThrowError(shape);
    expect(() => packRows(slots, prepareRowMatrix(slots, { rows: 1, columns: 2, values: [1, 2] }), [1])).toThrowError(
      shape,
    );
  });
});
