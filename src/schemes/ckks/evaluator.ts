import { HesperError } from '../../errors.ts';
import { checkConstants, checkPairs } from '../../evaluator/check.ts';
import type { Evaluator } from '../../evaluator/evaluator.ts';
import type { LinearRows, PointwiseStep } from '../../evaluator/verbs.ts';
import { disposed, fill } from '../../rlwe/buffers.ts';
import { type Ciphertext, handles, makeCiphertexts } from '../../rlwe/ciphertext.ts';
import type { Context } from '../../rlwe/context.ts';
import type { RelinearizationKey } from '../../rlwe/evaluation-keys.ts';
import { relinearize } from '../../rlwe/key-switch.ts';
import { requireFits, requirePartsFit, requirePrimeToDrop, requireUsable } from './checks.ts';
import { runPointwise } from './pointwise.ts';
import { PackedWeights } from './weights.ts';

export interface CkksEvaluatorOptions {
  /** Needed by `relinearizeAll` only. It stays the caller's: the evaluator does not dispose it. */
  readonly relinearizationKey?: RelinearizationKey;
}

/** `Evaluator` over ciphertexts; holds packed weights until `dispose()`. */
export type CkksEvaluator = Evaluator<Ciphertext> & {
  readonly context: Context;
  /** Packs weights before they are needed, so that the first run is as fast as the next. */
  prepare(rows: readonly LinearRows[]): void;
  dispose(): void;
  [Symbol.dispose](): void;
};

/**
 * The verbs of `src/evaluator/verbs.ts` on encrypted values, one kernel job each. Scales are exact: `rescaleAll`
 * divides by the prime that is dropped. Levels, parts, scales and contexts are checked before any work:
 * 'context-mismatch', 'disposed', 'level-mismatch', 'level-exhausted', 'parts-mismatch', 'scale-mismatch',
 * 'scale-overflow', 'shape-mismatch', 'missing-evaluation-key'.
 * CKKS in residue number systems: eprint 2018/931; key switching: one digit a prime, one special prime.
 */
export function createCkksEvaluator(
  context: Context,
  { relinearizationKey }: CkksEvaluatorOptions = {},
): CkksEvaluator {
  if (relinearizationKey !== undefined) context.requireOwn('relinearisation key', relinearizationKey.context);
  const weights = new PackedWeights(context.kernel);
  let alive = true;
  const usable = (cts: readonly Ciphertext[]): void => {
    if (!alive) throw disposed('evaluator');
    requireUsable(context, cts);
  };
  const steps = (cts: readonly Ciphertext[], list: readonly PointwiseStep[]): Ciphertext[] => {
    usable(cts);
    if (cts.length === 0 || list.length === 0) return share(cts);
    return runPointwise(context, weights, cts, list);
  };
  const dispose = (): void => {
    if (alive) weights.dispose();
    alive = false;
  };
  return {
    context,
    slots: context.parameters.slots,
    pointwise: steps,
    linear: (cts, argument) => steps(cts, [{ verb: 'linear', argument }]),
    addPlain: (cts, constants) => {
      checkConstants(cts.length, constants);
      return inShapes(cts, (group, indices) =>
        steps(group, [{ verb: 'addPlain', argument: indices.map((i) => constants[i]!) }]),
      );
    },
    squareAll: (cts) => inShapes(cts, (group) => steps(group, [{ verb: 'squareAll', argument: undefined }])),
    multiplyPairs: (cts, pairs) => {
      usable(cts);
      checkPairs(cts.length, pairs);
      return multiplyPairs(
        context,
        pairs.map(([i, j]) => [cts[i]!, cts[j]!]),
      );
    },
    relinearizeAll: (cts) => {
      usable(cts);
      const key = (): RelinearizationKey => relinearizationKey ?? missingKey();
      if (cts.some((ct) => ct.parts > 2)) key();
      return inShapes(cts, (group) => (group[0]!.parts === 2 ? share(group) : relinearize(group, key())));
    },
    rescaleAll: (cts) => {
      usable(cts);
      for (const ct of cts) requirePrimeToDrop(ct.level);
      return inShapes(cts, (group) => rescale(context, group));
    },
    dropLevelAll: (cts, level) => {
      usable(cts);
      return fill<Ciphertext>([], (made) => {
        for (const ct of cts) made.push(ct.atLevel(level));
        for (const ct of made) requireFits(context, level, ct.scale);
      });
    },
    prepare: (rows) => {
      usable([]);
      for (const row of rows) weights.idOf(row);
    },
    dispose,
    [Symbol.dispose]: dispose,
  };
}

