import { HesperError } from '../../errors.ts';
import { type ContentHash, contentHash, requireContentId } from '../../format/content-id.ts';
import { malformed } from '../../format/header.ts';
import { DirectoryShelf } from './directory-shelf.ts';
import { MemoryShelf } from './memory-shelf.ts';
import type { Shelf } from './shelf.ts';

/** What a store may hold. */
export interface StoreOptions {
  /** Bytes that all objects may have together, those on their way counted whole. */
  readonly quotaBytes: number;
  /** Objects that there may be, those on their way too. Default 10,000. */
  readonly maxObjects?: number;
}

/** How far an object has come. */
export interface Progress {
  /** Bytes that have come: where an upload goes on. */
  readonly offset: number;
  /** All bytes have come and have the content id. */
  readonly isWhole: boolean;
}

interface Entry {
  /** What the sender announced; a part that was found has no length until someone goes on with it. */
  length: number;
  offset: number;
  isWhole: boolean;
  /** Of the bytes that have come; undefined for a part that was found, whose bytes are read again at the end. */
  hash: ContentHash | undefined;
  /** When something of it came last, by the clock of `performance.now()`. */
  touched: number;
}

/**
 * Objects of the byte format that came from outside, named by their content id only: uploads in chunks that can be
 * cut and go on, also after a restart where the store is a directory; the same object twice is there once. What is handed
 * out is checked by whoever loads it.
 */
export class ObjectStore {
  readonly #shelf: Shelf;
  readonly #quotaBytes: number;
  readonly #maxObjects: number;
  readonly #entries = new Map<string, Entry>();
  /** The last thing to be done for each object: one after the other. */
  readonly #turns = new Map<string, Promise<unknown>>();

  private constructor(shelf: Shelf, { quotaBytes, maxObjects = 10_000 }: StoreOptions) {
    this.#shelf = shelf;
    this.#quotaBytes = quotaBytes;
    this.#maxObjects = maxObjects;
  }

  /** A store that takes over what its shelf holds. */
  static async open(shelf: Shelf, options: StoreOptions): Promise<ObjectStore> {
    const store = new ObjectStore(shelf, options);
    for (const { id, bytes, isWhole } of await shelf.list()) {
      if (store.#entries.get(id)?.isWhole) continue;
      store.#entries.set(id, { length: bytes, offset: bytes, isWhole, hash: undefined, touched: performance.now() });
    }
    return store;
  }

  /** Bytes taken or promised, and the number of objects. */
  get usage(): { readonly bytes: number; readonly objects: number } {
    let bytes = 0;
    for (const { length } of this.#entries.values()) bytes += length;
    return { bytes, objects: this.#entries.size };
  }

  /** Whether all of an object is there. @throws 'invalid-argument' for something that is no content id */
  has(id: string): boolean {
    return this.#entries.get(requireContentId(id))?.isWhole === true;
  }

  /**
   * Announces an upload of `length` bytes and tells how much of it is there: all of it, if it came before.
   * @throws 'invalid-argument' for something that is no content id, and for another length than was announced before;
   *   'quota-exceeded'
   */
  async begin(id: string, length: number): Promise<Progress> {
    requireContentId(id);
    if (!Number.isSafeInteger(length) || length < 1) throw wrongLength(length, 'a whole number of bytes, at least 1');
    return this.#inTurn(id, async () => {
      const known = this.#entries.get(id);
      const fits = known === undefined || (known.isWhole ? length === known.length : length >= known.offset);
      if (!fits) throw wrongLength(length, `${known.length}, as before`);
      if (known?.isWhole) return progressOf(known);
      this.#requireRoom(length, known);
      const entry = known ?? { length, offset: 0, isWhole: false, hash: contentHash(), touched: 0 };
      entry.length = length;
      entry.touched = performance.now();
      this.#entries.set(id, entry);
      if (entry.offset === length) await this.#finish(id, entry);
      return progressOf(entry);
    });
  }

  #requireRoom(length: number, known: Entry | undefined): void {
    const { bytes, objects } = this.usage;
    const wanted = bytes - (known?.length ?? 0) + length;
    if (wanted > this.#quotaBytes) throw full(`${wanted} bytes`, `at most ${this.#quotaBytes} bytes`);
    if (known === undefined && objects >= this.#maxObjects)
      throw full(`${objects} objects`, `at most ${this.#maxObjects}`);
  }

  /**
   * The next chunk of an announced upload. With the last one the content id is compared; what has another one is
   * removed. A chunk for an object that is whole changes nothing.
   * @throws 'invalid-argument' for an upload that was not announced, and a chunk that belongs elsewhere (nothing is lost);
   *   'malformed-bytes' for bytes behind the end or another content
   */
  async append(id: string, offset: number, chunk: Uint8Array): Promise<Progress> {
    requireContentId(id);
    return this.#inTurn(id, async () => {
      const entry = this.#entries.get(id);
      if (entry === undefined) throw notAnnounced();
      if (entry.isWhole) return progressOf(entry);
      if (offset !== entry.offset) throw elsewhere(offset, entry.offset);
      if (offset + chunk.length > entry.length)
        throw malformed('bytes behind the end', offset + chunk.length, entry.length);
      await this.#shelf.write(id, offset, chunk);
      entry.hash?.update(chunk);
      entry.offset += chunk.length;
      entry.touched = performance.now();
      if (entry.offset === entry.length) await this.#finish(id, entry);
      return progressOf(entry);
    });
  }

