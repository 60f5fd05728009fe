import { describe, expect, it } from 'vitest';
import { bigintsOf, createIntegerEvaluator } from './clear-integer.ts';
import type { Evaluator } from './evaluator.ts';
import { nonAdjacentForm } from './integers.ts';
import { createIntervalEvaluator, magnitudeOf } from './interval.ts';
import {
  type CoefficientInterval,
  coefficientBound,
  createCoefficientIntervalEvaluator,
  degreeOf,
} from './interval-coefficients.ts';
import { createRandom } from './random.ts';
import { linearRows } from './rows.ts';

const random = createRandom(8);
const integer = (lo: number, hi: number): number => Math.floor(lo + random.uniform() * (hi - lo + 1));
const rows = (outputs: number, inputs: number, most: number) =>
  linearRows(
    Array.from({ length: outputs }, () => Array.from({ length: inputs }, () => integer(-most, most))),
    inputs,
    2,
  );

/** Two squares between three linear layers, with constants and a product. */
function network(inputs: number) {
  const [first, second, third] = [rows(4, inputs, 9), rows(3, 4, 5), rows(3, 3, 3)];
  return <C>(ev: Evaluator<C>, xs: readonly C[]): C[] => {
    const hidden = ev.squareAll(ev.addPlain(ev.linear(xs, first), [1, -3, 2.5, 0]), undefined);
    const sums = ev.linear(ev.rescaleAll(hidden, undefined), second);
    return ev.linear(
      ev.multiplyPairs(sums, [
        [0, 0],
        [0, 1],
        [2, 2],
      ]),
      third,
    ); // prettier-ignore
  };
}

describe('intervals of integers', () => {
  const ev = createIntervalEvaluator(4);
  it('weighted sums reach both ends, squares are not negative', () => {
    const xs = [ev.fresh(-2, 3), ev.fresh(0, 10)];
    const [y] = ev.linear(xs, linearRows([[3, -1]], 2, 4));
    expect(y).toEqual({ lo: -16n, hi: 9n, scale: 4 });
    expect(ev.squareAll([y!, ev.fresh(-5, -2), ev.fresh(2, 3)], undefined)).toEqual([
      { lo: 0n, hi: 256n, scale: 16 },
      { lo: 4n, hi: 25n, scale: 1 },
      { lo: 4n, hi: 9n, scale: 1 },
    ]);
    expect(magnitudeOf(y!)).toBe(16n);
  });

  it('vectors count with the zeros that fill them up', () => {
    const x = ev.fresh(1, 2);
    const weighed = (weight: Float64Array) => ev.linearPlain([x], { inputs: 1, rows: [[{ from: 0, weight }]] })[0]!;
    expect(weighed(Float64Array.of(3, -4))).toEqual({ lo: -8n, hi: 6n, scale: 1 });
    expect(weighed(Float64Array.of(3, 4, 5, 6))).toEqual({ lo: 3n, hi: 12n, scale: 1 });
    expect(ev.addPlain([x], [Float64Array.of(5)])[0]).toEqual({ lo: 1n, hi: 7n, scale: 1 });
    expect(ev.rotateSum([x, x], [0, 1])[0]).toEqual({ lo: 2n, hi: 4n, scale: 1 });
  });

  it('no input leaves them', () => {
    const circuit = network(5);
    const out = circuit(
      ev,
      Array.from({ length: 5 }, () => ev.fresh(-20, 15, 4)),
    );
    const clear = createIntegerEvaluator(300);
    const values = () => Float64Array.from({ length: 300 }, () => integer(-20, 15));
    const met = circuit(
      clear,
      Array.from({ length: 5 }, () => clear.fresh(values(), 4)),
    );
    met.forEach((ct, i) => {
      expect(ct.scale).toBe(out[i]!.scale);
      for (const value of bigintsOf(ct)) expect(value >= out[i]!.lo && value <= out[i]!.hi).toBe(true);
    });
    expect(() => ev.fresh(2, 1)).toThrowError(/empty/);
  });
});

type Polynomial = readonly bigint[];

/** What BFV does to digits. */
function createPolynomialEvaluator(): Evaluator<Polynomial> {
  const none = (): never => {
    throw new Error('not here');
  };
  const add = (a: Polynomial, b: Polynomial): Polynomial =>
    Array.from({ length: Math.max(a.length, b.length) }, (_, k) => (a[k] ?? 0n) + (b[k] ?? 0n));
  const times = (a: Polynomial, b: Polynomial): Polynomial =>
    a.reduce<Polynomial>((sum, x, i) => add(sum, [...new Array<bigint>(i).fill(0n), ...b.map((y) => x * y)]), []);
  const digits = (value: number): Polynomial =>
    nonAdjacentForm(value).reduce<Polynomial>(
      (sum, { shift, sign }) => add(sum, [...new Array<bigint>(shift).fill(0n), BigInt(sign)]),
      [],
    );
  // The network's scales are powers of two that the test knows.
  const scale = { now: 4 };
  return {
    slots: 1,
    linear: (cts, { outputs, rowStart, columns, values, scale: by }) => {
      scale.now *= by;
      return Array.from({ length: outputs }, (_, r) => {
        let sum: Polynomial = [];
        for (let k = rowStart[r]!; k < rowStart[r + 1]!; k++)
          sum = add(sum, times(cts[columns[k]!]!, digits(values[k]!)));
        return sum;
      });
    },
    linearPlain: none,
    addPlain: (cts, plains) => cts.map((ct, i) => add(ct, digits((plains[i] as number) * scale.now))),
    squareAll: (cts) => {
      scale.now **= 2;
      return cts.map((ct) => times(ct, ct));
    },
    multiplyPairs: (cts, pairs) => pairs.map(([i, j]) => times(cts[i]!, cts[j]!)),
    rotateMany: none,
    rotateSum: none,
    conjugateAll: none,
    relinearizeAll: none,
    rescaleAll: (cts) => [...cts],
    dropLevelAll: none,
    pointwise: none,
  };
}

