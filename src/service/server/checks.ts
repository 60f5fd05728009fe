import type { ClientPlan } from '../../compiler/plan.ts';
import { HesperError } from '../../errors.ts';
import type { Program } from '../../evaluator/record.ts';
import type { LinearRows } from '../../evaluator/verbs.ts';
import type { Ciphertext } from '../../rlwe/ciphertext.ts';
import type { Scheme } from '../../rlwe/parameters.ts';

/** What a plan says of a request and of an answer. */
type Ends = Pick<ClientPlan, 'input' | 'output'>;

/** The ciphertexts of a request, or of one side of it, if they fit the plan; otherwise they are disposed of. */
export function checkInputs<S extends Scheme>({ input }: Ends, inputs: Ciphertext<S>[]): Ciphertext<S>[] {
  const { ciphertexts, level, scale } = input;
  const fits =
    inputs.length === ciphertexts && inputs.every((ct) => ct.level === level && ct.scale === scale && ct.parts === 2);
  if (fits) return inputs;
  const met = {
    ciphertexts: inputs.length,
    level: inputs[0]?.level,
    scale: inputs[0]?.scale,
    parts: inputs[0]?.parts,
  };
  for (const ct of inputs) ct.dispose();
  throw new HesperError('shape-mismatch', 'the request does not fit the plan', {
    met,
    wanted: { ciphertexts, level, scale, parts: 2 },
    remedy: "Encrypt with a client made from this server's offer",
  });
}

/** Where a program ends, as a tracer tells it, has to be where the plan says. @throws 'plan-mismatch' */
export function checkOutputs(
  { output }: Ends,
  results: readonly { readonly level: number; readonly parts: number }[],
): void {
  const { ciphertexts, level, parts } = output;
  if (results.length === ciphertexts && results.every((r) => r.level === level && r.parts === parts)) return;
  throw new HesperError('plan-mismatch', "the plan's program does not end where the plan says", {
    met: { ciphertexts: results.length, level: results[0]?.level, parts: results[0]?.parts },
    wanted: { ciphertexts, level, parts },
    remedy: 'Plan again; the file was made by hand or by another version',
  });
}

/** Every integer matrix of a program: packed once, before the first request. */
export const weightsOf = ({ steps }: Program): LinearRows[] =>
  steps.flatMap((step) => {
    if (step.verb === 'linear') return [step.argument];
    return step.verb === 'pointwise' ? step.argument.flatMap((s) => (s.verb === 'linear' ? [s.argument] : [])) : [];
  });
