import type { Plan } from '../../compiler/plan.ts';
import type { Ciphertext, Form } from '../../rlwe/ciphertext.ts';
import type { Context } from '../../rlwe/context.ts';
import type { RelinearizationKey } from '../../rlwe/evaluation-keys.ts';

/** What a server does under one scheme: a file beside this one, and a line in schemes.ts. */
export interface ServerScheme<P extends Plan = Plan> {
  /** Follows the program without computing. @throws 'plan-mismatch' if it does not do what the plan says */
  check(plan: P): void;
  /** The plan for the client: no weights. */
  save(plan: P): Uint8Array;
  open(context: Context, plan: P, key: RelinearizationKey | undefined): Engine;
}

/**
 * A plan at work for one client. A request has one or more sides, evaluated one after the other by the same program:
 * one for each plaintext modulus, or a single one.
 */
export interface Engine {
  readonly sides: number;
  /**
   * The ciphertexts of one side, checked against the plan. The caller disposes of them.
   * @throws 'malformed-bytes', 'unsupported-version', 'context-mismatch', 'residue-out-of-range', 'shape-mismatch'
   */
  load(payload: Uint8Array, side: number): Ciphertext<Form>[];
  evaluate(side: number, inputs: readonly Ciphertext<Form>[], options: { releaseInputs: boolean }): Ciphertext<Form>[];
  /** The answer of all sides, side by side. */
  save(outputs: readonly Ciphertext<Form>[]): Uint8Array;
  dispose(): void;
}
