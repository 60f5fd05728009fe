import type { Plan } from '../../compiler/plan.ts';
import { HesperError } from '../../errors.ts';
import type { LinearRows } from '../../evaluator/verbs.ts';
import type { Ciphertext } from '../../rlwe/ciphertext.ts';
import type { Context } from '../../rlwe/context.ts';
import type { RelinearizationKey } from '../../rlwe/evaluation-keys.ts';
import { birthplace, unwatch, watch } from '../../rlwe/leaks.ts';
import { loadCiphertexts, saveCiphertexts } from '../../rlwe/serialize.ts';
import { executeSync } from '../../runtime/executor.ts';
import { type CkksEvaluator, createCkksEvaluator } from '../../schemes/ckks/evaluator.ts';
import { expectFrame, failureFrame, frame, parseFrame } from '../protocol.ts';

export interface Timing {
  /** Parsing and seed expansion. */
  readonly loadSeconds: number;
  /** From ciphertexts in memory to the answer's ciphertexts. */
  readonly evaluateSeconds: number;
}

/** One client's evaluation keys on the server, and the evaluation of its batches. */
export class InferenceSession {
  readonly #context: Context;
  readonly #plan: Plan;
  readonly #evaluator: CkksEvaluator;
  readonly #end: () => void;

  constructor(context: Context, plan: Plan, relinearizationKey: RelinearizationKey | undefined) {
    this.#context = context;
    this.#plan = plan;
    this.#evaluator = createCkksEvaluator(context, { relinearizationKey });
    this.#evaluator.prepare(weightsOf(plan));
    this.#end = ending(this.#evaluator, relinearizationKey);
    watch(this, { kind: 'inference session', place: birthplace(), giveBack: this.#end });
  }

  /** Tells the client that its hello was accepted. */
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
      const message = parseFrame(request);
      sequence = message.sequence;
      return frame('answer', sequence, this.#answer(request, onTiming));
    } catch (error) {
      return failureFrame(sequence, error);
    }
  }

  /**
   * Parses a request into ciphertexts that fit the plan. The caller disposes of them.
   * @throws 'malformed-bytes', 'unsupported-version', 'context-mismatch', 'residue-out-of-range', 'shape-mismatch'
   */
  load(request: Uint8Array): Ciphertext[] {
    const inputs = loadCiphertexts(this.#context, expectFrame(request, 'request').payload);
    const { ciphertexts, level, scale } = this.#plan.input;
    const fits =
      inputs.length === ciphertexts && inputs.every((ct) => ct.level === level && ct.scale === scale && ct.parts === 2);
    if (fits) return inputs;
    const met = {
      ciphertexts: inputs.length,
      level: inputs[0]?.level,
      scale: inputs[0]?.scale,
      parts: inputs[0]?.parts,
    };
    for (const ct of inputs) ct.dispose();
    throw new HesperError('shape-mismatch', 'the request does not fit the plan', {
      met,
      wanted: { ciphertexts, level, scale, parts: 2 },
      remedy: "Encrypt with a client made from this server's offer",
    });
  }

  /** Runs the plan. The inputs are left alone, or freed as soon as they are used up. */
  evaluate(inputs: readonly Ciphertext[], { releaseInputs = false } = {}): Ciphertext[] {
    return executeSync(this.#plan, this.#evaluator, inputs, { release: (ct) => ct.dispose(), releaseInputs });
  }

  #answer(request: Uint8Array, onTiming?: (timing: Timing) => void): Uint8Array {
    const start = performance.now();
    const inputs = this.load(request);
    const loaded = performance.now();
    const outputs = this.evaluate(inputs, { releaseInputs: true });
    const evaluated = performance.now();
    onTiming?.({ loadSeconds: (loaded - start) / 1000, evaluateSeconds: (evaluated - loaded) / 1000 });
    try {
      return saveCiphertexts(outputs);
    } finally {
      for (const ct of outputs) ct.dispose();
    }
  }

  dispose(): void {
    unwatch(this);
    this.#end();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

const ending =
  (evaluator: CkksEvaluator, key: RelinearizationKey | undefined): (() => void) =>
  () => {
    evaluator.dispose();
    key?.dispose();
  };

/** Every integer matrix of a plan: packed once, before the first request. */
const weightsOf = ({ program }: Plan): LinearRows[] =>
  program.steps.flatMap((step) => {
    if (step.verb === 'linear') return [step.argument];
    return step.verb === 'pointwise' ? step.argument.flatMap((s) => (s.verb === 'linear' ? [s.argument] : [])) : [];
  });
