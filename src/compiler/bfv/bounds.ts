import type { Evaluator } from '../../evaluator/evaluator.ts';
import { createIntervalEvaluator, type Interval, magnitudeOf } from '../../evaluator/interval.ts';
import {
  coefficientBound,
  createCoefficientIntervalEvaluator,
  degreeOf,
} from '../../evaluator/interval-coefficients.ts';
import { lowerAffine } from '../../ops/affine.ts';
import type { QuantizedStage } from '../stages.ts';
import type { IntegerNetwork } from './discretize.ts';
import type { Encoding } from './options.ts';

/** How large values become behind a stage, for any inputs of the declared range. */
export interface LayerBound {
  /** Largest |integer|. */
  readonly integer: bigint;
  /** What the plaintext moduli have to hold: the largest |integer| of a slot, or the largest |coefficient|. */
  readonly plaintext: bigint;
  /** Of the polynomials of coefficient mode; 0 in slots. */
  readonly degree: number;
}

/** The interval of every value of the input and behind each stage, exact for weighted sums of inputs. */
export function rangesOf({ stages, input }: IntegerNetwork): Interval[][] {
  const ev = createIntervalEvaluator(1);
  return stagewise(ev, stages, copies(ev.fresh(...input.integers, input.scale), widthAt(stages)));
}

/** Bounds of the input and behind each stage. Degrees are not checked against a ring here. */
export function boundsOf(network: IntegerNetwork, encoding: Encoding): LayerBound[] {
  const { stages, input } = network;
  const integers = rangesOf(network).map((values) => largest(values.map(magnitudeOf)));
  if (encoding === 'slots') return integers.map((integer) => ({ integer, plaintext: integer, degree: 0 }));
  const polynomials = createCoefficientIntervalEvaluator(UNLIMITED);
  return stagewise(polynomials, stages, copies(polynomials.fresh(...input.integers, input.scale), widthAt(stages))).map(
    (values, i) => ({
      integer: integers[i]!,
      plaintext: largest(values.map((value) => wholeBound(coefficientBound(value)))),
      degree: values.reduce((most, value) => Math.max(most, degreeOf(value)), 0),
    }),
  );
}

/** Doubles end at 2^1024: far beyond any moduli. */
export const wholeBound = (bound: number): bigint => BigInt(Math.ceil(Math.min(bound, Number.MAX_VALUE)));

/** Coefficients: rings are compared with the degrees afterwards. */
const UNLIMITED = 2 ** 20;

/** The input and the values behind each stage. */
export function stagewise<C>(ev: Evaluator<C>, stages: readonly QuantizedStage[], inputs: readonly C[]): C[][] {
  const values: C[][] = [[...inputs]];
  for (const stage of stages) {
    const last = values.at(-1)!;
    values.push(stage.kind === 'linear' ? lowerAffine(ev, last, stage) : ev.squareAll(last, undefined));
  }
  return values;
}

/** Values that the first stage takes. */
export const widthAt = ([first]: readonly QuantizedStage[]): number =>
  first!.kind === 'linear' ? first!.rows.inputs : first!.width;

const copies = <T>(value: T, count: number): T[] => new Array<T>(count).fill(value);

const largest = (values: readonly bigint[]): bigint =>
  values.reduce((most, value) => (value > most ? value : most), 0n);
