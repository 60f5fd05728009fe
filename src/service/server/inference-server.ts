import type { Kernel } from '../../kernel/kernel.ts';
import { clientPlan, type Plan, saveClientPlan } from '../../compiler/plan.ts';
import { HesperError } from '../../errors.ts';
import { type Context, createContext } from '../../rlwe/context.ts';
import type { Ciphertext } from '../../rlwe/ciphertext.ts';
import { loadParameters, loadRelinearizationKey, saveCiphertexts, loadCiphertexts } from '../../rlwe/serialize.ts';
import { execute } from '../../runtime/executor.ts';
import { type CkksEvaluator, createCkksEvaluator } from '../../schemes/ckks/evaluator.ts';
import { expectFrame, failureFrame, frame, joinSections, parseFrame, splitSections } from '../protocol.ts';
import { planParameters } from '../parameters.ts';

export interface Timing {
  readonly loadSeconds: number;
  readonly evaluateSeconds: number;
}

/**
 * Runs a plan on ciphertexts of clients. Holds the model's weights and public material only: no secret key, no
 * plaintext input, no plaintext result.
 */
export class InferenceServer {
  readonly plan: Plan;
  readonly #context: Context;

  /** @throws 'insecure-parameters', 'plan-mismatch' */
  constructor(kernel: Kernel, plan: Plan) {
    this.plan = plan;
    this.#context = createContext(planParameters(plan), kernel);
  }

  /** First message, to every client: what to encrypt and under which parameters. No weights. */
  offer(): Uint8Array {
    return frame('offer', 0, joinSections([saveClientPlan(clientPlan(this.plan))]));
  }

  /**
   * Answers a client's hello: checks its parameters and evaluation keys.
   * @throws 'malformed-bytes', 'context-mismatch', 'insecure-parameters', 'residue-out-of-range'
   */
  accept(hello: Uint8Array): InferenceSession {
    const [parameters, relinearizationKey] = splitSections(expectFrame(hello, 'hello').payload, 2);
    const theirs = loadParameters(parameters!);
    if (theirs.id !== this.#context.parameters.id) {
      throw new HesperError('context-mismatch', "the client's parameters are not those of the plan", {
        met: theirs.id,
        wanted: this.#context.parameters.id,
        remedy: "Make the client from this server's offer",
      });
    }
    const key = relinearizationKey!.length > 0 ? loadRelinearizationKey(this.#context, relinearizationKey!) : undefined;
    return new InferenceSession(this.#context, this.plan, createCkksEvaluator(this.#context, { relinearizationKey: key }));
  }

  dispose(): void {
    this.#context.dispose();
  }
}

/** One client's keys on the server, and the evaluation of its batches. */
export class InferenceSession {
  readonly #context: Context;
  readonly #plan: Plan;
  readonly #evaluator: CkksEvaluator;

  constructor(context: Context, plan: Plan, evaluator: CkksEvaluator) {
    this.#context = context;
    this.#plan = plan;
    this.#evaluator = evaluator;
  }

  ready(): Uint8Array {
    return frame('ready', 0, new Uint8Array(0));
  }

  /**
   * One request to one answer, or to a failure message that says what was wrong with the request. Never throws for
   * what came from outside.
   */
  handle(request: Uint8Array, onTiming?: (timing: Timing) => void): Uint8Array {
    let sequence = 0;
    try {
      sequence = parseFrame(request).sequence;
      return frame('answer', sequence, this.#answer(expectFrame(request, 'request').payload, onTiming));
    } catch (error) {
      return failureFrame(sequence, error);
    }
  }

  #answer(payload: Uint8Array, onTiming?: (timing: Timing) => void): Uint8Array {
    const start = performance.now();
    const inputs = this.#load(payload);
    const loaded = performance.now();
    const outputs = execute(this.#evaluator, this.#plan.program, inputs, { dispose: (ct) => ct.dispose() });
    const evaluated = performance.now();
    try {
      return saveCiphertexts(outputs);
    } finally {
      for (const ct of outputs) ct.dispose();
      onTiming?.({ loadSeconds: (loaded - start) / 1000, evaluateSeconds: (evaluated - loaded) / 1000 });
    }
  }

  #load(payload: Uint8Array): Ciphertext[] {
    const inputs = loadCiphertexts(this.#context, payload);
    const wanted = this.#plan.inputs;
    const level = inputs[0]?.level;
    if (inputs.length === wanted && level === this.#plan.inputLevel && inputs.every((ct) => ct.scale === this.#plan.inputScale && ct.parts === 2)) return inputs;
    const met = { ciphertexts: inputs.length, level, scale: inputs[0]?.scale, parts: inputs[0]?.parts };
    for (const ct of inputs) ct.dispose();
    throw new HesperError('shape-mismatch', 'the request does not fit the plan', {
      met,
      wanted: { ciphertexts: wanted, level: this.#plan.inputLevel, scale: this.#plan.inputScale, parts: 2 },
      remedy: "Encrypt with a client made from this server's offer",
    });
  }

  dispose(): void {
    this.#evaluator.dispose();
  }
}