  async #finish(id: string, entry: Entry): Promise<void> {
    const hash = entry.hash ?? (await this.#hashAgain(id, entry.length));
    entry.hash = undefined;
    const met = hash.digest();
    if (met !== id) {
      await this.#forget(id);
      throw malformed('other contents than their id says', met, id);
    }
    await this.#shelf.seal(id);
    entry.isWhole = true;
  }

  async #hashAgain(id: string, bytes: number): Promise<ContentHash> {
    const hash = contentHash();
    for await (const chunk of this.#shelf.read(id, { bytes })) hash.update(chunk);
    return hash;
  }

  /** The chunks of a whole object. @throws 'invalid-argument', 'missing-data' */
  read(id: string): AsyncIterable<Uint8Array> {
    if (this.has(id)) return this.#shelf.read(id);
    throw new HesperError('missing-data', 'this object is not in the store, or not all of it', {
      met: `${this.#entries.get(id)?.offset ?? 0} bytes`,
      wanted: 'all of them',
      remedy: 'Upload it: begin, then append from the offset that begin names',
    });
  }

  /** Removes an object, whole or on its way. One that is not there is no mistake. */
  async remove(id: string): Promise<void> {
    requireContentId(id);
    return this.#inTurn(id, () => this.#forget(id));
  }

  /** Removes uploads of which nothing came for this long: they count for the quota. Gives how many there were. */
  async removeIdle(milliseconds: number): Promise<number> {
    const isIdle = ({ isWhole, touched }: Entry): boolean => !isWhole && performance.now() - touched >= milliseconds;
    const idle = [...this.#entries].filter(([, entry]) => isIdle(entry));
    for (const [id] of idle) await this.remove(id);
    return idle.length;
  }

  async #forget(id: string): Promise<void> {
    this.#entries.delete(id);
    await this.#shelf.remove(id);
  }

  async #inTurn<T>(id: string, work: () => Promise<T>): Promise<T> {
    const turn = (this.#turns.get(id) ?? Promise.resolve()).then(work, work);
    this.#turns.set(id, turn);
    try {
      return await turn;
    } finally {
      if (this.#turns.get(id) === turn) this.#turns.delete(id);
    }
  }
}

/** A store in memory: for tests, and servers that need not remember. */
export const memoryStore = (options: StoreOptions): Promise<ObjectStore> =>
  ObjectStore.open(new MemoryShelf(), options);

/**
 * A store in a directory of its own, made if it is not there. Uploads that were cut go on after a restart: their sender
 * calls `begin` again.
 * @throws 'invalid-argument' where something else than files bears the names of objects
 */
export const directoryStore = (path: string, options: StoreOptions): Promise<ObjectStore> =>
  ObjectStore.open(new DirectoryShelf(path), options);

const progressOf = ({ offset, isWhole }: Entry): Progress => ({ offset, isWhole });

const wrongLength = (met: unknown, wanted: string): HesperError =>
  new HesperError('invalid-argument', 'no such length for this object', {
    met,
    wanted,
    remedy: 'Announce the length of the whole object',
  });

const full = (met: string, wanted: string): HesperError =>
  new HesperError('quota-exceeded', 'the store is full', { met, wanted, remedy: 'Remove objects, or raise the quota' });

const notAnnounced = (): HesperError =>
  new HesperError('invalid-argument', 'this upload was not announced', {
    wanted: 'begin(id, length) first',
    remedy: 'Begin it, and go on from the offset that begin names',
  });

const elsewhere = (met: number, wanted: number): HesperError =>
  new HesperError('invalid-argument', 'the chunk does not follow on what has come', {
    met: `offset ${met}`,
    wanted: `offset ${wanted}`,
    remedy: `Send on from byte ${wanted}`,
  });
