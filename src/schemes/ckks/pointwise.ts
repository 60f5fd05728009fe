import type { PointwiseStep } from '../../evaluator/verbs.ts';
import { POINTWISE } from '../../kernel/kernel.ts';
import { type Ciphertext, handles, makeCiphertexts } from '../../rlwe/ciphertext.ts';
import type { Context } from '../../rlwe/context.ts';
import { requireAlike } from '../common/checks.ts';
import type { Rules } from '../common/rules.ts';
import { constantResidues, scaledInteger } from '../common/scaled-integer.ts';
import { after, type ListState } from '../common/steps.ts';
import type { PackedWeights } from '../common/weights.ts';
import { tooLarge } from './scalar.ts';

/**
 * A run of linear, addPlain and squareAll steps as one kernel job: all checks first, then the program. The
 * ciphertexts are alive, of this context, and at least one.
 * @throws 'level-mismatch', 'parts-mismatch', 'scale-mismatch', 'scale-overflow', 'shape-mismatch', 'non-finite-value'
 */
export function runPointwise(
  rules: Rules<'ckks'>,
  weights: PackedWeights,
  cts: readonly Ciphertext<'ckks'>[],
  steps: readonly PointwiseStep[],
): Ciphertext<'ckks'>[] {
  const { context } = rules;
  requireAlike('pointwise', cts);
  const { level, parts } = cts[0]!;
  const primes = context.parameters.dataPrimes.slice(0, level + 1);
  const program: number[] = [];
  const constants: number[] = [];
  let state: ListState = { scales: cts.map((ct) => ct.scale), parts };
  for (const step of steps) {
    const before = state;
    state = after(rules, level, before, step);
    if (step.verb === 'squareAll') program.push(POINTWISE.square);
    else if (step.verb === 'addPlain') {
      program.push(POINTWISE.addConstants);
      constants.push(...constantsOf(context, level, before.scales, step.argument, primes));
    } else program.push(POINTWISE.linear, weights.idOf(step.argument));
  }
  return compute(context, cts, state, Int32Array.from(program), Float64Array.from(constants));
}

/** Neighbouring outputs may differ in scale, so each has its own shape. */
function compute(
  context: Context<'ckks'>,
  cts: readonly Ciphertext<'ckks'>[],
  { scales, parts }: ListState,
  program: Int32Array,
  constants: Float64Array,
): Ciphertext<'ckks'>[] {
  const { level, parts: partsBefore, shape } = cts[0]!;
  return makeCiphertexts(
    context,
    scales.map((scale) => ({ ...shape, parts, scale })),
    (made) => {
      context.kernel.pointwise(
        context.ring,
        handles(made),
        handles(cts),
        context.basis(level),
        partsBefore,
        program,
        constants,
      );
    },
  );
}

/** In the kernel's order [limb][element]. */
function constantsOf(
  context: Context<'ckks'>,
  level: number,
  scales: readonly number[],
  values: readonly number[],
  primes: readonly number[],
): number[] {
  const half = context.modulus(level) / 2n;
  const residues = values.map((value, i) => {
    const integer = scaledInteger(value, scales[i]!);
    if (integer > half || integer < -half) throw tooLarge(context, level, scales[i]!);
    return constantResidues(integer, primes);
  });
  return primes.flatMap((_, l) => residues.map((row) => row[l]!));
}
