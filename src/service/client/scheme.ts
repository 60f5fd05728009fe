import type { ClientPlan } from '../../compiler/plan.ts';
import type { Ciphertext } from '../../rlwe/ciphertext.ts';
import type { Context } from '../../rlwe/context.ts';
import type { SecretKey } from '../../rlwe/secret/secret-key.ts';
import type { OutputValues } from './private-outputs.ts';

/** Flattened inputs, one per image. */
export type Inputs = readonly (Float32Array | Float64Array)[];

/** What a client does under one scheme: a file beside this one, and a line in schemes.ts. */
export interface ClientScheme<P extends ClientPlan = ClientPlan> {
  /** Inputs that one request of such a ring carries. */
  batch(plan: P): number;
  /**
   * A request's payload, with `headroom` free bytes before it in its buffer. Missing inputs are filled up.
   * @throws 'shape-mismatch', 'non-finite-value'
   */
  encrypt(secretKey: SecretKey<P['scheme']>, plan: P, inputs: Inputs, headroom: number): Uint8Array;
  /** The ciphertexts of an answer, which the caller disposes of. @throws 'malformed-bytes', 'context-mismatch', ... */
  load(context: Context<P['scheme']>, plan: P, payload: Uint8Array): Ciphertext<P['scheme']>[];
  decrypt(secretKey: SecretKey<P['scheme']>, plan: P, answer: readonly Ciphertext<P['scheme']>[]): OutputValues;
}
