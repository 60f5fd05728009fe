import { saveClientPlan } from '../../compiler/client-plan.ts';
import { type CkksPlan, clientPlan } from '../../compiler/plan.ts';
import { retrace } from '../../compiler/retrace.ts';
import { loadCiphertexts, saveCiphertexts } from '../../rlwe/serialize.ts';
import { executeSync } from '../../runtime/executor.ts';
import { createCkksEvaluator } from '../../schemes/ckks/evaluator.ts';
import { checkInputs, checkOutputs, weightsOf } from './checks.ts';
import type { ServerScheme } from './scheme.ts';

/** Approximate numbers: one side, slots are images. */
export const ckksServer: ServerScheme<CkksPlan> = {
  check: (plan) => checkOutputs(plan, retrace(plan).results),
  save: (plan) => saveClientPlan(clientPlan(plan)),
  open: (context, plan, relinearizationKey) => {
    const evaluator = createCkksEvaluator(context, { relinearizationKey });
    evaluator.prepare(weightsOf(plan.program));
    return {
      sides: 1,
      load: (payload) => checkInputs(plan, loadCiphertexts(context, payload)),
      evaluate: (_, inputs, { releaseInputs }) =>
        executeSync(plan, evaluator, inputs, { release: (ct) => ct.dispose(), releaseInputs }),
      save: (outputs) => saveCiphertexts(outputs),
      dispose: () => evaluator.dispose(),
    };
  },
};
