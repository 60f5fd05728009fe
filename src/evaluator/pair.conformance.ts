import { expect } from 'vitest';
import type { Evaluator } from './evaluator.ts';
import type { Traced } from './trace.ts';
import { outputs, type PlainRows, type Verb } from './verbs.ts';

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
      if (verb === 'linearPlain') requirePrecision(argument);
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

/** Encryption rounds weights at their scale, which neither of the two does: next to nothing may be lost by it. */
function requirePrecision({ rows, scale }: PlainRows): void {
  for (const term of rows.flat()) {
    const factor = term.scale ?? scale;
    if (typeof term.weight !== 'number' || factor === undefined) continue;
    const rounded = Math.round(term.weight * factor) / factor;
    expect(Math.abs(rounded - term.weight), `weight ${term.weight} at scale ${factor}`).toBeLessThan(2 ** -18);
  }
}

export function pair(values: Float64Array, traced: Traced): Pair {
  const { level, parts, scale } = traced;
  const bound = values.reduce((max, v) => Math.max(max, Math.abs(v)), 0);
  return { values, traced: { ...traced, bound }, level, parts, scale };
}