/** The same ciphertexts under new names: the memory is shared, each is disposed by itself. */
const share = (cts: readonly Ciphertext[]): Ciphertext[] => cts.map((ct) => ct.atLevel(ct.level));

/** Applies a list verb to groups of equal level and parts, results in the order of the inputs. */
const inShapes = (
  cts: readonly Ciphertext[],
  verb: (group: readonly Ciphertext[], indices: readonly number[]) => Ciphertext[],
): Ciphertext[] => inGroupsBy(cts, ({ level, parts }) => level * 16 + parts, verb);

/** The same for any items and key. On failure what was made is disposed. */
function inGroupsBy<T>(
  items: readonly T[],
  keyOf: (item: T) => number,
  verb: (group: readonly T[], indices: readonly number[]) => Ciphertext[],
): Ciphertext[] {
  const groups = new Map<number, number[]>();
  items.forEach((item, i) => {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [i]);
    else group.push(i);
  });
  const out: Ciphertext[] = [];
  fill<Ciphertext>([], (made) => {
    for (const indices of groups.values()) {
      const results = verb(
        indices.map((i) => items[i]!),
        indices,
      );
      made.push(...results);
      indices.forEach((i, k) => {
        out[i] = results[k]!;
      });
    }
  });
  return out;
}

type Pair = readonly [Ciphertext, Ciphertext];

/** Products of pairs, grouped by level and parts; the numbers of parts may differ within a pair. */
function multiplyPairs(context: Context, pairs: readonly Pair[]): Ciphertext[] {
  for (const [a, b] of pairs) checkPair(context, a, b);
  return inGroupsBy(
    pairs,
    ([a, b]) => (a.level * 16 + a.parts) * 16 + b.parts,
    (group) => {
      const [a, b] = group[0]!;
      const shapes = group.map(([x, y]) => ({
        level: x.level,
        parts: x.parts + y.parts - 1,
        scale: x.scale * y.scale,
        form: 'ntt' as const,
      }));
      return makeCiphertexts(context, shapes, (made) => {
        const [left, right] = [handles(group.map(([x]) => x)), handles(group.map(([, y]) => y))];
        context.kernel.multiplyParts(
          context.ring,
          handles(made),
          left,
          right,
          context.basis(a.level),
          a.parts,
          b.parts,
        );
      });
    },
  );
}

function checkPair(context: Context, a: Ciphertext, b: Ciphertext): void {
  if (a.level !== b.level) {
    throw new HesperError('level-mismatch', 'multiplyPairs: the factors are at different levels', {
      met: b.level,
      wanted: a.level,
      remedy: 'Drop both to the lower level',
    });
  }
  requirePartsFit(a.parts + b.parts - 1);
  requireFits(context, a.level, a.scale * b.scale);
}

/** Ciphertexts of one level and number of parts to the level below; adds rounding noise of variance 1/12 a part. */
function rescale(context: Context, cts: readonly Ciphertext[]): Ciphertext[] {
  const { level, parts } = cts[0]!;
  const prime = context.parameters.dataPrimes[level]!;
  const shapes = cts.map(({ scale }) => ({ level: level - 1, parts, scale: scale / prime, form: 'ntt' as const }));
  return makeCiphertexts(context, shapes, (made) => {
    context.kernel.divideByLast(context.ring, handles(made), handles(cts), context.basis(level), parts);
  });
}

function missingKey(): never {
  throw new HesperError('missing-evaluation-key', 'relinearizeAll needs a relinearisation key', {
    met: 'no key',
    wanted: 'relinearizationKey',
    remedy: 'Give the evaluator the key that the secret-key owner made, or never relinearise',
  });
}
