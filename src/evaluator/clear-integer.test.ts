import { describe, expect, it } from 'vitest';
import { createClearEvaluator } from './clear.ts';
import { bigintsOf, createIntegerEvaluator, type Integers, largestInteger, numbersOf } from './clear-integer.ts';
import { createRandom } from './random.ts';
import { linearRows } from './rows.ts';
import type { LinearRows } from './verbs.ts';

const SLOTS = 6;
const random = createRandom(5);
const below = (bits: number): bigint => {
  let value = 0n;
  for (let left = bits; left > 0; left -= 20) value = (value << 20n) + BigInt(Math.floor(random.uniform() * 2 ** 20));
  return random.uniform() < 0.5 ? BigInt.asUintN(bits, value) : -BigInt.asUintN(bits, value);
};
const column = (bits: number): bigint[] => Array.from({ length: SLOTS }, () => below(bits));
const matrix = (outputs: number, inputs: number, bits: number): LinearRows =>
  linearRows(
    Array.from({ length: outputs }, () => Array.from({ length: inputs }, () => Number(below(bits)))),
    inputs,
    4,
  );

function naive(columns: readonly (readonly bigint[])[], rows: LinearRows): bigint[][] {
  return Array.from({ length: rows.outputs }, (_, r) =>
    Array.from({ length: SLOTS }, (_, j) => {
      let sum = 0n;
      for (let k = rows.rowStart[r]!; k < rows.rowStart[r + 1]!; k++)
        sum += BigInt(rows.values[k]!) * columns[rows.columns[k]!]![j]!;
      return sum;
    }),
  );
}

