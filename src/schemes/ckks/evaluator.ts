import { checkConstants, checkPairs, checkRotateSum, checkSteps } from '../../evaluator/check.ts';
import type { Evaluator } from '../../evaluator/evaluator.ts';
import type { PointwiseStep } from '../../evaluator/verbs.ts';
import { fill } from '../../rlwe/buffers.ts';
import type { Ciphertext } from '../../rlwe/ciphertext.ts';
import type { Context } from '../../rlwe/context.ts';
import { requirePrimeToDrop, requireUsable } from '../common/checks.ts';
import { CACHE_BYTES, type EncryptedEvaluator, type EvaluatorOptions, openFrame } from '../common/frame.ts';
import { PlainPrograms } from '../common/linear-plain.ts';
import { inShapes, share } from '../common/lists.ts';
import { linearPairSums, pairSumsOf } from '../common/pair-sums.ts';
import { PlaintextCache } from '../common/plaintext-cache.ts';
import { relinearizeAll } from '../common/relinearize.ts';
import { conjugateAll, rotateMany, rotateSum } from '../common/rotate.ts';
import { PackedWeights } from '../common/weights.ts';
import { addPlain } from './add-plain.ts';
import { type Alignment, align } from './align.ts';
import { multiplyPairs, rescale } from './arithmetic.ts';
import { encodeVectors } from './encode-vectors.ts';
import { runPointwise } from './pointwise.ts';
import { ckksRules } from './rules.ts';

/** Public keys of an evaluator, and how much memory encoded vectors may take. */
export type CkksEvaluatorOptions = EvaluatorOptions<'ckks'>;

/** `Evaluator` over ciphertexts; holds packed weights and encoded vectors until `dispose()`. */
export type CkksEvaluator = EncryptedEvaluator<'ckks'> & {
  /**
   * Brings ciphertexts exactly to one level and scale, so that they can be added. Uses one level where the scale has
   * to change, and errs then by at most 2^-21 of the value.
   * @throws 'level-mismatch', 'scale-mismatch' where that is impossible
   */
  alignAll(cts: readonly Ciphertext<'ckks'>[], target: Alignment): Ciphertext<'ckks'>[];
};

/**
 * The verbs of `src/evaluator/verbs.ts` on encrypted values, one kernel job each. Scales are exact: `rescaleAll`
 * divides by the prime that is dropped. Levels, parts, scales, keys and contexts are checked before any work:
 * 'context-mismatch', 'disposed', 'level-mismatch', 'level-exhausted', 'parts-mismatch', 'scale-mismatch',
 * 'scale-overflow', 'shape-mismatch', 'missing-evaluation-key'.
 *
 * A ciphertext or key made under another secret of the SAME context cannot be told apart: it decrypts to noise.
 * Objects of another context are refused by identity, bytes of other parameters by the parameters' id.
 * CKKS in residue number systems: eprint 2018/931; key switching: eprint 2019/688.
 *
 * @throws 'context-mismatch' for BFV parameters
 */
export function createCkksEvaluator(context: Context<'ckks'>, options: CkksEvaluatorOptions = {}): CkksEvaluator {
  const { relinearizationKey, galoisKeys, plaintextCacheBytes = CACHE_BYTES } = options;
  context.requireScheme('ckks');
  const rules = ckksRules(context);
  const weights = new PackedWeights(context.kernel);
  const cache = new PlaintextCache(context, plaintextCacheBytes, (vectors, level, { scale }) =>
    encodeVectors(context, vectors, level, scale),
  );
  const programs = new PlainPrograms(rules, cache);
  const usable = (cts: readonly Ciphertext<'ckks'>[]): void => requireUsable(context, cts);
  const { verb, requireAlive, lifetime } = openFrame<'ckks', 'ntt'>(context, options, usable, [weights, cache]);
  const { slots, dataPrimes } = context.parameters;
  const pointwise = (cts: readonly Ciphertext<'ckks'>[], steps: readonly PointwiseStep[]): Ciphertext<'ckks'>[] =>
    cts.length === 0 || steps.length === 0 ? share(cts) : runPointwise(rules, weights, cts, steps);
  const verbs: Evaluator<Ciphertext<'ckks'>> = {
    slots,
    pointwise: verb(pointwise),
    linear: verb(
      (cts, rows) => linearPairSums(rules, cts, rows) ?? pointwise(cts, [{ verb: 'linear', argument: rows }]),
    ),
    linearPlain: verb((cts, rows) => programs.run(cts, rows)),
    addPlain: verb((cts, plains) => {
      checkConstants(cts.length, plains, slots);
      return addPlain(
        context,
        cache,
        cts,
        plains.map((plain, i) => rules.spell(plain, cts[i]!.scale)),
      );
    }),
    squareAll: verb((cts) => inShapes(cts, (group) => pointwise(group, [{ verb: 'squareAll', argument: undefined }]))),
    multiplyPairs: verb((cts, pairs) => {
      checkPairs(cts.length, pairs);
      return multiplyPairs(
        rules,
        pairs.map(([i, j]) => [cts[i]!, cts[j]!]),
      );
    }),
    rotateMany: verb((cts, steps) => {
      checkSteps(steps);
      return rotateMany(context, cts, steps, galoisKeys);
    }),
    rotateSum: verb((cts, steps) => {
      checkRotateSum(cts.length, steps);
      return rotateSum(context, cts, steps, galoisKeys);
    }),
    conjugateAll: verb((cts) => conjugateAll(context, cts, galoisKeys)),
    relinearizeAll: verb((cts) => relinearizeAll(cts, relinearizationKey)),
    rescaleAll: verb((cts) => {
      for (const ct of cts) requirePrimeToDrop(ct.level);
      return inShapes(cts, (group) => rescale(context, group));
    }),
    dropLevelAll: verb((cts, level) =>
      fill<Ciphertext<'ckks'>>([], (made) => {
        for (const ct of cts) made.push(ct.atLevel(level));
        for (const ct of made) rules.requireFits(level, ct.scale);
      }),
    ),
  };
  return {
    ...verbs,
    context,
    prepare: (rows, level = context.parameters.maxLevel) => {
      requireAlive();
      for (const row of rows)
        if ('rows' in row) programs.prepare(row, level);
        else if (pairSumsOf(row) === null) weights.idOf(row);
    },
    alignAll: (cts, target) => align(verbs, dataPrimes, cts, target),
    ...lifetime,
  };
}
