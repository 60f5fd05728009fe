import type { MessagePort } from 'node:worker_threads';

/** Messages in order, whether they come before or after they are waited for. */
export class Inbox {
  readonly #waiting: ((bytes: Uint8Array) => void)[] = [];
  readonly #arrived: Uint8Array[] = [];

  constructor(port: MessagePort) {
    port.on('message', (bytes: Uint8Array) => {
      const waiter = this.#waiting.shift();
      if (waiter) waiter(bytes);
      else this.#arrived.push(bytes);
    });
  }

  next(): Promise<Uint8Array> {
    const bytes = this.#arrived.shift();
    return bytes ? Promise.resolve(bytes) : new Promise((resolve) => this.#waiting.push(resolve));
  }
}
