import type { BfvPlan } from '../compiler/bfv/plan.ts';
import { type BfvTracer, createBfvTracer } from '../evaluator/bfv-trace.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { type Context, createContext } from '../rlwe/context.ts';
import { createParameters } from '../rlwe/parameters.ts';
import { KeyGenerator } from '../rlwe/secret/key-generator.ts';
import type { SecretKey } from '../rlwe/secret/secret-key.ts';
import { type BfvEvaluator, createBfvEvaluator } from '../schemes/bfv/evaluator.ts';

/** A plan's parameters with a key of their own, an evaluator and a tracer for each plaintext modulus. */
export interface Workbench {
  readonly plan: BfvPlan;
  readonly context: Context<'bfv'>;
  readonly secretKey: SecretKey<'bfv'>;
  readonly sides: readonly { readonly t: number; readonly ev: BfvEvaluator; readonly tracer: BfvTracer }[];
  dispose(): void;
}

export function openWorkbench(kernel: Kernel, plan: BfvPlan): Workbench {
  const { ringDegree, dataPrimes, specialPrimes, plaintextModuli, securityBits, encoding, evaluationKeyPowers } = plan;
  const literal = { ringDegree, dataPrimes, specialPrimes, plaintextModuli, security: securityBits };
  const context = createContext(createParameters(literal), kernel);
  const generator = new KeyGenerator(context);
  const secretKey = generator.secretKey();
  const parts = Math.max(0, ...evaluationKeyPowers) + 1;
  const relinearizationKey = parts > 1 ? generator.relinearizationKey(secretKey, { parts }) : undefined;
  const sides = plaintextModuli.map((t) => ({
    t,
    ev: createBfvEvaluator(context, { plaintextModulus: t, encoding, relinearizationKey }),
    tracer: createBfvTracer({ ringDegree, primes: dataPrimes, special: specialPrimes, plaintextModulus: t, encoding }),
  }));
  return {
    plan,
    context,
    secretKey,
    sides,
    dispose: () => {
      for (const { ev } of sides) ev.dispose();
      relinearizationKey?.dispose();
      secretKey.dispose();
      context.dispose();
    },
  };
}
