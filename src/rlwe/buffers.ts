import { HesperError } from '../errors.ts';
import type { Handle, Kernel } from '../kernel/kernel.ts';
import { birthplace, type Holding, unwatch, watch } from './leaks.ts';

/** What a shared buffer stands for, in warnings. */
export type BufferKind = 'ciphertext' | 'plaintext' | 'public key' | 'evaluation key';

/**
 * A kernel buffer with several owners: it goes back to the pool when the last one lets go, or when all of them were
 * garbage-collected. Being watched for that costs more than an allocation, so objects that were let go are kept and
 * serve again; hence an owner forgets a buffer when it lets go of it.
 */
export class SharedBuffer {
  static readonly #idle: SharedBuffer[] = [];
  readonly #holding = new BufferHolding();
  #owners = 0;

  private constructor() {
    watch(this, this.#holding);
  }

  /** A buffer with undefined contents and one owner. @throws 'out-of-memory' */
  static take(kernel: Kernel, doubles: number, kind: BufferKind): SharedBuffer {
    const handle = kernel.allocate(doubles);
    const buffer = SharedBuffer.#idle.pop() ?? new SharedBuffer();
    buffer.#owners = 1;
    buffer.#holding.begin(kernel, handle, kind);
    return buffer;
  }

  get handle(): Handle {
    return this.#holding.handle;
  }

  share(): this {
    this.#owners++;
    return this;
  }

  letGo(): void {
    this.#letGo('release');
  }

  /** The same, overwritten with zeros where this was the last owner. */
  letGoWiped(): void {
    this.#letGo('wipe');
  }

  #letGo(how: 'release' | 'wipe'): void {
    if (--this.#owners > 0) return;
    this.#holding.end(how);
    if (SharedBuffer.#idle.length < MAX_IDLE) SharedBuffer.#idle.push(this);
    else unwatch(this);
  }
}

/** Objects without a buffer that are kept: some 200 bytes each. */
const MAX_IDLE = 16384;

class BufferHolding implements Holding {
  kind: BufferKind = 'ciphertext';
  place: string | undefined;
  handle: Handle = 0;
  #kernel: Kernel | undefined;

  begin(kernel: Kernel, handle: Handle, kind: BufferKind): void {
    this.#kernel = kernel;
    this.handle = handle;
    this.kind = kind;
    this.place = birthplace();
  }

  /** The kernel is forgotten: idle objects must not keep it alive. */
  end(how: 'release' | 'wipe'): void {
    const kernel = this.#kernel;
    this.#kernel = undefined;
    kernel?.[how](this.handle);
  }

  giveBack(): void {
    this.end('wipe');
  }
}

/** Working memory of one operation; all of it goes back at `dispose()`, wiped first where it held secrets. */
export class Scratch {
  readonly #kernel: Kernel;
  readonly #secret: boolean;
  readonly #handles: Handle[] = [];

  constructor(kernel: Kernel, { secret }: { readonly secret: boolean }) {
    this.#kernel = kernel;
    this.#secret = secret;
  }

  /** A list of `count` buffers of `doubles` numbers each. */
  list(count: number, doubles: number): Int32Array {
    return Int32Array.from({ length: count }, () => {
      const handle = this.#kernel.allocate(doubles);
      this.#handles.push(handle);
      return handle;
    });
  }

  /** Takes a buffer out of the scratch: from now on the caller owns it. */
  keep(handle: Handle): Handle {
    this.#handles.splice(this.#handles.indexOf(handle), 1);
    return handle;
  }

  dispose(): void {
    for (const handle of this.#handles.splice(0)) {
      if (this.#secret) this.#kernel.wipe(handle);
      else this.#kernel.release(handle);
    }
  }
}

/** Runs `body` with working memory that is given back whatever happens. */
export function withScratch<T>(
  kernel: Kernel,
  options: { readonly secret: boolean },
  body: (scratch: Scratch) => T,
): T {
  const scratch = new Scratch(kernel, options);
  try {
    return body(scratch);
  } finally {
    scratch.dispose();
  }
}

interface Disposable {
  dispose(): void;
}

/** Fills new objects; if that fails they are disposed and the error goes on. */
export function fill<T extends Disposable>(made: T[], body: (made: T[]) => void): T[] {
  try {
    body(made);
    return made;
  } catch (error) {
    disposeAll(made);
    throw error;
  }
}

export function disposeAll(list: readonly Disposable[]): void {
  for (const item of list) item.dispose();
}

/** Calls `body` for [0, size), [size, 2 size), ... so that working memory does not grow with the list. */
export function inGroups(count: number, size: number, body: (start: number, end: number) => void): void {
  for (let start = 0; start < count; start += size) body(start, Math.min(count, start + size));
}

export const disposed = (what: string): HesperError =>
  new HesperError('disposed', `this ${what} was disposed`, { remedy: `Keep the ${what} until its last use` });
