import { HesperError } from '../../errors.ts';
import { checkConstants, checkLinear, checkPairs, checkRotateSum, checkSteps } from '../../evaluator/check.ts';
import type { Evaluator } from '../../evaluator/evaluator.ts';
import type { LinearRows, PlainRows, PointwiseStep } from '../../evaluator/verbs.ts';
import { disposed, fill } from '../../rlwe/buffers.ts';
import type { Ciphertext } from '../../rlwe/ciphertext.ts';
import type { Context } from '../../rlwe/context.ts';
import type { RelinearizationKey } from '../../rlwe/evaluation-keys.ts';
import type { GaloisKeys } from '../../rlwe/galois-keys.ts';
import { relinearize } from '../../rlwe/key-switch.ts';
import { addPlain } from './add-plain.ts';
import { type Alignment, align } from './align.ts';
import { multiplyPairs, rescale } from './arithmetic.ts';
import { requireAlike, requireEqualScales, requireFits, requirePrimeToDrop, requireUsable } from './checks.ts';
import { PlainPrograms } from './linear-plain.ts';
import { inShapes, share } from './lists.ts';
import { pairSumsOf, runPairSums } from './pair-sums.ts';
import { PlaintextCache } from './plaintext-cache.ts';
import { runPointwise } from './pointwise.ts';
import { conjugateAll, rotateMany, rotateSum } from './rotate.ts';
import { type CiphertextScope, runScoped, ScopeStack } from './scope.ts';
import { PackedWeights } from './weights.ts';

export interface CkksEvaluatorOptions {
  /** Needed by `relinearizeAll` only. Keys stay the caller's: the evaluator does not dispose of them. */
  readonly relinearizationKey?: RelinearizationKey;
  /** Needed by `rotateMany`, `rotateSum` and `conjugateAll`. */
  readonly galoisKeys?: GaloisKeys;
  /**
   * Memory for encoded vectors of `linearPlain` and `addPlain`: 8 n bytes each for every prime. Those used longest ago
   * go first. One call may need more and has it until it returns. Default 2^30.
   */
  readonly plaintextCacheBytes?: number;
}

/** `Evaluator` over ciphertexts; holds packed weights and encoded vectors until `dispose()`. */
export type CkksEvaluator = Evaluator<Ciphertext> & {
  readonly context: Context;
  /**
   * Packs weights and encodes vectors before they are needed, so that the first run is as fast as the next.
   * @param level of the ciphertexts that `PlainRows` will meet; default the highest
   */
  prepare(rows: readonly (LinearRows | PlainRows)[], level?: number): void;
  /**
   * Brings ciphertexts exactly to one level and scale, so that they can be added. Uses one level where the scale has
   * to change, and errs then by at most 2^-21 of the value.
   * @throws 'level-mismatch', 'scale-mismatch' where that is impossible
   */
  alignAll(cts: readonly Ciphertext[], target: Alignment): Ciphertext[];
  /** Until it is disposed of, the scope owns what this evaluator makes. Scopes may be nested. */
  scope(): CiphertextScope;
  /** Runs `body` in a scope; the ciphertexts in what it returns (lists and objects included) are kept. */
  scoped<T>(body: (scope: CiphertextScope) => T): T;
  dispose(): void;
  [Symbol.dispose](): void;
};

const CACHE_BYTES = 2 ** 30;

/**
 * The verbs of `src/evaluator/verbs.ts` on encrypted values, one kernel job each. Scales are exact: `rescaleAll`
 * divides by the prime that is dropped. Levels, parts, scales, keys and contexts are checked before any work:
 * 'context-mismatch', 'disposed', 'level-mismatch', 'level-exhausted', 'parts-mismatch', 'scale-mismatch',
 * 'scale-overflow', 'shape-mismatch', 'missing-evaluation-key'.
 *
 * A ciphertext or key made under another secret of the SAME context cannot be told apart: it decrypts to noise.
 * Objects of another context are refused by identity, bytes of other parameters by the parameters' id.
 * CKKS in residue number systems: eprint 2018/931; key switching: eprint 2019/688.
 */
