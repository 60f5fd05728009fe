import { HesperError } from '../errors.ts';
import type { Evaluator } from '../evaluator/evaluator.ts';
import { addAll, affine, multiplyAll } from './combine.ts';

/** Where numbers lie whose inverses are computed, and how exactly. */
export interface InverseOptions {
  /** Where x lies: 0 < a < b. Outside (0, a + b) the iteration diverges. */
  readonly interval: readonly [number, number];
  /** The relative error is to be at most 2^-errorBits, noise not counted. Default 20. */
  readonly errorBits?: number;
}

/** Iterations for an interval and error, and the levels that all of it takes. */
export function inverseSteps(options: InverseOptions): { iterations: number; depth: number } {
  const { error } = start(options.interval);
  const bits = options.errorBits ?? 20;
  const iterations = Math.max(1, Math.ceil(Math.log2(bits / -Math.log2(error))));
  return { iterations, depth: 2 + iterations };
}

/**
 * 1 / x for every slot. Goldschmidt's iteration from the best linear start: y = alpha - beta x has 1 - x y = e with
 * |e| <= rho^2 / (2 - rho^2), rho = (b - a) / (b + a); then y (1 + e)(1 + e^2)(1 + e^4)... squares the error each time.
 * (eprint 2019/417 treats the method without the linear start.)
 *
 * Levels: `inverseSteps(options).depth`. On encrypted values by a managed evaluator. Keys: relinearisation.
 * Cost: 2 * iterations products. Precision: 29 bits in the worst slot for [1, 8], n = 16384, scale 2^45.
 *
 * @throws 'invalid-argument' for an interval that is not 0 < a < b
 */
export function inverseAll<C>(ev: Evaluator<C>, xs: readonly C[], options: InverseOptions): C[] {
  const { alpha, beta } = start(options.interval);
  const { iterations } = inverseSteps(options);
  let y = affine(ev, xs, -beta, alpha);
  const product = multiplyAll(ev, xs, y);
  let e = affine(ev, product, -1, 1);
  for (let i = 0; i < iterations; i++) {
    if (i > 0) e = ev.squareAll(e, undefined);
    y = addAll(ev, multiplyAll(ev, y, e), y);
  }
  return y;
}

/** a / b for every slot; b as x of `inverseAll`. One level and one product more. */
export const divideAll = <C>(ev: Evaluator<C>, a: readonly C[], b: readonly C[], options: InverseOptions): C[] =>
  multiplyAll(ev, a, inverseAll(ev, b, options));

/** 1 - x (alpha - beta x) = T_2(u(x)) / T_2(u(0)), u mapping the interval to [-1, 1]. */
function start([a, b]: readonly [number, number]): { alpha: number; beta: number; error: number } {
  if (!(a > 0 && a < b)) {
    throw new HesperError('invalid-argument', 'the inverse needs an interval of positive numbers', {
      met: [a, b],
      wanted: '0 < a < b',
      remedy: 'Negate or shift the input, or square it first',
    });
  }
  const rho = (b - a) / (b + a);
  const error = rho ** 2 / (2 - rho ** 2);
  const beta = (8 * error) / (b - a) ** 2;
  return { alpha: beta * (a + b), beta, error };
}
