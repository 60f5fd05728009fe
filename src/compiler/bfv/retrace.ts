import { HesperError } from '../../errors.ts';
import type { BfvTraced } from '../../evaluator/bfv-trace.ts';
import { createIntervalEvaluator, magnitudeOf } from '../../evaluator/interval.ts';
import { coefficientBound, createCoefficientIntervalEvaluator } from '../../evaluator/interval-coefficients.ts';
import { replay } from '../../evaluator/replay.ts';
import { wholeBound } from './bounds.ts';
import type { BfvPlan } from './plan.ts';
import { FAILURE_BITS } from './search.ts';
import { traceBfv } from './trace.ts';

/**
 * Follows a plan's program without computing, whatever the plan says of itself: levels, parts and noise under every
 * plaintext modulus, and the intervals of its integers over the declared inputs. For plans that came from a file.
 *
 * Throws 'plan-mismatch' unless its outputs fit the moduli and decrypt but with a probability of 2^-128, and what the tracer
 * throws: 'level-exhausted', 'level-mismatch', 'missing-evaluation-key', 'parts-mismatch', 'scale-mismatch', 'scale-overflow'.
 */
export function retraceBfv(plan: BfvPlan): { readonly results: readonly BfvTraced[] } {
  const traces = plan.plaintextModuli.map((t) => traceBfv(plan.program, plan, t));
  const failure = Math.min(...traces.map(({ failureBits }) => failureBits)) - Math.log2(traces.length);
  if (failure < FAILURE_BITS && !traces.every(({ worstCase }) => worstCase)) {
    throw mismatch('The noise of the program is too large', `a failure of 2^-${failure.toFixed(1)}`, '2^-128 at most');
  }
  const capacity = plan.plaintextModuli.reduce((product, t) => product * BigInt(t), 1n);
  const needed = 2n * outputBound(plan) + 1n;
  if (needed > capacity)
    throw mismatch('The outputs do not fit the plaintext moduli', `${needed}`, `at most ${capacity}`);
  return { results: traces[0]!.results };
}

/** Largest |integer| of an output in slots, largest |coefficient| in coefficients. */
function outputBound({ program, input, encoding, ringDegree }: BfvPlan): bigint {
  const [low, high] = input.integers;
  if (encoding === 'slots') {
    const ev = createIntervalEvaluator(1);
    const inputs = Array.from({ length: program.inputs }, () => ev.fresh(low, high, input.scale));
    return largest(replay(ev, program, inputs).map(magnitudeOf));
  }
  const ev = createCoefficientIntervalEvaluator(ringDegree);
  const inputs = Array.from({ length: program.inputs }, () => ev.fresh(low, high, input.scale));
  return largest(replay(ev, program, inputs).map((value) => wholeBound(coefficientBound(value))));
}

const largest = (values: readonly bigint[]): bigint =>
  values.reduce((most, value) => (value > most ? value : most), 0n);

const mismatch = (summary: string, met: string, wanted: string): HesperError =>
  new HesperError('plan-mismatch', summary, {
    met,
    wanted,
    remedy: 'Plan again; the file was made by hand or by another version',
  });
