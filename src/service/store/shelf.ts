/** Where the bytes of a store are: memory, a directory. Ids are checked by the store; a shelf sees valid ones only. */
export interface Shelf {
  /** What is there from before: id, bytes, and whether the object is whole. */
  list(): Promise<readonly Found[]>;
  /** Writes into an object on its way, which need not exist, at exactly this offset. */
  write(id: string, offset: number, chunk: Uint8Array): Promise<void>;
  /** The object on its way has all its bytes and is whole from now on, at once or not at all. */
  seal(id: string): Promise<void>;
  /** All bytes of a whole object, or the first `bytes` of one on its way. */
  read(id: string, part?: { readonly bytes: number }): AsyncIterable<Uint8Array>;
  /** Whole or not; one that does not exist is no mistake. */
  remove(id: string): Promise<void>;
}

export interface Found {
  readonly id: string;
  readonly bytes: number;
  readonly isWhole: boolean;
}