const digitsOf = (value: number): Polynomial => {
  const digits: bigint[] = [];
  for (const { shift, sign } of nonAdjacentForm(value)) digits[shift] = BigInt(sign);
  return Array.from(digits, (digit) => digit ?? 0n);
};

const valueAt2 = (a: Polynomial): bigint => a.reduceRight((sum, x) => 2n * sum + x, 0n);

describe('intervals of coefficients', () => {
  const ev = createCoefficientIntervalEvaluator(256);

  it('shifts, squares with one-sided terms', () => {
    const x = ev.fresh(-2, 2);
    expect(x).toEqual({ lo: Float64Array.of(-1, -1), hi: Float64Array.of(1, 1), scale: 1 });
    const [y] = ev.linear([ev.fresh(0, 2)], linearRows([[-6]], 1));
    // -6 = -8 + 2
    expect(y!.lo).toEqual(Float64Array.of(0, 0, 0, -1, -1));
    expect(y!.hi).toEqual(Float64Array.of(0, 1, 1, 0, 0));
    const [square] = ev.squareAll([x], undefined);
    expect(square).toEqual({ lo: Float64Array.of(0, -2, 0), hi: Float64Array.of(1, 2, 1), scale: 1 });
    expect(ev.addPlain([x], [7])[0]!.hi).toEqual(Float64Array.of(0, 1, 0, 1));
    expect(coefficientBound(square!)).toBe(2);
    expect(degreeOf(square!)).toBe(2);
  });

  it.each([
    [0, 255],
    [-20, 15],
    [-3, 0],
    [0, 0],
    [-170, 171],
    [-1, 2],
  ])('the digits of integers of %i .. %i', (lo, hi) => {
    const { lo: low, hi: high } = ev.fresh(lo, hi);
    const all = Array.from({ length: hi - lo + 1 }, (_, i) => digitsOf(lo + i));
    const met = (of: (...digits: number[]) => number) =>
      Float64Array.from(low, (_, k) => of(...all.map((digits) => Number(digits[k] ?? 0n))));
    expect(low.length).toBe(Math.max(1, ...all.map(({ length }) => length)));
    expect([low, high]).toEqual([met(Math.min), met(Math.max)]);
  });

  it('no input leaves them, and its value is the integer', () => {
    const circuit = network(5);
    const out = circuit(
      ev,
      Array.from({ length: 5 }, () => ev.fresh(-20, 15, 4)),
    );
    for (let run = 0; run < 50; run++) {
      const inputs = Array.from({ length: 5 }, () => integer(-20, 15));
      const met = circuit(createPolynomialEvaluator(), inputs.map(digitsOf));
      const clear = createIntegerEvaluator(1);
      const integers = circuit(
        clear,
        inputs.map((x) => clear.fresh([x], 4)),
      );
      met.forEach((polynomial, i) => {
        expect(valueAt2(polynomial)).toBe(bigintsOf(integers[i]!)[0]);
        expect(contains(out[i]!, polynomial)).toBe(true);
      });
    }
  });

  it('beyond 2^53 they only grow', () => {
    const exact = Array.from({ length: 3 }, () => ev.fresh(-(2 ** 20), 2 ** 20));
    expect(coefficientBound(exact[0]!)).toBe(1);
    const weights = linearRows([[2 ** 24 - 3, 77777, -12345]], 3);
    const polynomials = createPolynomialEvaluator();
    const ones = Array.from({ length: 3 }, () => new Array<bigint>(21).fill(1n));
    const power = <C>(on: Evaluator<C>, xs: readonly C[]): C =>
      on.multiplyPairs(on.squareAll(on.squareAll(on.linear(xs, weights), undefined), undefined), [[0, 0]])[0]!;
    const out = power(createCoefficientIntervalEvaluator(512), exact);
    expect(coefficientBound(out)).toBeGreaterThan(2 ** 53);
    expect(contains(out, power(polynomials, ones))).toBe(true);
  });

  it('refuses degrees that wrap, and rotations', () => {
    const small = createCoefficientIntervalEvaluator(16);
    const [x] = small.squareAll([small.fresh(0, 127)], undefined);
    expect(degreeOf(x!)).toBe(14);
    expect(() => small.linear([x!], linearRows([[4]], 1))).toThrowError(/degree 16, wanted below 16/);
    expect(() => small.squareAll([x!], undefined)).toThrowError(/do not fit their polynomial/);
    expect(() => small.addPlain([x!], [2 ** 16])).toThrowError(/do not fit/);
    expect(() => small.rotateMany([x!], [1])).toThrowError(/nothing to turn/);
  });
});

function contains({ lo, hi }: CoefficientInterval, polynomial: Polynomial): boolean {
  return polynomial.every((x, k) => (k < lo.length ? Number(x) >= lo[k]! && Number(x) <= hi[k]! : x === 0n));
}
