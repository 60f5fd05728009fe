import type { Plan } from '../compiler/plan.ts';
import { HesperError } from '../errors.ts';
import type { Evaluator } from '../evaluator/evaluator.ts';
import { startReplay } from '../evaluator/replay.ts';
import type { Verb } from '../evaluator/verbs.ts';

export interface ExecuteOptions<C> {
  /** Frees a value that is no longer needed. Results are never released here, unless the run ends early. */
  readonly release?: (ct: C) => void;
  /** Whether the inputs belong to the run and are released at their last use as well. */
  readonly releaseInputs?: boolean;
  /** Between jobs. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

export interface Progress {
  readonly done: number;
  readonly total: number;
  /** The verb that was just carried out. */
  readonly verb: Verb;
}

/**
 * Runs a plan's program on ciphertexts, one native job after the other; between jobs the event loop gets its turn.
 * Whatever happens, values made on the way are released. Throws 'shape-mismatch' for a wrong number of inputs,
 * 'aborted', and what the evaluator throws.
 */
export async function execute<C>(
  plan: Pick<Plan, 'program'>,
  ev: Evaluator<C>,
  inputs: readonly C[],
  options: ExecuteOptions<C> = {},
): Promise<C[]> {
  const { program } = plan;
  const run = startReplay(ev, program, inputs, options);
  try {
    for (let done = 0; !run.done(); ) {
      checkSignal(options.signal);
      run.step();
      options.onProgress?.({ verb: program.steps[done]!.verb, done: ++done, total: program.steps.length });
      await nextTurn();
    }
    checkSignal(options.signal);
    return run.results();
  } catch (error) {
    run.abandon();
    throw error;
  }
}

/** The same in one go, for workers that have nothing else to do. */
export function executeSync<C>(
  plan: Pick<Plan, 'program'>,
  ev: Evaluator<C>,
  inputs: readonly C[],
  options: Omit<ExecuteOptions<C>, 'signal'> = {},
): C[] {
  const { program } = plan;
  const run = startReplay(ev, program, inputs, options);
  try {
    for (let done = 0; !run.done(); ) {
      run.step();
      options.onProgress?.({ verb: program.steps[done]!.verb, done: ++done, total: program.steps.length });
    }
    return run.results();
  } catch (error) {
    run.abandon();
    throw error;
  }
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

function checkSignal(signal: AbortSignal | undefined): void {
  if (!signal?.aborted) return;
  throw new HesperError('aborted', 'The evaluation was stopped', {
    met: 'an aborted signal',
    remedy: 'Start it again if it was stopped by mistake.',
  });
}
