import { hexToBytes } from '@noble/hashes/utils.js';
import { loadClientPlan } from '../../compiler/client-plan.ts';
import type { ClientPlan } from '../../compiler/plan.ts';
import { HesperError } from '../../errors.ts';
import { contentId } from '../../format/content-id.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { type Context, createContext } from '../../rlwe/context.ts';
import { birthplace, unwatch, watch } from '../../rlwe/leaks.ts';
import type { Scheme } from '../../rlwe/parameters.ts';
import { KeyGenerator } from '../../rlwe/secret/key-generator.ts';
import type { PassphraseOptions } from '../../rlwe/secret/passphrase.ts';
import type { SecretKey } from '../../rlwe/secret/secret-key.ts';
import { loadSecretKey, type SaveSecretKeyOptions, saveSecretKey } from '../../rlwe/secret/secret-key-file.ts';
import { saveParameters } from '../../rlwe/serialize.ts';
import { saveRelinearizationKey } from '../../rlwe/serialize-keys.ts';
import { planParameters } from '../parameters.ts';
import { expectFrame, frame, frameInPlace, HEADER_BYTES, joinSections, splitSections } from '../protocol.ts';
import { PrivateOutputs } from './private-outputs.ts';
import type { Inputs } from './scheme.ts';
import { clientScheme } from './schemes.ts';

/** What a hello carries besides the parameters. */
export interface HelloOptions {
  /** 'id': only name the keys, for a server that has them in its store or in a session. Default 'bytes'. */
  readonly keys?: 'bytes' | 'id';
}

/**
 * The owner of the data and of the secret key: makes keys for a server's plan, encrypts inputs, decrypts answers. All
 * that leaves it is bytes that hold no secret.
 */
export class InferenceClient {
  readonly plan: ClientPlan;
  /** How many inputs one request carries. */
  readonly batch: number;
  /** Bytes of the evaluation keys in `hello()`, 0 where the plan needs none. */
  readonly evaluationKeyBytes: number;
  readonly #context: Context;
  readonly #secretKey: SecretKey;
  /** SHA-256 of the evaluation keys: their name in a store; undefined where the plan needs none. */
  readonly evaluationKeyId: string | undefined;
  readonly #evaluationKey: Uint8Array;
  readonly #end: () => void;
  #sequence = 0;

