import { HesperError } from '../errors.ts';
import { checkConstants, checkLinear, checkPairs, checkPlainRows, stepByStep } from './check.ts';
import type { Evaluator } from './evaluator.ts';
import { commonScale, weightScale } from './integer-scales.ts';
import { integersOf, nonAdjacentForm, type SignedPower } from './integers.ts';
import type { LinearRows, Plain } from './verbs.ts';

/**
 * An integer as a polynomial, of which it is the value at 2. Coefficient k is in [lo[k], hi[k]]: exactly while numbers
 * are below 2^53, and not too small an interval beyond. Both arrays have degree + 1 entries, one at least.
 */
export interface CoefficientInterval {
  readonly lo: Float64Array;
  readonly hi: Float64Array;
  readonly scale: number;
}

export interface CoefficientIntervalEvaluator extends Evaluator<CoefficientInterval> {
  /** Integers of [lo, hi] in their non-adjacent forms. Throws 'invalid-argument'. */
  fresh(lo: bigint | number, hi: bigint | number, scale?: number): CoefficientInterval;
}

/**
 * Runs a circuit on intervals of coefficients: weights and constants are taken in their non-adjacent forms, a weight
 * +-2^k being a shift by k. The plaintext modulus has to exceed twice the largest coefficient (`coefficientBound`); the
 * degrees must stay below `ringDegree`, where X^n = -1 would wrap them ('scale-overflow'). One integer is in a
 * ciphertext, so there are no vectors and no rotations ('invalid-argument').
 */
export function createCoefficientIntervalEvaluator(ringDegree: number): CoefficientIntervalEvaluator {
  const fits = (ct: CoefficientInterval): CoefficientInterval => {
    if (ct.lo.length <= ringDegree) return ct;
    throw new HesperError('scale-overflow', 'The digits of an integer do not fit their polynomial', {
      met: `degree ${degreeOf(ct)}`,
      wanted: `below ${ringDegree}`,
      remedy: 'Use smaller scales of inputs and weights, fewer activations, or a larger ring degree.',
    });
  };
  const ev: CoefficientIntervalEvaluator = {
    slots: 1,
    fresh: (lo, hi, scale = 1) => fits(digits(BigInt(lo), BigInt(hi), scale)),
    linear: (cts, rows) => {
      checkLinear(cts.length, rows);
      const scale = commonScale('linear', cts) * rows.scale;
      return rowsOf(rows).map((terms) => fits(shiftedSum(cts, terms, scale)));
    },
    linearPlain: (cts, rows) => {
      checkPlainRows(cts.length, rows, 1);
      return rows.rows.map((row) => {
        const products = row.map((term) => ({ scale: cts[term.from]!.scale * weightScale(term, rows) }));
        const terms = row.flatMap((term) =>
          powersOf(term.weight, weightScale(term, rows), 'linearPlain').map((power) => ({ ...power, from: term.from })),
        );
        return fits(shiftedSum(cts, terms, commonScale('linearPlain', products)));
      });
    },
    addPlain: (cts, plains) => {
      checkConstants(cts.length, plains, 1);
      return cts.map((ct, i) => fits(plus(ct, powersOf(plains[i]!, ct.scale, 'addPlain'))));
    },
    squareAll: (cts) => cts.map((ct) => fits(square(ct))),
    multiplyPairs: (cts, pairs) => {
      checkPairs(cts.length, pairs);
      return pairs.map(([i, j]) => fits(cts[i] === cts[j] ? square(cts[i]!) : product(cts[i]!, cts[j]!)));
    },
    rotateMany: () => refuse('rotateMany'),
    rotateSum: () => refuse('rotateSum'),
    conjugateAll: () => refuse('conjugateAll'),
    relinearizeAll: (cts) => [...cts],
    rescaleAll: (cts) => [...cts],
    dropLevelAll: (cts) => [...cts],
    pointwise: (cts, steps) => stepByStep(ev, cts, steps),
  };
  return ev;
}

export const degreeOf = ({ lo }: Pick<CoefficientInterval, 'lo'>): number => lo.length - 1;

/** No coefficient has a larger absolute value. */
export const coefficientBound = ({ lo, hi }: Pick<CoefficientInterval, 'lo' | 'hi'>): number =>
  lo.reduce((most, low, k) => Math.max(most, -low, hi[k]!), 0);

interface Term extends SignedPower {
  readonly from: number;
}

function rowsOf({ outputs, rowStart, columns, values }: LinearRows): Term[][] {
  const known = new Map<number, SignedPower[]>();
  const powers = (value: number): SignedPower[] => {
    const form = known.get(value) ?? nonAdjacentForm(value);
    known.set(value, form);
    return form;
  };
  return Array.from({ length: outputs }, (_, r) => {
    const terms: Term[] = [];
    for (let k = rowStart[r]!; k < rowStart[r + 1]!; k++)
      for (const { shift, sign } of powers(values[k]!)) terms.push({ shift, sign, from: columns[k]! });
    return terms;
  });
}

function powersOf(plain: Plain, scale: number, where: string): SignedPower[] {
  const integers = integersOf(plain, scale, where);
  return nonAdjacentForm(typeof integers === 'bigint' ? integers : (integers[0] ?? 0n));
}

