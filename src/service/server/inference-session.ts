import type { Plan } from '../../compiler/plan.ts';
import type { Ciphertext } from '../../rlwe/ciphertext.ts';
import type { Context } from '../../rlwe/context.ts';
import { birthplace, unwatch, watch } from '../../rlwe/leaks.ts';
import { collect } from '../collect.ts';
import { expectFrame, failureFrame, frame, parseFrame } from '../protocol.ts';
import type { KeyLease } from './key-cache.ts';
import type { Engine } from './scheme.ts';
import { serverScheme } from './schemes.ts';

/** Where the time of a request went. */
export interface Timing {
  /** Parsing and seed expansion. */
  readonly loadSeconds: number;
  /** From ciphertexts in memory to the answer's ciphertexts. */
  readonly evaluateSeconds: number;
  /** The answer's ciphertexts to bytes. */
  readonly saveSeconds: number;
}

/** One client's evaluation keys on the server, and the evaluation of its batches. */
export class InferenceSession {
  readonly #engine: Engine;
  readonly #end: () => void;

  constructor(context: Context, plan: Plan, keys: KeyLease | undefined) {
    this.#engine = serverScheme(plan).open(context, plan, keys?.key);
    this.#end = ending(this.#engine, keys);
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
   * Parses a request into ciphertexts that fit the plan, all sides of it one after the other. The caller disposes of
   * them.
   * @throws 'malformed-bytes', 'unsupported-version', 'context-mismatch', 'residue-out-of-range', 'shape-mismatch'
   */
  load(request: Uint8Array): Ciphertext[] {
    const { payload } = expectFrame(request, 'request');
    return collect(this.#sides, (side) => this.#engine.load(payload, side));
  }

  /** Runs the plan. The inputs are left alone, or freed as soon as they are used up. */
  evaluate(inputs: readonly Ciphertext[], { releaseInputs = false } = {}): Ciphertext[] {
    const each = inputs.length / this.#engine.sides;
    return collect(this.#sides, (side) =>
      this.#engine.evaluate(side, inputs.slice(side * each, (side + 1) * each), { releaseInputs }),
    );
  }

  /** One side after the other, so that the inputs of one of them are in memory at a time. */
  #answer(request: Uint8Array, onTiming?: (timing: Timing) => void): Uint8Array {
    const { payload } = expectFrame(request, 'request');
    const clock = { loadSeconds: 0, evaluateSeconds: 0, saveSeconds: 0 };
    const outputs = collect(this.#sides, (side) => {
      const inputs = timed(clock, 'loadSeconds', () => this.#engine.load(payload, side));
      return timed(clock, 'evaluateSeconds', () => this.#engine.evaluate(side, inputs, { releaseInputs: true }));
    });
    try {
      return timed(clock, 'saveSeconds', () => this.#engine.save(outputs));
    } finally {
      onTiming?.(clock);
      for (const ct of outputs) ct.dispose();
    }
  }

  get #sides(): number[] {
    return Array.from({ length: this.#engine.sides }, (_, side) => side);
  }

  /** Frees the client's keys and what was prepared for it. */
  dispose(): void {
    unwatch(this);
    this.#end();
  }

  /** For `using`: the same as `dispose()`. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}

function timed<T>(clock: { -readonly [K in keyof Timing]: number }, part: keyof Timing, work: () => T): T {
  const start = performance.now();
  const result = work();
  clock[part] += (performance.now() - start) / 1000;
  return result;
}

const ending =
  (engine: Engine, keys: KeyLease | undefined): (() => void) =>
  () => {
    engine.dispose();
    keys?.dispose();
  };
