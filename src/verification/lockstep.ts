import type { BfvTraced } from '../evaluator/bfv-trace.ts';
import type { Evaluator } from '../evaluator/evaluator.ts';
import { outputs, type Verb } from '../evaluator/verbs.ts';

/** A ciphertext and what the tracer knows of it. */
export interface Pair<C> {
  readonly ct: C;
  readonly traced: BfvTraced;
}

/** Runs two interpreters side by side; `visit` sees what each verb made. */
export function lockstep<C>(
  ev: Evaluator<C>,
  tracer: Evaluator<BfvTraced>,
  visit: (verb: Verb, made: readonly Pair<C>[]) => void,
): Evaluator<Pair<C>> {
  const both = (verb: Verb) => (pairs: readonly Pair<C>[], argument: never) => {
    const cts = ev[verb](
      pairs.map(({ ct }) => ct),
      argument,
    ) as C[];
    const traced = tracer[verb](
      pairs.map((pair) => pair.traced),
      argument,
    ) as BfvTraced[];
    const made = cts.map((ct, i) => ({ ct, traced: traced[i]! }));
    visit(verb, made);
    return made;
  };
  const verbs = Object.keys(outputs) as Verb[];
  return { slots: ev.slots, ...Object.fromEntries(verbs.map((verb) => [verb, both(verb)])) } as unknown as Evaluator<
    Pair<C>
  >;
}
