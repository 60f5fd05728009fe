import { traceBfv } from '../../compiler/bfv/trace.ts';
import { saveClientPlan } from '../../compiler/client-plan.ts';
import { clientPlan, type Plan } from '../../compiler/plan.ts';
import { HesperError } from '../../errors.ts';
import { saveCiphertexts } from '../../rlwe/serialize.ts';
import { executeSync } from '../../runtime/executor.ts';
import { createBfvEvaluator } from '../../schemes/bfv/evaluator.ts';
import { loadSides } from '../integer-sides.ts';
import { joinSections } from '../protocol.ts';
import { checkOutputs, weightsOf } from './checks.ts';
import type { ServerScheme } from './scheme.ts';

type BfvPlan = Extract<Plan, { readonly scheme: 'bfv' }>;

/** -log2 of what a plan may leave to chance: a wrong coefficient anywhere, under all moduli. */
const FAILURE_BITS = 128;

/** Exact integers: the same program once for each plaintext modulus. */
export const bfvServer: ServerScheme<BfvPlan> = {
  check: (plan) => {
    const traces = plan.plaintextModuli.map((t) => traceBfv(plan.program, plan, t));
    for (const { results } of traces) checkOutputs(plan, results);
    const failure = traces.reduce((sum, t) => sum + (t.worstCase ? 0 : 2 ** -t.failureBits), 0);
    if (!(failure <= 2 ** -FAILURE_BITS)) throw uncertain(-Math.log2(failure));
  },
  save: (plan) => saveClientPlan(clientPlan(plan)),
  open: (context, plan, relinearizationKey) => {
    const { plaintextModuli, encoding, input } = plan;
    const evaluators = plaintextModuli.map((plaintextModulus) =>
      createBfvEvaluator(context, { plaintextModulus, encoding, relinearizationKey }),
    );
    const weights = weightsOf(plan.program);
    for (const evaluator of evaluators) evaluator.prepare(weights);
    return {
      sides: plaintextModuli.length,
      load: (payload, side) => loadSides(context, { plaintextModuli, ends: input }, payload, side),
      evaluate: (side, inputs, { releaseInputs }) =>
        executeSync(plan, evaluators[side]!, inputs, { release: (ct) => ct.dispose(), releaseInputs }),
      save: (outputs) => {
        const each = outputs.length / plaintextModuli.length;
        return joinSections(plaintextModuli.map((_, s) => saveCiphertexts(outputs.slice(s * each, (s + 1) * each))));
      },
      dispose: () => {
        for (const evaluator of evaluators) evaluator.dispose();
      },
    };
  },
};

const uncertain = (met: number): HesperError =>
  new HesperError('plan-mismatch', "the plan's answers may fail to decrypt", {
    met: `2^-${met.toFixed(1)}`,
    wanted: `at most 2^-${FAILURE_BITS}`,
    remedy: 'Plan again; the file was made by hand or by another version',
  });
