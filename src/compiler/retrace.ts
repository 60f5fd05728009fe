import { HesperError } from '../errors.ts';
import type { Step } from '../evaluator/record.ts';
import { replay } from '../evaluator/replay.ts';
import { createTracer, type Traced, type Tracer } from '../evaluator/trace.ts';
import type { Verb } from '../evaluator/verbs.ts';
import type { CkksPlan } from './plan.ts';
import { MARGIN_BITS } from './structure.ts';

/**
 * Runs a plan's program on the tracer, with the message bounds that the plan states: refuses a plan whose numbers do
 * not hold together, as the scheme would. Throws 'scale-overflow', 'level-exhausted', 'level-mismatch',
 * 'missing-evaluation-key', 'parts-mismatch', and 'plan-mismatch' for a program of more steps than layers.
 */
export function retrace(plan: CkksPlan): { tracer: Tracer; results: Traced[] } {
  const tracer = createTracer({
    ringDegree: plan.ringDegree,
    primes: plan.dataPrimes,
    special: plan.specialPrimes,
    bounds: boundsOf(plan),
  });
  const inputs = Array.from({ length: plan.input.ciphertexts }, () => tracer.fresh(plan.input.scale, 1));
  return { tracer, results: replay(tracer.ev, plan.program, inputs) };
}

/** One bound per verb, those inside `pointwise` one by one: linear layers and squares begin the next layer. */
function boundsOf({ program, layers }: CkksPlan): number[] {
  let layer = -1;
  return program.steps.flatMap(verbsOf).map((verb) => {
    if (verb === 'linear' || verb === 'squareAll') layer++;
    const bounded = layers[Math.max(layer, 0)];
    if (bounded === undefined) throw moreSteps(layers.length);
    return 2 ** (bounded.boundBits + MARGIN_BITS);
  });
}

const moreSteps = (layers: number): HesperError =>
  new HesperError('plan-mismatch', 'The program has more linear steps and squares than the plan has layers', {
    wanted: `${layers}, one for each layer`,
    remedy: 'Plan again; the file was made by hand or by another version',
  });

const verbsOf = (step: Step): Verb[] =>
  step.verb === 'pointwise' ? step.argument.map((inner) => inner.verb) : [step.verb];
