import type { Evaluator } from '../../evaluator/evaluator.ts';
import type { LinearRows, PlainRows } from '../../evaluator/verbs.ts';
import { disposeAll, disposed } from '../../rlwe/buffers.ts';
import type { Ciphertext, Form } from '../../rlwe/ciphertext.ts';
import type { Context } from '../../rlwe/context.ts';
import type { RelinearizationKey } from '../../rlwe/evaluation-keys.ts';
import type { GaloisKeys } from '../../rlwe/galois-keys.ts';
import { type CiphertextScope, runScoped, ScopeStack } from './scope.ts';

export interface EvaluatorKeys {
  /** Needed by `relinearizeAll` only. Keys stay the caller's: the evaluator does not dispose of them. */
  readonly relinearizationKey?: RelinearizationKey;
  /** Needed by `rotateMany`, `rotateSum` and `conjugateAll`. */
  readonly galoisKeys?: GaloisKeys;
}

export interface EvaluatorOptions extends EvaluatorKeys {
  /**
   * Memory for encoded vectors of `linearPlain` and `addPlain`: 8 n bytes each for every prime. Those used longest ago
   * go first. One call may need more and has it until it returns. Default 2^30.
   */
  readonly plaintextCacheBytes?: number;
}

export const CACHE_BYTES = 2 ** 30;

/** `Evaluator` over ciphertexts; holds packed weights and encoded vectors until `dispose()`. */
export type EncryptedEvaluator<F extends Form> = Evaluator<Ciphertext<F>> &
  Lifetime & {
    readonly context: Context;
    /**
     * Packs weights and encodes vectors before they are needed, so that the first run is as fast as the next.
     * @param level of the ciphertexts that `PlainRows` will meet; default the highest
     */
    prepare(rows: readonly (LinearRows | PlainRows)[], level?: number): void;
  };

interface Lifetime {
  /** Until it is disposed of, the scope owns what this evaluator makes. Scopes may be nested. */
  scope(): CiphertextScope;
  /** Runs `body` in a scope; the ciphertexts in what it returns (lists and objects included) are kept. */
  scoped<T>(body: (scope: CiphertextScope) => T): T;
  dispose(): void;
  [Symbol.dispose](): void;
}

interface Frame<F extends Form> {
  /** Around a verb: the evaluator alive, the ciphertexts usable, and its results noted by the scope. */
  verb<A>(
    body: (cts: readonly Ciphertext<F>[], argument: A) => Ciphertext<F>[],
  ): (cts: readonly Ciphertext<F>[], argument: A) => Ciphertext<F>[];
  /** @throws 'disposed' */
  requireAlive(): void;
  readonly lifetime: Lifetime;
}

/**
 * What evaluators of every scheme are made in.
 * @param owned is disposed of with the evaluator, or at once where there will be none
 * @throws 'context-mismatch' for keys of another context
 */
export function openFrame<F extends Form>(
  context: Context,
  keys: EvaluatorKeys,
  requireUsable: (cts: readonly Ciphertext<F>[]) => void,
  owned: readonly { dispose(): void }[],
): Frame<F> {
  try {
    requireOwnKeys(context, keys);
  } catch (error) {
    disposeAll(owned);
    throw error;
  }
  const scopes = new ScopeStack();
  let alive = true;
  const requireAlive = (): void => {
    if (!alive) throw disposed('evaluator');
  };
  const dispose = (): void => {
    if (alive) disposeAll(owned);
    alive = false;
  };
  return {
    requireAlive,
    verb: (body) => (cts, argument) => {
      requireAlive();
      requireUsable(cts);
      return scopes.track(body(cts, argument));
    },
    lifetime: {
      scope: () => scopes.open(),
      scoped: (body) => runScoped(scopes, body),
      dispose,
      [Symbol.dispose]: dispose,
    },
  };
}

function requireOwnKeys(context: Context, { relinearizationKey, galoisKeys }: EvaluatorKeys): void {
  if (relinearizationKey !== undefined) context.requireOwn('relinearisation key', relinearizationKey.context);
  if (galoisKeys !== undefined) context.requireOwn('set of Galois keys', galoisKeys.context);
}
