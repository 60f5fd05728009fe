import type { Evaluator } from '../evaluator/evaluator.ts';
import { managed } from '../evaluator/managed.ts';
import { type Program, record } from '../evaluator/record.ts';
import { createTracer, type Traced } from '../evaluator/trace.ts';
import { outputs, type Verb } from '../evaluator/verbs.ts';

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

/** Where a managed circuit runs: the ring, its data primes, the scale and number of fresh inputs at the highest level. */
export interface KeySetting {
  readonly ringDegree: number;
  readonly primes: readonly number[];
  readonly scale: number;
  readonly inputs: number;
}

/** The keys with the highest level at which each is used; undefined: not needed. Shorter keys are smaller and faster. */
export interface KeyLevels {
  readonly rotations: readonly { readonly step: number; readonly level: number }[];
  readonly conjugation: number | undefined;
  readonly relinearization: number | undefined;
}

/**
 * As keysNeeded, for a circuit under management (`managed`), with levels: found by tracing it.
 * @throws 'level-exhausted' if the circuit is deeper than the primes allow
 */
export function keyLevelsNeeded(
  { ringDegree, primes, scale, inputs }: KeySetting,
  circuit: (ev: Evaluator<Traced>, cts: readonly Traced[]) => readonly Traced[],
): KeyLevels {
  const levels = new Map<string | number, number>();
  const note = (key: string | number, { level }: Traced): void => {
    levels.set(key, Math.max(level, levels.get(key) ?? 0));
  };
  const tracer = createTracer({ ringDegree, primes, special: [primes[0]!] });
  const ev = managed(watched(tracer.ev, note), { primes, scale });
  ev.settle(
    circuit(
      ev,
      Array.from({ length: inputs }, () => tracer.fresh(scale, 0)),
    ),
  );
  const rotations = [...levels].flatMap(([step, level]) => (typeof step === 'number' ? [{ step, level }] : []));
  return {
    rotations: rotations.sort((a, b) => a.step - b.step),
    conjugation: levels.get('conjugation'),
    relinearization: levels.get('relinearization'),
  };
}

/** The tracer, blind to the size of messages, which is another question; each use of a key is noted. */
function watched(ev: Evaluator<Traced>, note: (key: string | number, ct: Traced) => void): Evaluator<Traced> {
  const turn = (step: number, ct: Traced): void => {
    const normal = ((step % ev.slots) + ev.slots) % ev.slots;
    if (normal !== 0) note(normal, ct);
  };
  const uses: { readonly [V in Verb]?: (ct: Traced, i: number, argument: never) => void } = {
    rotateMany: (ct, _, steps: readonly number[]) => {
      for (const step of steps) turn(step, ct);
    },
    rotateSum: (ct, i, steps: readonly number[]) => turn(steps[i]!, ct),
    conjugateAll: (ct) => note('conjugation', ct),
    relinearizeAll: (ct) => note('relinearization', ct),
  };
  const verb =
    (name: Verb) =>
    (cts: readonly Traced[], argument: never): Traced[] => {
      for (const [i, ct] of cts.entries()) uses[name]?.(ct, i, argument);
      return ev[name](cts, argument).map((ct) => ({ ...ct, bound: 0 }));
    };
  const verbs = Object.keys(outputs) as Verb[];
  return { slots: ev.slots, ...Object.fromEntries(verbs.map((name) => [name, verb(name)])) } as Evaluator<Traced>;
}
