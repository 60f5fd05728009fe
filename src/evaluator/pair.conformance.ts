import type { Evaluator } from './evaluator.ts';
import type { Traced } from './trace.ts';
import { outputs, type Verb } from './verbs.ts';

/** Clear values beside what the tracer knows of them. */
export interface Pair {
  readonly values: Float64Array;
  readonly traced: Traced;
  readonly level: number;
  readonly parts: number;
  readonly scale: number;
}

/**
 * Two interpreters side by side: a managed circuit on pairs gives its clear answer, and is refused where a scheme would
 * refuse it. The tracer learns how large the messages really are.
 */
export function createPairEvaluator(clear: Evaluator<Float64Array>, tracer: Evaluator<Traced>): Evaluator<Pair> {
  const both =
    (verb: Verb) =>
    (cts: readonly Pair[], argument: never): Pair[] => {
      const values = clear[verb](
        cts.map((ct) => ct.values),
        argument,
      );
      const traced = tracer[verb](
        cts.map((ct) => ct.traced),
        argument,
      );
      return values.map((column, i) => pair(column, traced[i]!));
    };
  const verbs = Object.keys(outputs) as Verb[];
  return { slots: clear.slots, ...Object.fromEntries(verbs.map((verb) => [verb, both(verb)])) } as Evaluator<Pair>;
}

export function pair(values: Float64Array, traced: Traced): Pair {
  const { level, parts, scale } = traced;
  const bound = values.reduce((max, v) => Math.max(max, Math.abs(v)), 0);
  return { values, traced: { ...traced, bound }, level, parts, scale };
}
