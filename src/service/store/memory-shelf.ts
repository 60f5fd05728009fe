import type { Found, Shelf } from './shelf.ts';

/** Objects in this process's memory. */
export class MemoryShelf implements Shelf {
  readonly #parts = new Map<string, Uint8Array[]>();
  readonly #whole = new Map<string, Uint8Array[]>();

  async list(): Promise<readonly Found[]> {
    return [];
  }

  async write(id: string, _offset: number, chunk: Uint8Array): Promise<void> {
    const chunks = this.#parts.get(id) ?? [];
    chunks.push(chunk.slice());
    this.#parts.set(id, chunks);
  }

  async seal(id: string): Promise<void> {
    this.#whole.set(id, this.#parts.get(id)!);
    this.#parts.delete(id);
  }

  async *read(id: string, part?: { readonly bytes: number }): AsyncIterable<Uint8Array> {
    yield* (part ? this.#parts : this.#whole).get(id)!;
  }

  async remove(id: string): Promise<void> {
    this.#parts.delete(id);
    this.#whole.delete(id);
  }
}
