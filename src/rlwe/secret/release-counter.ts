import { HesperError } from '../../errors.ts';
import type { SecretKey } from './secret-key.ts';

/** What has to be stored: how many ciphertexts a key has released. JSON; holds no secret. */
export interface ReleaseState {
  /** `SecretKey.id`. */
  readonly keyId: string;
  /** How many ciphertexts may be released. The noise of every release is sized from it, so it cannot be raised. */
  readonly limit: number;
  readonly used: number;
}

/** Stores a state durably. Values are released only after it returned, or after the promise it returned is fulfilled. */
export type PersistReleases = (state: ReleaseState) => void | Promise<void>;

export const DEFAULT_RELEASE_LIMIT = 2 ** 10;
const MAX_RELEASE_LIMIT = 2 ** 20;

/** What this process knows of each key, by its id: a counter that is behind it was copied or rolled back. */
const ledger = new Map<string, ReleaseState>();

/**
 * Counts the ciphertexts that one key releases and refuses beyond the limit. The caller keeps the state:
 * `new ReleaseCounter(stored, persist)` goes on where an earlier one stopped. Within the process a state that goes back is
 * refused; whether the storage was rolled back between two processes cannot be seen here.
 */
export class ReleaseCounter {
  #state: ReleaseState;
  readonly #persist: PersistReleases;
  /** Calls of `persist`, one after the other: the last state written is the newest. */
  #written: Promise<void> = Promise.resolve();

  /** @throws 'invalid-argument' for a state that makes no sense */
  constructor(state: ReleaseState, persist: PersistReleases) {
    this.#state = checked(state);
    this.#persist = persist;
  }

  /** The counter of a key that has released nothing yet. `limit`: 1 .. 2^20, default 2^10. @throws 'invalid-argument' */
  static start(
    secretKey: SecretKey,
    persist: PersistReleases,
    { limit = DEFAULT_RELEASE_LIMIT }: { readonly limit?: number } = {},
  ): ReleaseCounter {
    return new ReleaseCounter({ keyId: secretKey.id, limit, used: 0 }, persist);
  }

  /** How many releases there were and may be: plain data, to be stored and given to the constructor when the program starts again. */
  get state(): ReleaseState {
    return this.#state;
  }

  /**
   * Counts `count` releases of this key and stores the new state. They stay counted if storing fails: then nothing is
   * released, and the values are lost to the count only.
   * @throws 'key-mismatch', 'stale-counter', 'release-limit', and what `persist` throws
   */
  async spend(secretKey: SecretKey, count: number): Promise<void> {
    const state = advanced(this.#state, secretKey, count);
    this.#state = state;
    ledger.set(state.keyId, state);
    const written = this.#written.then(() => this.#persist(state));
    this.#written = written.then(
      () => {},
      () => {},
    );
    await written;
  }
}

function advanced(state: ReleaseState, secretKey: SecretKey, count: number): ReleaseState {
  const { keyId, limit, used } = state;
  if (keyId !== secretKey.id) {
    throw new HesperError('key-mismatch', 'this counter belongs to another secret key', {
      met: keyId,
      wanted: secretKey.id,
      remedy: "Use the key's own counter",
    });
  }
  const known = ledger.get(keyId);
  if (known !== undefined && (used < known.used || limit !== known.limit)) throw stale(state, known);
  if (used + count > limit) {
    throw new HesperError('release-limit', 'the key has released as much as its counter allows', {
      met: `${used} released and ${count} more`,
      wanted: `at most ${limit}`,
      remedy: 'Make a new secret key',
    });
  }
  return { keyId, limit, used: used + count };
}

const stale = ({ used, limit }: ReleaseState, known: ReleaseState): HesperError =>
  new HesperError('stale-counter', 'this counter goes back behind what the key has released, or changes the limit', {
    met: { used, limit },
    wanted: { used: known.used, limit: known.limit },
    remedy: 'Keep one counter for a key, and continue from the last stored state',
  });

function checked({ keyId, limit, used }: ReleaseState): ReleaseState {
  const limitFits = Number.isInteger(limit) && limit >= 1 && limit <= MAX_RELEASE_LIMIT;
  const usedFits = Number.isInteger(used) && used >= 0 && used <= limit;
  if (typeof keyId === 'string' && limitFits && usedFits) return { keyId, limit, used };
  throw new HesperError('invalid-argument', 'this is not the state of a release counter', {
    met: { limit, used },
    wanted: `a key id, a limit of 1 .. ${MAX_RELEASE_LIMIT}, 0 .. limit used`,
    remedy: 'Give the state that was stored',
  });
}
