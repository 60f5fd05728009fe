import { HesperError } from '../errors.ts';
import type { Evaluator } from '../evaluator/evaluator.ts';
import { minimaxSign } from './approximate/minimax-sign.ts';
import type { Series } from './approximate/series.ts';
import { addAll, multiplyAll, subtractAll } from './combine.ts';
import { evaluatePolynomial, polynomialDepth } from './polynomial.ts';

/** How near to zero a sign has to be right, and how nearly it has to be 1. */
export interface SignOptions {
  /** Numbers nearer to zero than 2^-gapBits have no sign: what comes out lies between -1 and 1. */
  readonly gapBits: number;
  /** Elsewhere the error is at most 2^-errorBits, noise not counted. */
  readonly errorBits: number;
  /** Largest degree of one stage: 3, 7, 15 or 31. Default 15. */
  readonly maxDegree?: number;
}

/** sign(x) on [-1, 1] as a composition of odd polynomials, each the best for what the one before it leaves. */
export interface SignApproximation {
  readonly stages: readonly Series[];
  /** max |p(x) - sign(x)| over 2^-gapBits <= |x| <= 1. */
  readonly error: number;
  readonly depth: number;
}

const DEGREES = [3, 7, 15, 31];

/** Stages that bring [2^-gapBits, 1] to within `error` of 1. */
interface Composition {
  readonly stages: readonly (readonly number[])[];
  readonly error: number;
}

/**
 * Composite minimax approximation (eprint 2019/1234, 2020/834): a stage maps [a, b] into [1 - E, 1 + E], the next one
 * starts from there. The degrees are those of the least depth: the best composition of a depth ends in a stage of some
 * degree after the best one of the depth that is left, since a smaller E before never makes a larger one behind.
 * All stages are series on [-1, 1]: the division by 1 + E is in the coefficients before.
 *
 * @throws 'invalid-argument' for options out of range
 */
export function approximateSign({ gapBits, errorBits, maxDegree = 15 }: SignOptions): SignApproximation {
  if (!(gapBits > 0 && gapBits <= 30 && errorBits > 0 && errorBits <= 40 && DEGREES.includes(maxDegree)))
    throw wrong({ gapBits, errorBits, maxDegree });
  const degrees = DEGREES.filter((degree) => degree <= maxDegree);
  const best: (Composition | undefined)[] = [{ stages: [], error: 1 - 2 ** -gapBits }];
  for (let depth = 1; ; depth++) {
    const found = degrees.flatMap((degree) => extended(best[depth - polynomialDepth(degree)], degree, gapBits));
    const [least] = found.sort((a, b) => a.error - b.error);
    if (least !== undefined && least.error <= 2 ** -errorBits) return finished(least, depth);
    best.push(least);
  }
}

function extended(before: Composition | undefined, degree: number, gapBits: number): Composition[] {
  if (before === undefined) return [];
  const { stages, error } = before;
  const last = stages.at(-1);
  const high = last === undefined ? 1 : 1 + error;
  const next = minimaxSign(degree, [last === undefined ? 2 ** -gapBits : 1 - error, high]);
  const scaledBefore = last === undefined ? [] : [...stages.slice(0, -1), scaled(last, 1 / high)];
  return [{ stages: [...scaledBefore, next.series.coefficients], error: next.error }];
}

const finished = ({ stages, error }: Composition, depth: number): SignApproximation => ({
  stages: stages.map((coefficients) => ({ basis: 'chebyshev', coefficients })),
  error,
  depth,
});

/**
 * sign(x) for |x| <= 1. Levels: `approximation.depth`. On encrypted values by a managed evaluator. Keys:
 * relinearisation. Cost: that of the stages' polynomials, odd ones. Noise grows with the slope at zero, which is about the
 * product of the degrees: a gap of g bits costs about g bits of precision near zero.
 */
export const signAll = <C>(ev: Evaluator<C>, approximation: SignApproximation, xs: readonly C[]): C[] =>
  scaledSign(ev, approximation, xs, 1, 0);

/** 1 where a > b, 0 where a < b, 1/2 where they are equal; |a - b| <= 1. Levels, keys, cost: as signAll. */
export const compareAll = <C>(ev: Evaluator<C>, sign: SignApproximation, a: readonly C[], b: readonly C[]): C[] =>
  scaledSign(ev, sign, subtractAll(ev, a, b), 1 / 2, 1 / 2);

/**
 * The larger of a and b, slot by slot: (a + b) / 2 + (a - b) sign(a - b) / 2, |a - b| <= 1. Off by less than
 * 2^-(gapBits + 1) where they are nearer than the gap, by |a - b| error / 2 elsewhere. Levels: one more than signAll.
 */
export const maximumAll = <C>(ev: Evaluator<C>, sign: SignApproximation, a: readonly C[], b: readonly C[]): C[] =>
  extremum(ev, sign, a, b, 1 / 2);

/** The smaller one, likewise. */
export const minimumAll = <C>(ev: Evaluator<C>, sign: SignApproximation, a: readonly C[], b: readonly C[]): C[] =>
  extremum(ev, sign, a, b, -1 / 2);

function extremum<C>(ev: Evaluator<C>, sign: SignApproximation, a: readonly C[], b: readonly C[], half: number): C[] {
  const difference = subtractAll(ev, a, b);
  const products = multiplyAll(ev, difference, scaledSign(ev, sign, difference, half, 0));
  const sums = addAll(ev, a, b);
  return ev.linearPlain([...products, ...sums], {
    inputs: 2 * products.length,
    rows: products.map((_, i) => [
      { from: i, weight: 1 },
      { from: products.length + i, weight: 1 / 2 },
    ]),
  });
}

/** factor * sign(x) + constant, both in the coefficients of the last stage. */
function scaledSign<C>(
  ev: Evaluator<C>,
  { stages }: SignApproximation,
  xs: readonly C[],
  factor: number,
  constant: number,
): C[] {
  const last = stages.length - 1;
  return stages.reduce<readonly C[]>((values, series, i) => {
    if (i < last) return evaluatePolynomial(ev, series, values);
    const coefficients = scaled(series.coefficients, factor);
    coefficients[0] = coefficients[0]! + constant;
    return evaluatePolynomial(ev, { ...series, coefficients }, values);
  }, xs) as C[];
}

const scaled = (coefficients: readonly number[], factor: number): number[] => coefficients.map((c) => c * factor);

const wrong = (met: unknown): HesperError =>
  new HesperError('invalid-argument', 'no such approximation of the sign', {
    met,
    wanted: 'gapBits up to 30, errorBits up to 40, maxDegree 3, 7, 15 or 31',
    remedy: 'Ask for less precision, or scale the numbers up',
  });
