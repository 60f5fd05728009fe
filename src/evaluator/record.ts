import type { Evaluator } from './evaluator.ts';
import { type Arguments, outputs, type Verb } from './verbs.ts';

/** One call of a verb: `inputs` name values (the program's inputs first, then the outputs of each step in order). */
export type Step = {
  [V in Verb]: { readonly verb: V; readonly inputs: readonly number[]; readonly argument: Arguments[V] };
}[Verb];

/** A straight-line program. `results` name the values to keep. */
export interface Program {
  readonly inputs: number;
  readonly steps: readonly Step[];
  readonly results: readonly number[];
}

/** Runs `circuit` on names instead of ciphertexts and returns what it did: the compiler's front half. */
export function record(
  slots: number,
  inputs: number,
  circuit: (ev: Evaluator<number>, cts: readonly number[]) => readonly number[],
): Program {
  const steps: Step[] = [];
  let next = inputs;
  const note =
    <V extends Verb>(verb: V) =>
    (cts: readonly number[], argument: Arguments[V]): number[] => {
      steps.push({ verb, inputs: [...cts], argument } as Step);
      return Array.from({ length: outputs[verb](cts.length, argument) }, () => next++);
    };
  const verbs = Object.keys(outputs) as Verb[];
  const ev = { slots, ...Object.fromEntries(verbs.map((verb) => [verb, note(verb)])) } as Evaluator<number>;
  const results = circuit(
    ev,
    Array.from({ length: inputs }, (_, i) => i),
  );
  return { inputs, steps, results: [...results] };
}

/** How many values a step makes. */
export const outputCount = (step: Step): number =>
  (outputs[step.verb] as (n: number, argument: unknown) => number)(step.inputs.length, step.argument);