  /**
   * Checks a server's offer and makes a fresh secret key for it. (`opened` is for `InferenceClient.open`.)
   * @throws 'malformed-bytes', 'unsupported-version', 'insecure-parameters', 'invalid-parameters', 'plan-mismatch'
   */
  constructor(kernel: Kernel, offer: Uint8Array, opened?: SecretKey) {
    this.plan = offeredPlan(offer);
    this.batch = batchOf(this.plan);
    this.#context = opened?.context ?? createContext(planParameters(this.plan), kernel);
    const generator = new KeyGenerator(this.#context);
    this.#secretKey = opened ?? generator.secretKey();
    this.#end = ending(this.#secretKey, this.#context);
    const key = this.#keysOrEnd(generator);
    this.evaluationKeyBytes = key.length;
    this.evaluationKeyId = key.length > 0 ? contentId(key) : undefined;
    this.#evaluationKey = key;
    watch(this, { kind: 'inference client', place: birthplace(), giveBack: this.#end });
  }

  /**
   * A client with the secret key that `saveSecretKey` of an earlier one gave: it decrypts that one's answers. Evaluation
   * keys are made anew, so its `hello()` is another.
   * @throws what the constructor throws; 'context-mismatch' where the server's parameters are not the key's any more,
   *   'wrong-passphrase', 'malformed-bytes', 'unsupported-version', 'invalid-argument', 'aborted', 'out-of-memory'
   */
  static async open(
    kernel: Kernel,
    offer: Uint8Array,
    secretKeyFile: Uint8Array,
    options: PassphraseOptions,
  ): Promise<InferenceClient> {
    const plan = offeredPlan(offer);
    batchOf(plan);
    const context = createContext(planParameters(plan), kernel);
    try {
      return new InferenceClient(kernel, offer, await loadSecretKey<Scheme>(context, secretKeyFile, options));
    } catch (error) {
      context.dispose();
      throw error;
    }
  }

  /**
   * The secret key as a file that the passphrase opens, for a later session (`InferenceClient.open`): one that waits for an
   * answer need not stay.
   * @throws 'invalid-argument' for an empty passphrase, 'disposed', 'aborted', 'out-of-memory'
   */
  saveSecretKey(options: SaveSecretKeyOptions): Promise<Uint8Array> {
    return saveSecretKey(this.#secretKey, options);
  }

  /**
   * Parameters and evaluation keys for the server: the keys themselves, or their id alone, for a server that has them. The
   * same bytes every time.
   */
  hello({ keys = 'bytes' }: HelloOptions = {}): Uint8Array {
    const id = hexToBytes(this.evaluationKeyId ?? '');
    const key = keys === 'bytes' ? this.#evaluationKey : new Uint8Array(0);
    return frame('hello', 0, joinSections([saveParameters(this.#context.parameters), id, key]));
  }

  /** The evaluation keys alone, for an upload in chunks: `evaluationKeyBytes` bytes, empty where the plan needs none. */
  evaluationKeys(): Uint8Array {
    return this.#evaluationKey.slice();
  }

  /** Takes the server's word that it accepted `hello()`. @throws 'remote-failure' */
  confirm(ready: Uint8Array): void {
    expectFrame(ready, 'ready');
  }

  /**
   * 1 .. batch inputs, each flattened row-major, to one request. Missing ones are zeros: the size of a request says
   * nothing about how many it carries.
   * @throws 'shape-mismatch', 'non-finite-value', 'input-out-of-range' where the model declares a range, 'disposed'
   */
  encrypt(inputs: Inputs): Uint8Array {
    if (inputs.length < 1 || inputs.length > this.batch) {
      throw new HesperError('shape-mismatch', 'wrong number of inputs', {
        met: inputs.length,
        wanted: `1 to ${this.batch}`,
        remedy: 'Split the inputs into batches',
      });
    }
    this.#checkSizes(inputs);
    const bytes = clientScheme(this.plan).encrypt(this.#secretKey, this.plan, inputs, HEADER_BYTES);
    return frameInPlace('request', ++this.#sequence, bytes);
  }

  /**
   * An answer to the outputs of the first `count` inputs. They are the key owner's: they refuse to be serialised.
   * @throws 'remote-failure', 'malformed-bytes', 'context-mismatch', 'residue-out-of-range', 'disposed'
   */
  decrypt(answer: Uint8Array, count = this.batch): PrivateOutputs {
    const { payload } = expectFrame(answer, 'answer');
    const scheme = clientScheme(this.plan);
    const cts = scheme.load(this.#context, this.plan, payload);
    try {
      return new PrivateOutputs(scheme.decrypt(this.#secretKey, this.plan, cts), count);
    } finally {
      for (const ct of cts) ct.dispose();
    }
  }

  /** Wipes the secret key. */
  dispose(): void {
    unwatch(this);
    this.#end();
  }

  /** For `using`: the same as `dispose()`. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  /** Before anything is allocated: the plan's numbers come from outside. */
  #checkSizes(inputs: Inputs): void {
    const { ciphertexts } = this.plan.input;
    const bad = inputs.findIndex((input) => input.length !== ciphertexts);
    if (bad < 0) return;
    throw new HesperError('shape-mismatch', `Input ${bad} has the wrong size`, {
      met: inputs[bad]!.length,
      wanted: ciphertexts,
      remedy: 'Give flattened inputs of the shape that the plan states',
    });
  }

  /** An offer may ask for keys that its parameters cannot have: then nothing is kept. */
  #keysOrEnd(generator: KeyGenerator): Uint8Array {
    try {
      return this.#relinearizationKeyBytes(generator);
    } catch (error) {
      this.#end();
      throw error;
    }
  }

  #relinearizationKeyBytes(generator: KeyGenerator): Uint8Array {
    const powers = this.plan.evaluationKeyPowers;
    if (powers.length === 0) return new Uint8Array(0);
    const key = generator.relinearizationKey(this.#secretKey, { parts: Math.max(...powers) + 1 });
    const bytes = saveRelinearizationKey(key);
    key.dispose();
    return bytes;
  }
}

/** @throws 'malformed-bytes', 'unsupported-version', 'plan-mismatch' */
function offeredPlan(offer: Uint8Array): ClientPlan {
  const [bytes] = splitSections(expectFrame(offer, 'offer').payload, 1);
  return loadClientPlan(bytes!);
}

/** @throws 'plan-mismatch' for an offer that promises other batches than its ring holds */
function batchOf(plan: ClientPlan): number {
  const wanted = clientScheme(plan).batch(plan);
  if (plan.slots === wanted) return wanted;
  throw new HesperError('plan-mismatch', 'the offered plan has another number of slots than its ring', {
    met: plan.slots,
    wanted,
    remedy: 'Ask the server for a plan of its own version',
  });
}

const ending = (secretKey: SecretKey, context: Context) => (): void => {
  secretKey.dispose();
  context.dispose();
};
