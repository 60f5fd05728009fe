import type { Plan } from '../../compiler/plan.ts';
import { HesperError } from '../../errors.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { type Context, createContext } from '../../rlwe/context.ts';
import type { RelinearizationKey } from '../../rlwe/evaluation-keys.ts';
import { loadParameters } from '../../rlwe/serialize.ts';
import { loadRelinearizationKey } from '../../rlwe/serialize-keys.ts';
import { planParameters } from '../parameters.ts';
import { expectFrame, frame, joinSections, splitSections } from '../protocol.ts';
import { InferenceSession } from './inference-session.ts';
import { serverScheme } from './schemes.ts';

/**
 * Runs a plan on ciphertexts of clients. Holds the model's weights and public material only: no secret key, no
 * plaintext input, no plaintext result.
 */
export class InferenceServer {
  readonly plan: Plan;
  readonly #context: Context;

  /**
   * Checks the plan, which may come from a file: its security, and that its program does what it says.
   * @throws 'insecure-parameters', 'invalid-parameters', 'plan-mismatch', and what tracing it throws
   */
  constructor(kernel: Kernel, plan: Plan) {
    serverScheme(plan).check(plan);
    this.plan = plan;
    this.#context = createContext(planParameters(plan), kernel);
  }

  /** First message, to every client: what to encrypt and under which parameters. No weights. */
  offer(): Uint8Array {
    return frame('offer', 0, joinSections([serverScheme(this.plan).save(this.plan)]));
  }

  /**
   * Answers a client's hello: checks its parameters and evaluation keys, and opens a session with them.
   * @throws 'malformed-bytes', 'unsupported-version', 'context-mismatch', 'insecure-parameters',
   *   'residue-out-of-range', 'missing-evaluation-key'
   */
  accept(hello: Uint8Array): InferenceSession {
    const [parameters, keyBytes] = splitSections(expectFrame(hello, 'hello').payload, 2);
    this.#checkParameters(parameters!);
    return new InferenceSession(this.#context, this.plan, this.#loadKey(keyBytes!));
  }

  #checkParameters(bytes: Uint8Array): void {
    const { id } = loadParameters(bytes);
    if (id === this.#context.parameters.id) return;
    throw new HesperError('context-mismatch', "the client's parameters are not those of the plan", {
      met: id,
      wanted: this.#context.parameters.id,
      remedy: "Make the client from this server's offer",
    });
  }

  #loadKey(bytes: Uint8Array): RelinearizationKey | undefined {
    const powers = this.plan.evaluationKeyPowers;
    if (powers.length === 0 && bytes.length === 0) return undefined;
    const key = bytes.length > 0 && powers.length > 0 ? loadRelinearizationKey(this.#context, bytes) : undefined;
    if (key && key.parts > Math.max(...powers)) return key;
    key?.dispose();
    throw new HesperError('missing-evaluation-key', "the client's evaluation keys are not those of the plan", {
      met: key ? `keys for ${key.parts} parts` : `${bytes.length} bytes of keys`,
      wanted: powers.length === 0 ? 'none' : `powers ${powers.join(', ')} of the secret`,
      remedy: "Make the client from this server's offer",
    });
  }

  dispose(): void {
    this.#context.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
