/** Ciphertexts from outside, and what a server does with them under keys that came from outside as well. */
import { disposeAll } from '../../src/rlwe/buffers.ts';
import type { Ciphertext, Form } from '../../src/rlwe/ciphertext.ts';
import type { Parameters, Scheme } from '../../src/rlwe/parameters.ts';
import { loadCiphertexts, loadIntegerCiphertexts, saveCiphertexts } from '../../src/rlwe/serialize.ts';
import {
  loadGaloisKeys,
  loadRelinearizationKey,
  saveGaloisKeys,
  saveRelinearizationKey,
} from '../../src/rlwe/serialize-keys.ts';
import { createBfvEvaluator } from '../../src/schemes/bfv/evaluator.ts';
import { createCkksEvaluator } from '../../src/schemes/ckks/evaluator.ts';
import type { MakeTarget, Target } from '../target.ts';
import {
  bfvBatches,
  bfvParameters,
  bytesOf,
  ckksBatches,
  ckksParameters,
  objectBound,
  type Party,
  party,
} from './objects.ts';

const keysOf = <S extends Scheme>({ generator, secretKey, context }: Party<S>) => ({
  relinearizationKey: loadRelinearizationKey(
    context,
    bytesOf(generator.relinearizationKey(secretKey, { parts: 4 }), saveRelinearizationKey),
  ),
  galoisKeys: loadGaloisKeys(
    context,
    bytesOf(generator.galoisKeys(secretKey, { steps: [1], conjugation: true }), saveGaloisKeys),
  ),
});

/** Lists that are freed whatever happens, the last first. */
function chain<C extends Ciphertext<Scheme, Form>>(first: C[], steps: readonly ((cts: C[]) => C[])[]): Uint8Array {
  const made: C[][] = [first];
  try {
    for (const step of steps) made.push(step(made.at(-1)!));
    const last = made.at(-1)!;
    return last.length > 0 ? saveCiphertexts(last) : new Uint8Array(0);
  } finally {
    for (const list of made.reverse()) disposeAll(list);
  }
}

/** Evaluations take a fixed number of elements, 16 for each that came in, with work memory. */
const evaluationBound = (length: number): number => 2 ** 21 + 16 * objectBound(length);

const evaluates =
  <S extends Scheme>(
    parameters: Parameters<S>,
    make: (owner: Party<S>) => Pick<Target, 'samples' | 'read'> & { end(): void },
  ): MakeTarget =>
  (kernel) => {
    const owner = party(kernel, parameters);
    const { end, ...target } = make(owner);
    return {
      ...target,
      bound: evaluationBound,
      dispose: () => {
        end();
        disposeAll([owner.secretKey, owner.context]);
      },
    };
  };

export const evaluateCkks = evaluates(ckksParameters, (owner) => {
  const { context, secretKey } = owner;
  const keys = keysOf(owner);
  const evaluator = createCkksEvaluator(context, keys);
  return {
    samples: ckksBatches(secretKey),
    read: (bytes) => {
      chain(loadCiphertexts(context, bytes), [
        (cts) => evaluator.rotateMany(cts, [1]),
        (cts) =>
          evaluator.addPlain(
            cts,
            cts.map(() => 0.5),
          ),
        (cts) => evaluator.squareAll(cts, undefined),
        (cts) => evaluator.relinearizeAll(cts, undefined),
        (cts) => evaluator.rescaleAll(cts, undefined),
      ]);
      return {};
    },
    end: () => disposeAll([evaluator, keys.relinearizationKey, keys.galoisKeys]),
  };
});

export const evaluateBfv = evaluates(bfvParameters, (owner) => {
  const { context, secretKey } = owner;
  const keys = keysOf(owner);
  const plaintextModulus = context.parameters.plaintextModuli[1]!;
  const evaluator = createBfvEvaluator(context, { ...keys, plaintextModulus, encoding: 'coefficients' });
  return {
    samples: bfvBatches(secretKey),
    read: (bytes) => {
      chain<Ciphertext<'bfv', Form>>(loadIntegerCiphertexts(context, bytes), [
        (cts) => evaluator.squareAll(cts, undefined),
        (cts) => evaluator.relinearizeAll(cts, undefined),
        (cts) => evaluator.rescaleAll(cts, undefined),
      ]);
      return {};
    },
    end: () => disposeAll([evaluator, keys.relinearizationKey, keys.galoisKeys]),
  };
});
