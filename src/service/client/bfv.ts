import type { ClientPlan } from '../../compiler/plan.ts';
import { inputIntegers } from '../../graph/input.ts';
import { toColumns } from '../../packing/batch.ts';
import type { Ciphertext } from '../../rlwe/ciphertext.ts';
import { decryptIntegers, type PrivateIntegers } from '../../rlwe/secret/decrypt-integers.ts';
import { encryptIntegersToBytes } from '../../rlwe/secret/encrypt-integers.ts';
import { collect } from '../collect.ts';
import { loadSides } from '../integer-sides.ts';
import { joinInPlace, SECTION_HEAD_BYTES } from '../protocol.ts';
import { declaredInputs } from './inputs.ts';
import type { OutputValues } from './private-outputs.ts';
import type { ClientScheme } from './scheme.ts';

type BfvClientPlan = Extract<ClientPlan, { readonly scheme: 'bfv' }>;

/** Exact integers under one or more plaintext moduli: slots are images, or one image in coefficients. */
export const bfvClient: ClientScheme<BfvClientPlan> = {
  batch: (plan) => (plan.encoding === 'slots' ? plan.ringDegree : 1),
  encrypt: (secretKey, { encoding, slots, input }, inputs, headroom) => {
    const { ciphertexts, scale, level, integers: range } = input;
    const columns = toColumns(declaredInputs(inputs, input, inputIntegers), ciphertexts, slots);
    const destination = { headroom, gap: SECTION_HEAD_BYTES };
    return joinInPlace(encryptIntegersToBytes(secretKey, columns, { encoding, scale, level, range, ...destination }));
  },
  load: (context, { plaintextModuli, output }, payload) =>
    collect([...plaintextModuli.keys()], (side) =>
      loadSides(context, { plaintextModuli, ends: output }, payload, side),
    ),
  decrypt: (secretKey, { encoding, plaintextModuli, output }, answer) => {
    const sides = plaintextModuli.map((_, side) => sideOf(answer, side, output.ciphertexts));
    return outputsOf(decryptIntegers(secretKey, sides, { encoding }));
  },
};

const sideOf = (cts: readonly Ciphertext<'bfv'>[], side: number, each: number): readonly Ciphertext<'bfv'>[] =>
  cts.slice(side * each, (side + 1) * each);

/** Columns are put together when the first of their integers is asked for. */
function outputsOf(values: PrivateIntegers): OutputValues {
  const known: { integers?: readonly (readonly bigint[])[]; numbers?: readonly Float64Array[] } = {};
  const each = <T>(read: (k: number) => T): T[] => Array.from({ length: values.length }, (_, k) => read(k));
  return {
    integers: (i) => {
      known.integers ??= each((k) => values.integers(k));
      return known.integers.map((column) => column[i]!);
    },
    output: (i) => {
      known.numbers ??= each((k) => values.numbers(k));
      return Float64Array.from(known.numbers, (column) => column[i]!);
    },
    dispose: () => {
      for (const column of known.numbers ?? []) column.fill(0);
      delete known.integers;
      delete known.numbers;
      values.dispose();
    },
  };
}
