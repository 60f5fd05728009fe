import type { Plan } from '../src/compiler/plan.ts';
import { HesperError } from '../src/errors.ts';
import { createClearEvaluator } from '../src/evaluator/clear.ts';
import type { Kernel } from '../src/kernel/kernel.ts';
import { type Rows, toColumns } from '../src/packing/batch.ts';
import type { Ciphertext } from '../src/rlwe/ciphertext.ts';
import { createContext } from '../src/rlwe/context.ts';
import { createParameters } from '../src/rlwe/parameters.ts';
import { decryptPrivate } from '../src/rlwe/secret/decrypt.ts';
import { encryptSymmetric } from '../src/rlwe/secret/encrypt-symmetric.ts';
import { KeyGenerator } from '../src/rlwe/secret/key-generator.ts';
import { execute, executeSync } from '../src/runtime/executor.ts';
import { createCkksEvaluator } from '../src/schemes/ckks/evaluator.ts';

/**
 * Encrypts, runs the plan's program, decrypts, and compares with the same integer plan in the clear: -log2 of the
 * largest error over the largest output. -Infinity where the engine itself refuses (a message that cannot fit).
 */
export async function measureEncrypted(kernel: Kernel, plan: Plan, images: Rows): Promise<number> {
  const columns = toColumns(images, plan.input.ciphertexts, plan.slots);
  const wanted = executeSync(plan, createClearEvaluator(plan.slots), columns);
  try {
    return precision(await runEncrypted(kernel, plan, columns), wanted);
  } catch (error) {
    if (error instanceof HesperError && refusals.includes(error.code)) return Number.NEGATIVE_INFINITY;
    throw error;
  }
}

const refusals: readonly string[] = ['scale-overflow', 'level-exhausted'];

async function runEncrypted(kernel: Kernel, plan: Plan, columns: readonly Float64Array[]): Promise<Float64Array[]> {
  const { ringDegree, dataPrimes, specialPrimes, securityBits: security } = plan;
  const context = createContext(createParameters({ ringDegree, dataPrimes, specialPrimes, security }), kernel);
  const generator = new KeyGenerator(context);
  const secretKey = generator.secretKey();
  const parts = plan.evaluationKeyPowers.length + 2;
  const relinearizationKey = parts > 2 ? generator.relinearizationKey(secretKey, { parts }) : undefined;
  const ev = createCkksEvaluator(context, { relinearizationKey });
  try {
    const inputs = encryptSymmetric(secretKey, columns, { scale: plan.input.scale });
    const release = (ct: Ciphertext<'ckks'>): void => ct.dispose();
    const outputs = await execute(plan, ev, inputs, { release, releaseInputs: true });
    const values = decryptPrivate(secretKey, outputs);
    for (const ct of outputs) ct.dispose();
    return wantedColumns(plan).map((i) => values.column(i));
  } finally {
    ev.dispose();
    relinearizationKey?.dispose();
    secretKey.dispose();
    context.dispose();
  }
}

const wantedColumns = (plan: Plan): number[] => Array.from({ length: plan.output.ciphertexts }, (_, i) => i);

function precision(met: readonly Float64Array[], wanted: readonly Float64Array[]): number {
  let error = 0;
  let largest = 0;
  wanted.forEach((column, o) => {
    column.forEach((value, j) => {
      error = Math.max(error, Math.abs(value - met[o]![j]!));
      largest = Math.max(largest, Math.abs(value));
    });
  });
  return -Math.log2(error / largest);
}
