import type { Arguments, Verb } from './verbs.ts';

/**
 * The verbs that a scheme offers to circuits; `C` is that interpreter's ciphertext. Every verb has the same shape,
 * (list, argument) -> list, and one call is one coarse job. Inputs are never changed or disposed.
 * Circuits and lowerings import this file and nothing of the cryptography.
 */
export type Evaluator<C> = { readonly slots: number } & {
  readonly [V in Verb]: (cts: readonly C[], ...argument: ArgumentOf<V>) => C[];
};

/** What a verb takes behind its list; verbs without an argument may be called without. */
type ArgumentOf<V extends Verb> = Arguments[V] extends undefined ? [argument?: undefined] : [argument: Arguments[V]];
