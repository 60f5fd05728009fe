import type { Handle } from '../kernel/kernel.ts';
import { disposed, SharedBuffer } from './buffers.ts';
import { requireScale } from './ciphertext.ts';
import type { Context } from './context.ts';
import type { Scheme } from './parameters.ts';

/** An encoded, not encrypted message: one ring element over the primes of its level; NTT form, but for BFV's summands. */
export class Plaintext<S extends Scheme = Scheme> {
  readonly context: Context<S>;
  readonly level: number;
  readonly scale: number;
  #buffer: SharedBuffer | undefined;

  constructor(context: Context<S>, { level, scale }: { readonly level: number; readonly scale: number }) {
    context.requireLevel(level);
    requireScale(scale);
    this.context = context;
    this.level = level;
    this.scale = scale;
    this.#buffer = SharedBuffer.take(context.kernel, (level + 1) * context.n, 'plaintext');
  }

  /** @throws 'disposed' */
  get handle(): Handle {
    if (this.#buffer === undefined) throw disposed('plaintext');
    return this.#buffer.handle;
  }

  /** Gives its memory back. A second call does nothing. Decrypted ones: `wipe()`. */
  dispose(): void {
    this.#buffer?.letGo();
    this.#buffer = undefined;
  }

  /** Disposes of it and overwrites the message with zeros: for decrypted ones. */
  wipe(): void {
    this.#buffer?.letGoWiped();
    this.#buffer = undefined;
  }

  /** For `using`: the same as `dispose()`. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** Neighbours of equal level together: what one kernel job can take. */
export function runsOfOneLevel(plaintexts: readonly Plaintext[]): Plaintext[][] {
  const runs: Plaintext[][] = [];
  for (const plaintext of plaintexts) {
    const last = runs.at(-1);
    if (last?.[0]?.level === plaintext.level) last.push(plaintext);
    else runs.push([plaintext]);
  }
  return runs;
}
