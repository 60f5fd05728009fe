import type { RelinearizationKey } from '../../rlwe/evaluation-keys.ts';

/** A key on loan: the same memory for all who have it. */
export interface KeyLease {
  readonly key: RelinearizationKey;
  /** A second call does nothing. */
  dispose(): void;
}

interface Entry {
  readonly key: RelinearizationKey;
  leases: number;
}

/** Evaluation keys in use, by content id: a key that comes again while a session has it is not loaded again. */
export class KeyCache {
  readonly #entries = new Map<string, Entry>();

  has(id: string): boolean {
    return this.#entries.has(id);
  }

  /** The key of this id if it is in use. */
  find(id: string): KeyLease | undefined {
    const entry = this.#entries.get(id);
    return entry && this.#lend(id, entry);
  }

  /** Takes a key over, and lends it. Of two keys of one id the one that came first stays. */
  add(id: string, key: RelinearizationKey): KeyLease {
    const known = this.find(id);
    if (known === undefined) {
      const entry = { key, leases: 0 };
      this.#entries.set(id, entry);
      return this.#lend(id, entry);
    }
    key.dispose();
    return known;
  }

  #lend(id: string, entry: Entry): KeyLease {
    entry.leases++;
    return { key: entry.key, dispose: returning(this.#entries, id, entry) };
  }
}

function returning(entries: Map<string, Entry>, id: string, entry: Entry): () => void {
  let isOut = true;
  return () => {
    if (!isOut) return;
    isOut = false;
    if (--entry.leases > 0) return;
    entries.delete(id);
    entry.key.dispose();
  };
}