describe('the integer model in the clear is exact', () => {
  const ev = createIntegerEvaluator(SLOTS);
  // Bits of values and weights: one plane, products beyond 2^53, many planes, rows that have to be cut.
  it.each([
    [10, 5],
    [45, 9],
    [53, 2],
    [70, 8],
    [200, 25],
    [60, 26],
  ])('weighted sums of %i-bit values by %i-bit weights, squares and products of them', (bits, weightBits) => {
    const values = Array.from({ length: 90 }, () => column(bits));
    const rows = matrix(5, 90, weightBits);
    const cts = ev.linear(
      values.map((value) => ev.fresh(value, 8)),
      rows,
    );
    const sums = naive(values, rows);
    expect(cts.map(bigintsOf)).toEqual(sums);
    expect(ev.squareAll(cts, undefined).map(bigintsOf)).toEqual(sums.map((sum) => sum.map((x) => x * x)));
    const [pair] = ev.multiplyPairs(cts, [[1, 3]]);
    expect(bigintsOf(pair!)).toEqual(sums[1]!.map((x, j) => x * sums[3]![j]!));
    expect(pair!.scale).toBe(32 * 32);
    const largest = sums[2]!.map((x) => (x < 0n ? -x : x)).reduce((a, b) => (a > b ? a : b));
    expect(largestInteger(cts[2]!)).toBe(largest);
    numbersOf(cts[0]!).forEach((x, j) => {
      expect(Math.abs(x / (Number(sums[0]![j]!) / 32) - 1)).toBeLessThan(2 ** -50);
    });
  });

  it('cancellation brings values back below 2^53', () => {
    const big = 2n ** 90n;
    const values = [ev.fresh([big + 5n, -big, 0n], 1), ev.fresh([big, -big - 7n, 1n], 1)];
    const [out] = ev.linear(values, linearRows([[1, -1]], 2, 2));
    expect(bigintsOf(out!)).toEqual([5n, 7n, -1n, 0n, 0n, 0n]);
    expect(out!.exact.planes.length).toBe(1);
    expect(numbersOf(out!)[0]).toBe(2.5);
  });

  it('empty rows are zero', () => {
    const [out] = ev.linear([ev.fresh(column(60))], linearRows([[0]], 1));
    expect(bigintsOf(out!)).toEqual(new Array(SLOTS).fill(0n));
  });

  it('agrees with the clear evaluator on small numbers: constants, vectors, sums', () => {
    const clear = createClearEvaluator(SLOTS);
    const numbers = Array.from({ length: 3 }, () => Float64Array.from(column(9), Number));
    const cts = numbers.map((values) => ev.fresh(values, 16));
    const real = numbers.map((values) => values.map((x) => x / 16));
    const plains = [0.5, Float64Array.of(1, -2.25, 0.0625), { re: -1, im: 0 }];
    const both = (a: readonly Integers[], b: readonly Float64Array[]) => {
      a.forEach((ct, i) => {
        expect(numbersOf(ct)).toEqual(b[i]);
      });
    };
    both(ev.addPlain(cts, plains), clear.addPlain(real, plains));
    const rows = {
      inputs: 3,
      rows: [
        [
          { from: 0, weight: 0.25, scale: 4 },
          { from: 2, weight: Float64Array.of(1, 2, 3.75), scale: 4 },
        ],
        [{ from: 1, weight: -7 }],
      ],
    };
    both(ev.linearPlain(cts, rows), clear.linearPlain(real, rows));
    expect(ev.linearPlain(cts, rows).map(({ scale }) => scale)).toEqual([64, 16]);
    const program = [
      { verb: 'squareAll', argument: undefined },
      { verb: 'addPlain', argument: [1, 2, 3] },
    ] as const;
    both(ev.pointwise(cts, program), clear.pointwise(real, program));
  });

  it('rotations turn both rows, conjugation exchanges them', () => {
    const ct = ev.fresh([1n, 2n, 3n, 2n ** 80n, 5n, 6n]);
    expect(ev.rotateMany([ct], [1, -1, 3]).map(bigintsOf)).toEqual([
      [2n, 3n, 1n, 5n, 6n, 2n ** 80n],
      [3n, 1n, 2n, 6n, 2n ** 80n, 5n],
      [1n, 2n, 3n, 2n ** 80n, 5n, 6n],
    ]);
    expect(bigintsOf(ev.conjugateAll([ct], undefined)[0]!)).toEqual([2n ** 80n, 5n, 6n, 1n, 2n, 3n]);
    expect(bigintsOf(ev.rotateSum([ct, ct], [0, 1])[0]!)).toEqual([3n, 5n, 4n, 2n ** 80n + 5n, 11n, 2n ** 80n + 6n]);
    const { rescaleAll, relinearizeAll, dropLevelAll } = ev;
    expect(dropLevelAll(relinearizeAll(rescaleAll([ct], undefined), undefined), 0)).toEqual([ct]);
  });

  it('refuses what is no integer, and scales that differ', () => {
    const ct = ev.fresh([1n], 8);
    expect(() => ev.addPlain([ct], [1 / 3])).toThrowError(/addPlain: a number is not an integer at its scale/);
    expect(() => ev.addPlain([ct], [{ re: 1, im: 1 }])).toThrowError(/complex/);
    expect(() => ev.linearPlain([ct], { inputs: 1, rows: [[{ from: 0, weight: 0.5 }]] })).toThrowError(/integer/);
    expect(() => ev.linear([ct, ev.fresh([1n], 4)], linearRows([[1, 1]], 2))).toThrowError(/different scales/);
    expect(() => ev.fresh([0.5])).toThrowError(/not an integer/);
    expect(() => ev.fresh(new Float64Array(SLOTS + 1))).toThrowError(/More values than slots/);
    expect(() => createIntegerEvaluator(1).rotateMany([], [1])).toThrowError(/two rows/);
    // A third of 2^40 at scale 3 * 2^10, in doubles: an integer all the same.
    const third = 2 ** 40 / 3 / 1024;
    expect(bigintsOf(ev.addPlain([ev.fresh([0n], 3 * 1024)], [third])[0]!)[0]).toBe(2n ** 40n);
  });
});
