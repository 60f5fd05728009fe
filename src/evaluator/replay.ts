import { HesperError } from '../errors.ts';
import type { Evaluator } from './evaluator.ts';
import { outputCount, type Program, type Step } from './record.ts';

export interface ReplayOptions<C> {
  /** Called once for each value after its last use; never for results. For inputs as well if `releaseInputs`. */
  readonly release?: (ct: C) => void;
  readonly releaseInputs?: boolean;
  /** Called before each step. */
  readonly onStep?: (step: Step, index: number) => void;
}

/** Runs a program on any evaluator and returns its results. Values are released at their last use. */
export function replay<C>(
  ev: Evaluator<C>,
  program: Program,
  inputs: readonly C[],
  options: ReplayOptions<C> = {},
): C[] {
  const run = startReplay(ev, program, inputs, options);
  while (!run.done()) run.step();
  return run.results();
}

/** A replay that is driven from outside, step by step, so that it can be interrupted between jobs. */
export interface Replay<C> {
  done(): boolean;
  step(): void;
  results(): C[];
  /** Releases every value that is still held, results as well: after an error or an interruption. */
  abandon(): void;
}

/** Throws 'shape-mismatch' if the inputs do not fit the program. */
export function startReplay<C>(
  ev: Evaluator<C>,
  program: Program,
  inputs: readonly C[],
  options: ReplayOptions<C> = {},
): Replay<C> {
  if (inputs.length !== program.inputs) throw wrongInputs(inputs.length, program.inputs);
  const values = new Map<number, C>(inputs.map((ct, i) => [i, ct]));
  const dying = lastUses(program);
  let next = inputs.length;
  let at = 0;
  const drop = (name: number): void => {
    if (values.has(name) && (name >= program.inputs || options.releaseInputs)) options.release?.(values.get(name)!);
    values.delete(name);
  };
  return {
    done: () => at >= program.steps.length,
    step: () => {
      const step = program.steps[at]!;
      options.onStep?.(step, at);
      const verb = ev[step.verb] as (cts: readonly C[], argument: unknown) => C[];
      const made = verb(
        step.inputs.map((name) => values.get(name)!),
        step.argument,
      );
      for (const ct of made) values.set(next++, ct);
      dying[at++]!.forEach(drop);
    },
    results: () => program.results.map((name) => values.get(name)!),
    abandon: () => [...values.keys()].forEach(drop),
  };
}

/** For each step the values that nothing needs after it; inputs that nothing needs at all go with the first. */
export function lastUses(program: Program): number[][] {
  const last = new Map<number, number>();
  if (program.steps.length > 0) for (let input = 0; input < program.inputs; input++) last.set(input, 0);
  let made = program.inputs;
  program.steps.forEach((step, at) => {
    for (const name of step.inputs) last.set(name, at);
    const end = made + outputCount(step);
    for (; made < end; made++) last.set(made, at);
  });
  for (const name of program.results) last.delete(name);
  const dying: number[][] = program.steps.map(() => []);
  for (const [name, at] of last) dying[at]!.push(name);
  return dying;
}

const wrongInputs = (met: number, wanted: number): HesperError =>
  new HesperError('shape-mismatch', 'The program takes another number of ciphertexts', {
    met,
    wanted,
    remedy: 'Give one ciphertext per feature of the input.',
  });
