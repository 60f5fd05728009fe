import type { Evaluator } from '../../evaluator/evaluator.ts';
import type { LinearRows, PlainRows } from '../../evaluator/verbs.ts';
import { disposeAll, disposed } from '../../rlwe/buffers.ts';
import type { Ciphertext, Form, FormOf } from '../../rlwe/ciphertext.ts';
import type { Context } from '../../rlwe/context.ts';
import type { RelinearizationKey } from '../../rlwe/evaluation-keys.ts';
import type { GaloisKeys } from '../../rlwe/galois-keys.ts';
import type { Scheme } from '../../rlwe/parameters.ts';
import { type CiphertextScope, runScoped, ScopeStack } from './scope.ts';

export interface EvaluatorKeys<S extends Scheme = Scheme> {
  /** Needed by `relinearizeAll` only. Keys stay the caller's: the evaluator does not dispose of them. */
  readonly relinearizationKey?: RelinearizationKey<S>;
  /** Needed by `rotateMany`, `rotateSum` and `conjugateAll`. */
  readonly galoisKeys?: GaloisKeys<S>;
}

export interface EvaluatorOptions<S extends Scheme = Scheme> extends EvaluatorKeys<S> {
  /**
   * Memory for encoded vectors of `linearPlain` and `addPlain`: 8 n bytes each for every prime. Those used longest ago
   * go first. One call may need more and has it until it returns. Default 2^30.
   */
  readonly plaintextCacheBytes?: number;
}

export const CACHE_BYTES = 2 ** 30;

/** `Evaluator` over ciphertexts; holds packed weights and encoded vectors until `dispose()`. */
export type EncryptedEvaluator<S extends Scheme = Scheme, F extends Form = FormOf<S>> = Evaluator<Ciphertext<S, F>> &
  Lifetime & {
    readonly context: Context<S>;
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
  /** For `using`: the same as `dispose()`. */
  [Symbol.dispose](): void;
}

interface Frame<S extends Scheme, F extends Form> {
  /** Around a verb: the evaluator alive, the ciphertexts usable, and its results noted by the scope. */
  verb<A>(
    body: (cts: readonly Ciphertext<S, F>[], argument: A) => Ciphertext<S, F>[],
  ): (cts: readonly Ciphertext<S, F>[], argument: A) => Ciphertext<S, F>[];
  /** @throws 'disposed' */
  requireAlive(): void;
  readonly lifetime: Lifetime;
}

/**
 * What evaluators of every scheme are made in.
 * @param owned is disposed of with the evaluator, or at once where there will be none
 * @throws 'context-mismatch' for keys of another context
 */
export function openFrame<S extends Scheme, F extends Form>(
  context: Context<S>,
  keys: EvaluatorKeys<S>,
  requireUsable: (cts: readonly Ciphertext<S, F>[]) => void,
  owned: readonly { dispose(): void }[],
): Frame<S, F> {
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