export function createCkksEvaluator(context: Context, options: CkksEvaluatorOptions = {}): CkksEvaluator {
  const { relinearizationKey, galoisKeys, plaintextCacheBytes = CACHE_BYTES } = options;
  if (relinearizationKey !== undefined) context.requireOwn('relinearisation key', relinearizationKey.context);
  if (galoisKeys !== undefined) context.requireOwn('set of Galois keys', galoisKeys.context);
  const weights = new PackedWeights(context.kernel);
  const cache = new PlaintextCache(context, plaintextCacheBytes);
  const programs = new PlainPrograms(context, cache);
  const scopes = new ScopeStack();
  const { slots, dataPrimes } = context.parameters;
  let alive = true;
  /** Every verb: alive, of this context, and its results noted by the scope. */
  const verb =
    <A>(body: (cts: readonly Ciphertext[], argument: A) => Ciphertext[]) =>
    (cts: readonly Ciphertext[], argument: A): Ciphertext[] => {
      if (!alive) throw disposed('evaluator');
      requireUsable(context, cts);
      return scopes.track(body(cts, argument));
    };
  const pointwise = (cts: readonly Ciphertext[], steps: readonly PointwiseStep[]): Ciphertext[] =>
    cts.length === 0 || steps.length === 0 ? share(cts) : runPointwise(context, weights, cts, steps);
  const dispose = (): void => {
    if (!alive) return;
    alive = false;
    weights.dispose();
    cache.dispose();
  };
  const verbs: Evaluator<Ciphertext> = {
    slots,
    pointwise: verb(pointwise),
    linear: verb((cts, rows) => linear(context, cts, rows) ?? pointwise(cts, [{ verb: 'linear', argument: rows }])),
    linearPlain: verb((cts, rows) => programs.run(cts, rows)),
    addPlain: verb((cts, plains) => {
      checkConstants(cts.length, plains, slots);
      return addPlain(context, cache, cts, plains);
    }),
    squareAll: verb((cts) => inShapes(cts, (group) => pointwise(group, [{ verb: 'squareAll', argument: undefined }]))),
    multiplyPairs: verb((cts, pairs) => {
      checkPairs(cts.length, pairs);
      return multiplyPairs(
        context,
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
      fill<Ciphertext>([], (made) => {
        for (const ct of cts) made.push(ct.atLevel(level));
        for (const ct of made) requireFits(context, level, ct.scale);
      }),
    ),
  };
  return {
    ...verbs,
    context,
    prepare: (rows, level = context.parameters.maxLevel) => {
      if (!alive) throw disposed('evaluator');
      for (const row of rows)
        if ('rows' in row) programs.prepare(row, level);
        else if (pairSumsOf(row) === null) weights.idOf(row);
    },
    alignAll: (cts, target) => align(verbs, dataPrimes, cts, target),
    scope: () => scopes.open(),
    scoped: (body) => runScoped(scopes, body),
    dispose,
    [Symbol.dispose]: dispose,
  };
}

/** Sums and differences of two, which need no weights; undefined for other rows. */
function linear(context: Context, cts: readonly Ciphertext[], rows: LinearRows): Ciphertext[] | undefined {
  const sums = pairSumsOf(rows);
  if (sums === null || cts.length === 0) return undefined;
  checkLinear(cts.length, rows);
  requireAlike('linear', cts);
  requireEqualScales(
    'linear',
    cts.map((ct) => ct.scale),
  );
  const scale = cts[0]!.scale * rows.scale;
  requireFits(context, cts[0]!.level, scale);
  return runPairSums(context, cts, sums, scale);
}

function relinearizeAll(cts: readonly Ciphertext[], key: RelinearizationKey | undefined): Ciphertext[] {
  if (key === undefined && cts.some((ct) => ct.parts > 2)) throw missingKey();
  return inShapes(cts, (group) => (group[0]!.parts === 2 ? share(group) : relinearize(group, key!)));
}

const missingKey = (): HesperError =>
  new HesperError('missing-evaluation-key', 'relinearizeAll needs a relinearisation key', {
    met: 'no key',
    wanted: 'relinearizationKey',
    remedy: 'Give the evaluator the key that the secret-key owner made, or never relinearise',
  });
