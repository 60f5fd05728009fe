import { HesperError } from '../errors.ts';
import { type ContentHash, contentHash, requireContentId } from '../format/content-id.ts';
import { malformed } from '../format/header.ts';
import { disposed } from './buffers.ts';
import type { Context } from './context.ts';
import type { RelinearizationKey } from './evaluation-keys.ts';
import type { GaloisKeys } from './galois-keys.ts';
import { NOTHING, type Parser, parseGaloisKeys, parseRelinearizationKey } from './key-parser.ts';
import {
  checkStream,
  cutPieces,
  galoisBytes,
  galoisPieces,
  relinearizationBytes,
  relinearizationPieces,
  type StreamOptions,
} from './key-pieces.ts';
import type { Scheme } from './parameters.ts';

/**
 * The bytes of `saveGaloisKeys` in chunks, from any offset on: one chunk and one ring element are in JavaScript's memory
 * at a time. The keys must live until the last chunk is made.
 * @throws 'invalid-argument' for an offset behind the end, 'not-serializable', 'disposed'
 */
export function streamGaloisKeys(keys: GaloisKeys, options: StreamOptions = {}): Generator<Uint8Array> {
  const { context, entries } = keys;
  const length = galoisBytes(
    context,
    entries.map(([, key]) => key.level),
  );
  checkStream(length, options);
  return cutPieces(galoisPieces(keys), length, options);
}

/** The same of a relinearisation key. @throws 'invalid-argument', 'not-serializable', 'disposed' */
export function streamRelinearizationKey(key: RelinearizationKey, options: StreamOptions = {}): Generator<Uint8Array> {
  const length = relinearizationBytes(key.context, key.parts, key.level);
  checkStream(length, options);
  return cutPieces(relinearizationPieces(key), length, options);
}

/** What a receiver is to receive. */
export interface ReceiveOptions {
  /** What `contentId` gives for all bytes: the object is handed out only if they have it. */
  readonly contentId: string;
  /** Longer objects are refused by their first bytes, 'quota-exceeded'. Default: no limit. */
  readonly maxBytes?: number;
}

/**
 * Receives Galois keys chunk by chunk: every residue is checked as it comes into the kernel's memory, and the keys can be
 * had when all have come and the content id is right.
 * @throws 'invalid-argument' for something that is no content id
 */
export const receiveGaloisKeys = <S extends Scheme>(
  context: Context<S>,
  options: ReceiveOptions,
): ObjectReceiver<GaloisKeys<S>> =>
  new ObjectReceiver(parseGaloisKeys(context, { digits: 1, maxBytes: options.maxBytes }), options);

/** The same for a relinearisation key. @throws 'invalid-argument' */
export const receiveRelinearizationKey = <S extends Scheme>(
  context: Context<S>,
  options: ReceiveOptions,
): ObjectReceiver<RelinearizationKey<S>> =>
  new ObjectReceiver(parseRelinearizationKey(context, { digits: 1, maxBytes: options.maxBytes }), options);

/** An object on its way in. What has come is kept until `finish()` or `dispose()`, so that a cut stream can go on. */
export class ObjectReceiver<T extends { dispose(): void }> {
  readonly contentId: string;
  readonly #parser: Parser<T>;
  readonly #hash: ContentHash = contentHash();
  #state: 'open' | 'whole' | 'ended' = 'open';
  #result: T | undefined;
  #offset = 0;
  /** What the parser wants next, and what of it has come. */
  #wanted = 0;
  #held: Uint8Array = NOTHING;
  #heldBytes = 0;

  constructor(parser: Parser<T>, { contentId }: ReceiveOptions) {
    this.contentId = requireContentId(contentId);
    this.#parser = parser;
    this.#step(NOTHING);
  }

  /** Bytes that have come: where a stream goes on. */
  get offset(): number {
    return this.#offset;
  }

  /** Whether all bytes have come. */
  get isWhole(): boolean {
    return this.#state === 'whole';
  }

  /**
   * Takes the next chunk, of any size. Wrong bytes end the receiver, and nothing is kept.
   * @param offset where in the object the chunk belongs, if the caller knows: it has to be `offset`
   * @throws 'invalid-argument' for a chunk that belongs elsewhere (nothing is lost), 'malformed-bytes',
   *   'unsupported-version', 'context-mismatch', 'residue-out-of-range', 'quota-exceeded', 'out-of-memory', 'disposed'
   */
  write(chunk: Uint8Array, offset: number = this.#offset): void {
    if (this.#state === 'ended') throw disposed('receiver');
    if (offset !== this.#offset) throw elsewhere(offset, this.#offset);
    try {
      this.#take(chunk);
    } catch (error) {
      this.dispose();
      throw error;
    }
    this.#hash.update(chunk);
    this.#offset += chunk.length;
  }

  /**
   * Takes all chunks and gives the object. Where the source ends early the receiver can go on; where the source fails,
   * its error goes on, and so can the receiver.
   * @throws as `write` and `finish` do
   */
  async receive(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<T> {
    for await (const chunk of chunks) this.write(chunk);
    return this.finish();
  }

  #take(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#state === 'whole')
        throw malformed('bytes behind the end', this.#offset + chunk.length, this.#offset + at);
      const rest = this.#wanted - this.#heldBytes;
      const part = chunk.subarray(at, at + rest);
      at += part.length;
      if (part.length === this.#wanted) this.#step(part);
      else this.#hold(part);
    }
  }

  #hold(part: Uint8Array): void {
    if (this.#held.length < this.#wanted) this.#held = new Uint8Array(this.#wanted);
    this.#held.set(part, this.#heldBytes);
    this.#heldBytes += part.length;
    if (this.#heldBytes < this.#wanted) return;
    this.#heldBytes = 0;
    this.#step(this.#held.subarray(0, this.#wanted));
  }

  #step(bytes: Uint8Array): void {
    let step = this.#parser.next(bytes);
    while (!step.done && step.value === 0) step = this.#parser.next(NOTHING);
    if (!step.done) {
      this.#wanted = step.value;
      return;
    }
    this.#state = 'whole';
    this.#result = step.value;
    this.#held = NOTHING;
  }

  /**
   * The object, which is the caller's from now on.
   * @throws 'incomplete-stream' that says from where to go on (nothing is lost); 'malformed-bytes' where the bytes do not
   *   have the content id (nothing is kept); 'disposed'
   */
  finish(): T {
    if (this.#state === 'ended') throw disposed('receiver');
    if (this.#state === 'open') throw incomplete(this.#offset);
    const met = this.#hash.digest();
    const result = this.#result!;
    this.#result = undefined;
    this.#state = 'ended';
    if (met === this.contentId) return result;
    result.dispose();
    throw malformed('other contents than their id says', met, this.contentId);
  }

  /** Gives up what has come. A second call does nothing. */
  dispose(): void {
    this.#state = 'ended';
    this.#parser.return(undefined as never);
    this.#result?.dispose();
    this.#result = undefined;
    this.#held = NOTHING;
  }

  /** For `using`: the same as `dispose()`. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}

const elsewhere = (met: number, wanted: number): HesperError =>
  new HesperError('invalid-argument', 'the chunk does not follow on what has come', {
    met: `offset ${met}`,
    wanted: `offset ${wanted}`,
    remedy: `Send on from byte ${wanted}`,
  });

export const incomplete = (offset: number): HesperError =>
  new HesperError('incomplete-stream', 'not all bytes of the object have come', {
    met: `${offset} bytes`,
    wanted: 'all of them',
    remedy: `Send on from byte ${offset}`,
  });
