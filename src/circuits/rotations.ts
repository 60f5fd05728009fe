import type { Evaluator } from '../evaluator/evaluator.ts';
import { type Program, record } from '../evaluator/record.ts';

/** The evaluation keys that a circuit asks for. */
export interface KeyNeeds {
  /** Rotation steps, 1 .. slots - 1, each once, ascending. */
  readonly rotations: readonly number[];
  readonly conjugation: boolean;
  /** Whether ciphertexts are multiplied with each other. */
  readonly relinearization: boolean;
}

/**
 * What a circuit on `inputs` ciphertexts needs, found by running it on names instead of ciphertexts: make exactly these
 * keys. It holds for every evaluator, managed or not.
 */
export function keysNeeded(
  slots: number,
  inputs: number,
  circuit: (ev: Evaluator<number>, cts: readonly number[]) => readonly number[],
): KeyNeeds {
  const { steps } = record(slots, inputs, circuit);
  return {
    rotations: rotationsOf(slots, steps),
    conjugation: steps.some(({ verb }) => verb === 'conjugateAll'),
    relinearization: steps.some(({ verb }) => verb === 'multiplyPairs' || verb === 'squareAll'),
  };
}

function rotationsOf(slots: number, steps: Program['steps']): number[] {
  const all = steps.flatMap((step) =>
    step.verb === 'rotateMany' || step.verb === 'rotateSum' ? [...step.argument] : [],
  );
  const normal = all.map((step) => ((step % slots) + slots) % slots);
  return [...new Set(normal)].filter((step) => step !== 0).sort((a, b) => a - b);
}
