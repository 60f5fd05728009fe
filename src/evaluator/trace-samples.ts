import { createComplexEvaluator } from './clear-complex.ts';
import type { Evaluator } from './evaluator.ts';
import { createTracer, type FreshOptions, type Traced, type TraceOptions, type Tracer } from './trace.ts';
import { type Arguments, type ComplexVector, outputs, type PointwiseStep, type Verb } from './verbs.ts';

/** A traced ciphertext with a message that stands for all. */
export interface Sampled extends Traced {
  readonly values: ComplexVector;
}

export interface SamplingTracer extends Pick<Tracer, 'count' | 'cost'> {
  readonly ev: Evaluator<Sampled>;
  /** Real or complex values of at most n / 2 slots; missing ones are zeros. */
  fresh(
    scale: number,
    values: Float64Array | ComplexVector,
    level?: number,
    options?: Pick<FreshOptions, 'kind'>,
  ): Sampled;
}

export type SamplingOptions = Omit<TraceOptions, 'bounds' | 'rms'> & {
  /** What messages are reckoned with: the samples times this. Default 1. */
  readonly margin?: number;
};

/**
 * The tracer with bounds of messages from samples that run along in the clear. Worst cases hold for messages within
 * `margin` of the samples behind every verb. For circuits whose values stay small for reasons that a verb by itself
 * does not see: in Chebyshev polynomials 2 T^2 - 1 is at most 1, its parts are not.
 */
export function createSamplingTracer({ margin = 1, ...options }: SamplingOptions): SamplingTracer {
  const [bounds, rms]: number[][] = [[], []];
  const tracer = createTracer({ ...options, bounds, rms });
  const slots = options.ringDegree / 2;
  const clear = createComplexEvaluator(slots);
  const note = (values: readonly ComplexVector[]): readonly ComplexVector[] => {
    bounds!.push(margin * values.reduce((max, value) => Math.max(max, largestOf(value)), 0));
    rms!.push(margin * Math.sqrt(values.reduce((max, value) => Math.max(max, meanSquareOf(value)), 0)));
    return values;
  };
  const run = <V extends Verb>(verb: V, cts: readonly Sampled[], argument: Arguments[V]): Sampled[] => {
    const values = stepsOf(verb, argument).reduce<readonly ComplexVector[]>(
      (list, step) => note(call(clear, step.verb, list, step.argument as never)),
      cts.map((ct) => ct.values),
    );
    return call(tracer.ev, verb, cts, argument).map((ct, i) => ({ ...ct, values: values[i]! }));
  };
  const verbs = Object.keys(outputs) as Verb[];
  const on = (verb: Verb) => (cts: readonly Sampled[], argument: never) => run(verb, cts, argument);
  return {
    ev: { slots, ...Object.fromEntries(verbs.map((verb) => [verb, on(verb)])) } as unknown as Evaluator<Sampled>,
    count: tracer.count,
    cost: tracer.cost,
    fresh: (scale, values, level, fresh) => {
      const whole = 're' in values ? values : { re: values, im: new Float64Array(0) };
      const sample = { re: filled(whole.re, slots), im: filled(whole.im, slots) };
      const size = { ...fresh, rms: margin * Math.sqrt(meanSquareOf(sample)) };
      return { ...tracer.fresh(scale, margin * largestOf(sample), level, size), values: sample };
    },
  };
}

type VerbCall = { [V in Verb]: { readonly verb: V; readonly argument: Arguments[V] } }[Verb];

const stepsOf = <V extends Verb>(verb: V, argument: Arguments[V]): readonly VerbCall[] =>
  verb === 'pointwise' ? (argument as readonly PointwiseStep[]) : [{ verb, argument } as unknown as VerbCall];

const call = <C, V extends Verb>(ev: Evaluator<C>, verb: V, cts: readonly C[], argument: Arguments[V]): C[] =>
  (ev[verb] as (cts: readonly C[], argument: Arguments[V]) => C[])(cts, argument);

function filled(values: Float64Array, slots: number): Float64Array {
  const out = new Float64Array(slots);
  out.set(values);
  return out;
}

const largestOf = ({ re, im }: ComplexVector): number =>
  re.reduce((max, x, j) => Math.max(max, Math.hypot(x, im[j]!)), 0);

const meanSquareOf = ({ re, im }: ComplexVector): number =>
  re.reduce((sum, x, j) => sum + x * x + im[j]! ** 2, 0) / re.length;
