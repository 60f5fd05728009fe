import type { CkksClientPlan } from '../../compiler/plan.ts';
import { HesperError } from '../../errors.ts';
import { roundInput } from '../../graph/input.ts';
import { toColumns } from '../../packing/batch.ts';
import { decryptPrivate } from '../../rlwe/secret/decrypt.ts';
import { encryptSymmetricSeededToBytes } from '../../rlwe/secret/encrypt-symmetric.ts';
import { loadCiphertexts } from '../../rlwe/serialize.ts';
import { requireCount } from './checks.ts';
import { declaredInputs } from './inputs.ts';
import type { ClientScheme } from './scheme.ts';

/** Approximate numbers, one slot for an image. */
export const ckksClient: ClientScheme<CkksClientPlan> = {
  batch: (plan) => plan.ringDegree / 2,
  encrypt: (secretKey, plan, inputs, headroom) => {
    const { ciphertexts, scale, level, declaration } = plan.input;
    const rounded = declaration ? declaredInputs(inputs, declaration, roundInput) : inputs;
    const columns = toColumns(rounded, ciphertexts, plan.slots);
    return encryptSymmetricSeededToBytes(secretKey, columns, { scale, level, headroom });
  },
  load: (context, plan, payload) => requireCount(loadCiphertexts(context, payload), plan.output.ciphertexts),
  decrypt: (secretKey, _, answer) => {
    const values = decryptPrivate(secretKey, answer);
    return {
      output: (i) => Float64Array.from({ length: values.length }, (_, k) => values.column(k)[i]!),
      integers: () => {
        throw notIntegers();
      },
      dispose: () => values.dispose(),
    };
  },
};

const notIntegers = (): HesperError =>
  new HesperError('invalid-argument', 'these outputs are approximate numbers', {
    met: 'ckks',
    wanted: 'bfv',
    remedy: "Read them by output(i), or plan with scheme: 'bfv'",
  });
