import { HesperError } from '../../errors.ts';
import { Ciphertext, type Form } from '../../rlwe/ciphertext.ts';
import type { Scheme } from '../../rlwe/parameters.ts';

/** Owns the ciphertexts that an evaluator makes while it is open, until it is disposed of. */
export interface CiphertextScope {
  /** Takes ciphertexts (one, or lists and objects of them) out: the scope around owns them, or else the caller. */
  keep<T>(kept: T): T;
  /** Disposes of all that was not kept, and ends the scope. A second call does nothing. */
  dispose(): void;
  /** For `using`: the same as `dispose()`. */
  [Symbol.dispose](): void;
}

/** The open scopes of one evaluator, the innermost last. */
export class ScopeStack {
  readonly #open: Set<Ciphertext>[] = [];

  /** Notes what a verb made. */
  track<S extends Scheme, F extends Form>(made: Ciphertext<S, F>[]): Ciphertext<S, F>[] {
    const inner = this.#open.at(-1);
    if (inner !== undefined) for (const ct of made) inner.add(ct);
    return made;
  }

  open(): CiphertextScope {
    const owned = new Set<Ciphertext>();
    this.#open.push(owned);
    const dispose = (): void => this.#close(owned);
    return {
      keep: (kept) => {
        this.#release(owned, kept);
        return kept;
      },
      dispose,
      [Symbol.dispose]: dispose,
    };
  }

  #release(owned: Set<Ciphertext>, kept: unknown): void {
    const around = this.#open[this.#open.indexOf(owned) - 1];
    for (const ct of ciphertextsIn(kept)) if (owned.delete(ct)) around?.add(ct);
  }

  #close(owned: Set<Ciphertext>): void {
    const at = this.#open.indexOf(owned);
    if (at >= 0) this.#open.splice(at, 1);
    for (const ct of owned) ct.dispose();
    owned.clear();
  }
}

/** Runs `body` in a scope of its own and keeps what it returns. @throws 'invalid-argument' for an asynchronous body */
export function runScoped<T>(stack: ScopeStack, body: (scope: CiphertextScope) => T): T {
  const scope = stack.open();
  try {
    const result = body(scope);
    if (result instanceof Promise) throw asynchronous();
    return scope.keep(result);
  } finally {
    scope.dispose();
  }
}

const asynchronous = (): HesperError =>
  new HesperError('invalid-argument', 'a scope cannot last over a promise', {
    met: 'an asynchronous function',
    wanted: 'a synchronous one',
    remedy: 'Open the scope inside, around the evaluation itself',
  });

/** All ciphertexts in a value: itself, elements of arrays, maps and sets, properties of plain objects. */
function ciphertextsIn(value: unknown, found: Ciphertext[] = [], seen = new Set<object>()): Ciphertext[] {
  if (typeof value !== 'object' || value === null || seen.has(value) || ArrayBuffer.isView(value)) return found;
  seen.add(value);
  if (value instanceof Ciphertext) found.push(value);
  else for (const item of itemsOf(value)) ciphertextsIn(item, found, seen);
  return found;
}

function itemsOf(value: object): Iterable<unknown> {
  if (Array.isArray(value) || value instanceof Set || value instanceof Map) return value.values();
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null ? Object.values(value) : [];
}
