import { checkConstants, checkLinear } from '../../evaluator/check.ts';
import type { PointwiseStep } from '../../evaluator/verbs.ts';
import { POINTWISE } from '../../kernel/kernel.ts';
import { type Ciphertext, handles, makeCiphertexts } from '../../rlwe/ciphertext.ts';
import type { Context } from '../../rlwe/context.ts';
import { requireAlike, requireEqualScales, requireFits, requirePartsFit } from './checks.ts';
import { constantResidues, scaledInteger, tooLarge } from './scalar.ts';
import type { PackedWeights } from './weights.ts';

/** What is known of the list after some steps, without computing. */
interface State {
  readonly scales: readonly number[];
  readonly parts: number;
}

/**
 * A run of linear, addPlain and squareAll steps as one kernel job: all checks first, then the program. The
 * ciphertexts are alive, of this context, and at least one.
 * @throws 'level-mismatch', 'parts-mismatch', 'scale-mismatch', 'scale-overflow', 'shape-mismatch', 'non-finite-value'
 */
export function runPointwise(
  context: Context,
  weights: PackedWeights,
  cts: readonly Ciphertext[],
  steps: readonly PointwiseStep[],
): Ciphertext[] {
  requireAlike('pointwise', cts);
  const { level, parts } = cts[0]!;
  const primes = context.parameters.dataPrimes.slice(0, level + 1);
  const program: number[] = [];
  const constants: number[] = [];
  let state: State = { scales: cts.map((ct) => ct.scale), parts };
  for (const step of steps) {
    const before = state;
    state = after(context, level, before, step);
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
  context: Context,
  cts: readonly Ciphertext[],
  { scales, parts }: State,
  program: Int32Array,
  constants: Float64Array,
): Ciphertext[] {
  const { level, parts: partsBefore } = cts[0]!;
  return makeCiphertexts(
    context,
    scales.map((scale) => ({ level, parts, scale, form: 'ntt' })),
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

function after(context: Context, level: number, { scales, parts }: State, step: PointwiseStep): State {
  const state = advance(step, scales, parts);
  for (const scale of new Set(state.scales)) requireFits(context, level, scale);
  requirePartsFit(state.parts);
  return state;
}

function advance(step: PointwiseStep, scales: readonly number[], parts: number): State {
  if (step.verb === 'squareAll') return { scales: scales.map((s) => s * s), parts: 2 * parts - 1 };
  if (step.verb === 'addPlain') {
    checkConstants(scales.length, step.argument);
    return { scales, parts };
  }
  checkLinear(scales.length, step.argument);
  requireEqualScales('linear', scales);
  return { scales: new Array<number>(step.argument.outputs).fill(scales[0]! * step.argument.scale), parts };
}

/** In the kernel's order [limb][element]. */
function constantsOf(
  context: Context,
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
