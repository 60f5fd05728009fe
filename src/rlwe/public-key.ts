import type { Handle } from '../kernel/kernel.ts';
import { disposed, SharedBuffer } from './buffers.ts';
import type { Context } from './context.ts';

/**
 * An encryption of zero, (b, a) with b = -a s + e, over all data primes; NTT form, [limb][2][n]. `a` is the expansion
 * of a public 32-byte seed. Anyone can encrypt with it.
 */
export class PublicKey {
  readonly context: Context;
  readonly seed: Uint8Array;
  #buffer: SharedBuffer | undefined;

  constructor(context: Context, seed: Uint8Array) {
    this.context = context;
    this.seed = seed.slice();
    this.#buffer = SharedBuffer.take(
      context.kernel,
      context.parameters.dataPrimes.length * 2 * context.n,
      'public key',
    );
  }

  /** @throws 'disposed' */
  get handle(): Handle {
    if (this.#buffer === undefined) throw disposed('public key');
    return this.#buffer.handle;
  }

  dispose(): void {
    this.#buffer?.letGo();
    this.#buffer = undefined;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
