import type { LinearRows, PointwiseStep } from '../../evaluator/verbs.ts';
import { POINTWISE } from '../../kernel/kernel.ts';
import { handles, makeCiphertexts } from '../../rlwe/ciphertext.ts';
import { requireAlike } from '../common/checks.ts';
import { after, type ListState } from '../common/steps.ts';
import type { PackedWeights } from '../common/weights.ts';
import { constantsJob } from './constants.ts';
import { type Any, inOneForm, inTurn, type Job } from './forms.ts';
import type { MonomialPrograms } from './monomials.ts';
import { squares } from './products.ts';
import type { IntegerCode } from './rules.ts';

/** Matrices of integers as the two encodings need them. */
export interface Matrices {
  readonly weights: PackedWeights;
  readonly monomials: MonomialPrograms;
}

/**
 * A run of linear, addPlain and squareAll steps: all checks first, then a kernel job each, constants added in place.
 * The ciphertexts are usable and at least one, as are the steps.
 * @throws 'level-mismatch', 'parts-mismatch', 'scale-mismatch', 'scale-overflow', 'shape-mismatch', 'invalid-argument',
 *   'non-finite-value'
 */
export function runPointwise(
  code: IntegerCode,
  matrices: Matrices,
  cts: readonly Any[],
  steps: readonly PointwiseStep[],
): Any[] {
  requireAlike('pointwise', cts);
  const { level, parts } = cts[0]!;
  let state: ListState = { scales: cts.map((ct) => ct.scale), parts };
  const jobs = steps.map((step) => {
    const before = state;
    state = after(code, level, before, step);
    return jobOf(code, matrices, level, step, before, state);
  });
  return inTurn(cts, jobs);
}

function jobOf(
  code: IntegerCode,
  matrices: Matrices,
  level: number,
  step: PointwiseStep,
  before: ListState,
  { scales }: ListState,
): Job {
  if (step.verb === 'squareAll') {
    code.context.auxiliary(level, code.t, before.parts);
    return (cts) => squares(code, cts);
  }
  if (step.verb === 'addPlain') return constantsJob(code, level, step.argument, scales);
  const rows = step.argument;
  if (code.encoding === 'slots') return (cts) => weightedSums(matrices.weights, cts, rows, scales);
  matrices.monomials.prepare(rows);
  return (cts) => matrices.monomials.run(cts, rows, scales);
}

/** Integers times integers work on coefficients as on the values of the NTT. */
const weightedSums = (
  weights: PackedWeights,
  cts: readonly Any[],
  rows: LinearRows,
  scales: readonly number[],
): Any[] =>
  inOneForm(cts, (list) => {
    const { context, level, parts, shape } = list[0]!;
    const program = Int32Array.of(POINTWISE.linear, weights.idOf(rows));
    const shapes = scales.map((scale) => ({ ...shape, scale }));
    return makeCiphertexts(context, shapes, (made) => {
      const [out, a, basis] = [handles(made), handles(list), context.basis(level)];
      context.kernel.pointwise(context.ring, out, a, basis, parts, program, new Float64Array(0));
    });
  });