/** Digit k of the non-adjacent forms of all integers of [lo, hi], for those of both signs. */
function digits(lo: bigint, hi: bigint, scale: number): CoefficientInterval {
  if (lo > hi) {
    throw new HesperError('invalid-argument', 'An interval is empty', {
      met: `${lo} to ${hi}`,
      wanted: 'its lower end first',
      remedy: 'Give the range of the inputs as [lowest, highest].',
    });
  }
  const ends: [number, number][] = [];
  for (let k = 0n; k === 0n || hi >= leastWithDigit(k) || -lo >= leastWithDigit(k); k++) {
    const occurs = (end: bigint, other: bigint): boolean => end >= leastWithDigit(k) || other >= leastWithMinus(k);
    ends.push([occurs(-lo, hi) ? -1 : 0, occurs(hi, -lo) ? 1 : 0]);
  }
  return { lo: Float64Array.from(ends, ([low]) => low), hi: Float64Array.from(ends, ([, high]) => high), scale };
}

/** The least positive integer with digit 1 at 2^k: 2^k - 2^(k-2) - 2^(k-4) - ... */
const leastWithDigit = (k: bigint): bigint => (k < 2n ? 1n << k : (1n << k) - (1n << (k - 2n)) - tail(k - 4n));

/** The least positive integer with digit -1 at 2^k. */
const leastWithMinus = (k: bigint): bigint => (1n << (k + 2n)) - (1n << k) - tail(k - 2n);

/** 2^k + 2^(k-2) + ..., down to 1 or 2. */
const tail = (k: bigint): bigint => (k < 0n ? 0n : ((1n << (k + 2n)) - (k % 2n === 0n ? 1n : 2n)) / 3n);

const zeros = (length: number, scale: number): CoefficientInterval => ({
  lo: new Float64Array(length),
  hi: new Float64Array(length),
  scale,
});

function shiftedSum(cts: readonly CoefficientInterval[], terms: readonly Term[], scale: number): CoefficientInterval {
  const out = zeros(Math.max(1, ...terms.map(({ from, shift }) => cts[from]!.lo.length + shift)), scale);
  let magnitude = 0;
  for (const { from, shift, sign } of terms) {
    const ct = cts[from]!;
    addShifted(out.lo, sign === 1 ? ct.lo : ct.hi, shift, sign);
    addShifted(out.hi, sign === 1 ? ct.hi : ct.lo, shift, sign);
    magnitude += coefficientBound(ct);
  }
  return widened(out, magnitude, terms.length);
}

function addShifted(sum: Float64Array, a: Float64Array, shift: number, sign: number): void {
  for (let k = 0; k < a.length; k++) sum[k + shift] = sum[k + shift]! + sign * a[k]!;
}

/** Sums of `count` terms, of that magnitude together, are exact below 2^53; beyond, what they may be off by is added. */
function widened(a: CoefficientInterval, magnitude: number, count: number): CoefficientInterval {
  if (magnitude < 2 ** 53) return a;
  const error = magnitude * (count + 2) * 2 ** -52;
  return { ...a, lo: a.lo.map((low) => low - error), hi: a.hi.map((high) => high + error) };
}

function plus(ct: CoefficientInterval, powers: readonly SignedPower[]): CoefficientInterval {
  const out = zeros(Math.max(ct.lo.length, ...powers.map(({ shift }) => shift + 1)), ct.scale);
  out.lo.set(ct.lo);
  out.hi.set(ct.hi);
  for (const { shift, sign } of powers) {
    out.lo[shift] = out.lo[shift]! + sign;
    out.hi[shift] = out.hi[shift]! + sign;
  }
  return widened(out, coefficientBound(ct) + 1, 1);
}

/** Terms i = j are squares, so not negative; the others come twice. */
function square(a: CoefficientInterval): CoefficientInterval {
  const out = zeros(2 * a.lo.length - 1, a.scale * a.scale);
  for (let i = 0; i < a.lo.length; i++) {
    const [lo, hi] = [a.lo[i]!, a.hi[i]!];
    const ends = [lo * lo, hi * hi];
    addTo(out, 2 * i, lo <= 0 && hi >= 0 ? 0 : Math.min(...ends), Math.max(...ends));
    for (let j = i + 1; j < a.lo.length; j++) addProduct(out, i + j, lo, hi, 2 * a.lo[j]!, 2 * a.hi[j]!);
  }
  return widened(out, a.lo.length * coefficientBound(a) ** 2, a.lo.length);
}

function product(a: CoefficientInterval, b: CoefficientInterval): CoefficientInterval {
  const out = zeros(a.lo.length + b.lo.length - 1, a.scale * b.scale);
  for (let i = 0; i < a.lo.length; i++)
    for (let j = 0; j < b.lo.length; j++) addProduct(out, i + j, a.lo[i]!, a.hi[i]!, b.lo[j]!, b.hi[j]!);
  const count = Math.min(a.lo.length, b.lo.length);
  return widened(out, count * coefficientBound(a) * coefficientBound(b), count);
}

function addProduct(out: CoefficientInterval, k: number, lo: number, hi: number, low: number, high: number): void {
  const [p, q, r, s] = [lo * low, lo * high, hi * low, hi * high];
  addTo(out, k, Math.min(p, q, r, s), Math.max(p, q, r, s));
}

function addTo(out: CoefficientInterval, k: number, lo: number, hi: number): void {
  out.lo[k] = out.lo[k]! + lo;
  out.hi[k] = out.hi[k]! + hi;
}

function refuse(verb: string): never {
  throw new HesperError('invalid-argument', `${verb}: a ciphertext with one integer has nothing to turn`, {
    met: 'coefficient encoding',
    wanted: 'slot encoding',
    remedy: 'Encode in slots, or use a circuit without rotations.',
  });
}
