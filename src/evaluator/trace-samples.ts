import { createComplexEvaluator } from './clear-complex.ts';
import type { Evaluator } from './evaluator.ts';
import { createComplexSimulator } from './simulate.ts';
import { createTracer, type FreshOptions, type Traced, type TraceOptions, type Tracer } from './trace.ts';
import { type Arguments, type ComplexVector, outputs, type PointwiseStep, type Verb } from './verbs.ts';

/** A traced ciphertext with a message that stands for all, and the same with noise. */
export interface Sampled extends Traced {
  readonly values: ComplexVector;
  readonly noisy: ComplexVector;
}

/** A tracer whose ciphertexts carry samples of their messages. */
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

/** Of `createSamplingTracer`: a ring and its primes as for `createTracer`, and a margin for messages. */
export type SamplingOptions = Omit<TraceOptions, 'bounds' | 'rms'> & {
  /** What messages are reckoned with: the samples times this. Default 1. */
  readonly margin?: number;
  /** Of the simulator. */
  readonly seed?: number;
};

/**
 * The tracer with samples of messages that run along, in the clear and on the simulator: for circuits of which a verb by
 * itself does not see enough. Bounds: in Chebyshev polynomials 2 T^2 - 1 is at most 1, its parts are not; worst cases
 * hold for messages within `margin` of the samples behind every verb. Average noise: of terms that hang together
 * (x - x^3 / 3 forgets an error of x where x is 1) it is what the simulator shows, for one drawn key, over all slots.
 */
export function createSamplingTracer({ margin = 1, seed = 1, ...options }: SamplingOptions): SamplingTracer {
  const [bounds, rms]: number[][] = [[], []];
  const tracer = createTracer({ ...options, bounds, rms });
  const slots = options.ringDegree / 2;
  const clear = createComplexEvaluator(slots);
  const simulator = createComplexSimulator({ ...options, seed });
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
    const traced = call(tracer.ev, verb, cts, argument);
    const simulated = call(
      simulator.ev,
      verb,
      cts.map((ct) => ({ ...ct, values: ct.noisy })),
      argument,
    );
    return traced.map((ct, i) => sampled(ct, values[i]!, simulated[i]!.values));
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
      const ct = tracer.fresh(scale, margin * largestOf(sample), level, size);
      const noisy = simulator.encrypt(sample, scale, ct.level, fresh?.kind).values;
      return { ...ct, values: sample, noisy };
    },
  };
}

/** Noise as it shows: of the real part, of either where messages are complex. */
function sampled(ct: Traced, values: ComplexVector, noisy: ComplexVector): Sampled {
  const part = (a: Float64Array, b: Float64Array): number =>
    a.reduce((sum, x, j) => sum + (x - b[j]!) ** 2, 0) / a.length;
  const real = part(noisy.re, values.re);
  const mean = values.im.every((y) => y === 0) ? real : (real + part(noisy.im, values.im)) / 2;
  return { ...ct, values, noisy, noise: Float64Array.of(mean * ct.scale ** 2) };
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
