import type { Handle, Kernel } from './kernel.ts';

/** Buffers that live as long as a block: `using scratch = new Scratch(kernel)`. */
export class Scratch {
  readonly #kernel: Kernel;
  readonly #handles: Handle[] = [];

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  take(doubles: number): Handle {
    const handle = this.#kernel.allocate(doubles);
    this.#handles.push(handle);
    return handle;
  }
  takeMany(count: number, doubles: number): Int32Array {
    return Int32Array.from({ length: count }, () => this.take(doubles));
  }
  [Symbol.dispose](): void {
    for (const handle of this.#handles.splice(0)) this.#kernel.release(handle);
  }
}
