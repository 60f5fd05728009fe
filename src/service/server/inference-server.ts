import { bytesToHex } from '@noble/hashes/utils.js';
import type { Plan } from '../../compiler/plan.ts';
import { HesperError } from '../../errors.ts';
import { contentId } from '../../format/content-id.ts';
import { ID_BYTES, malformed } from '../../format/header.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { type Context, createContext } from '../../rlwe/context.ts';
import type { RelinearizationKey } from '../../rlwe/evaluation-keys.ts';
import { receiveRelinearizationKey } from '../../rlwe/key-stream.ts';
import { loadParameters } from '../../rlwe/serialize.ts';
import { loadRelinearizationKey } from '../../rlwe/serialize-keys.ts';
import { planParameters } from '../parameters.ts';
import { expectFrame, frame, joinSections, splitSections } from '../protocol.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { InferenceSession } from './inference-session.ts';
import { KeyCache, type KeyLease } from './key-cache.ts';
import { serverScheme } from './schemes.ts';

/**
 * Runs a plan on ciphertexts of clients. Holds the model's weights and public material only: no secret key, no
 * plaintext input, no plaintext result.
 */
export class InferenceServer {
  readonly plan: Plan;
  readonly #context: Context;
  readonly #keys = new KeyCache();

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
   * Answers a client's hello: checks its parameters and evaluation keys, and opens a session with them. Keys that another
   * session has are recognised by their content id: they are not loaded again, and need not be sent again.
   * @throws 'malformed-bytes', 'unsupported-version', 'context-mismatch', 'insecure-parameters',
   *   'residue-out-of-range', 'missing-evaluation-key' also where keys were named that no session has
   */
  accept(hello: Uint8Array): InferenceSession {
    const { id, bytes } = this.#read(hello);
    return this.#open(id === '' ? undefined : (this.#keys.find(id) ?? this.#keys.add(id, this.#load(id, bytes))));
  }

  /**
   * The same, for a hello that only names keys which were uploaded to `store` before.
   * @throws as `accept` does, and 'missing-data' where the store does not have the keys, or not all of them
   */
  async acceptStored(hello: Uint8Array, store: ObjectStore): Promise<InferenceSession> {
    const { id, bytes } = this.#read(hello);
    if (id === '' || bytes.length > 0 || this.#keys.has(id)) return this.accept(hello);
    const receiver = receiveRelinearizationKey(this.#context, { contentId: id });
    return this.#open(this.#keys.add(id, this.#fitting(await receiver.receive(store.read(id)))));
  }

  /** Content id and bytes of the keys; both empty where the plan needs none, the bytes where the keys are only named. */
  #read(hello: Uint8Array): { id: string; bytes: Uint8Array } {
    const [parameters, id, bytes] = splitSections(expectFrame(hello, 'hello').payload, 3) as [
      Section,
      Section,
      Section,
    ];
    this.#checkParameters(parameters);
    const needsKeys = this.plan.evaluationKeyPowers.length > 0;
    if (id.length !== (needsKeys ? ID_BYTES : 0) || (!needsKeys && bytes.length > 0))
      throw this.#wrongKeys(`${id.length} bytes of content id, ${bytes.length} bytes of keys`);
    return { id: bytesToHex(id), bytes };
  }

  #load(id: string, bytes: Uint8Array): RelinearizationKey {
    if (bytes.length === 0) throw unknownKeys(id);
    const met = contentId(bytes);
    if (met !== id) throw malformed('other keys than their id says', met, id);
    return this.#fitting(loadRelinearizationKey(this.#context, bytes));
  }

  #fitting(key: RelinearizationKey): RelinearizationKey {
    if (key.parts > Math.max(...this.plan.evaluationKeyPowers)) return key;
    key.dispose();
    throw this.#wrongKeys(`keys for ${key.parts} parts`);
  }

  #open(keys: KeyLease | undefined): InferenceSession {
    try {
      return new InferenceSession(this.#context, this.plan, keys);
    } catch (error) {
      keys?.dispose();
      throw error;
    }
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

  #wrongKeys(met: string): HesperError {
    const powers = this.plan.evaluationKeyPowers;
    return new HesperError('missing-evaluation-key', "the client's evaluation keys are not those of the plan", {
      met,
      wanted: powers.length === 0 ? 'none' : `powers ${powers.join(', ')} of the secret`,
      remedy: "Make the client from this server's offer",
    });
  }

  /** Ends the context. Dispose of sessions first. */
  dispose(): void {
    this.#context.dispose();
  }

  /** For `using`: the same as `dispose()`. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}

type Section = Uint8Array;

const unknownKeys = (met: string): HesperError =>
  new HesperError('missing-evaluation-key', 'no session has the keys that the client named', {
    met,
    wanted: 'the keys themselves, or keys in use',
    remedy: 'Send them: hello() without options',
  });
