import type { Handle } from '../kernel/kernel.ts';
import { disposed, SharedBuffer } from './buffers.ts';
import type { Context } from './context.ts';
import type { Scheme } from './parameters.ts';

export interface PublicKeyShape {
  /** Also over the special primes, behind the data primes: not used here, but other libraries want it. Default false. */
  readonly special?: boolean;
}

/**
 * An encryption of zero, (b, a) with b = -a s + e, over all data primes; NTT form, [limb][2][n]. `a` is the expansion
 * of a public 32-byte seed. Anyone can encrypt with it.
 */
export class PublicKey<S extends Scheme = Scheme> {
  readonly context: Context<S>;
  /** None in a key from another library. */
  readonly seed: Uint8Array | undefined;
  /** Ring indices of its primes: the data primes, perhaps the special ones too. Never changed. */
  readonly basis: Int32Array;
  #buffer: SharedBuffer | undefined;

  /** A key with undefined contents, to be filled. @throws 'out-of-memory' */
  constructor(context: Context<S>, seed: Uint8Array | undefined, { special = false }: PublicKeyShape = {}) {
    this.context = context;
    this.seed = seed?.slice();
    this.basis = special ? context.allPrimes : context.basis(context.parameters.maxLevel);
    this.#buffer = SharedBuffer.take(context.kernel, this.basis.length * 2 * context.n, 'public key');
  }

  /** @throws 'disposed' */
  get handle(): Handle {
    if (this.#buffer === undefined) throw disposed('public key');
    return this.#buffer.handle;
  }

  /** Gives its memory back. A second call does nothing. */
  dispose(): void {
    this.#buffer?.letGo();
    this.#buffer = undefined;
  }

  /** For `using`: the same as `dispose()`. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}
