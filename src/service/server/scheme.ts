import type { Plan } from '../../compiler/plan.ts';
import type { Ciphertext } from '../../rlwe/ciphertext.ts';
import type { Context } from '../../rlwe/context.ts';
import type { RelinearizationKey } from '../../rlwe/evaluation-keys.ts';
import type { Scheme } from '../../rlwe/parameters.ts';

/** What a server does under one scheme: a file beside this one, and a line in schemes.ts. */
export interface ServerScheme<P extends Plan = Plan> {
  /** Follows the program without computing. @throws 'plan-mismatch' if it does not do what the plan says */
  check(plan: P): void;
  /** The plan for the client: no weights. */
  save(plan: P): Uint8Array;
  open(context: Context<P['scheme']>, plan: P, key: RelinearizationKey<P['scheme']> | undefined): Engine<P['scheme']>;
}

/**
 * A plan at work for one client. A request has one or more sides, evaluated one after the other by the same program:
 * one for each plaintext modulus, or a single one.
 */
export interface Engine<S extends Scheme = Scheme> {
  readonly sides: number;
  /**
   * The ciphertexts of one side, checked against the plan. The caller disposes of them.
   * @throws 'malformed-bytes', 'unsupported-version', 'context-mismatch', 'residue-out-of-range', 'shape-mismatch'
   */
  load(payload: Uint8Array, side: number): Ciphertext<S>[];
  evaluate(side: number, inputs: readonly Ciphertext<S>[], options: { releaseInputs: boolean }): Ciphertext<S>[];
  /** The answer of all sides, side by side. */
  save(outputs: readonly Ciphertext<S>[]): Uint8Array;
  dispose(): void;
}
