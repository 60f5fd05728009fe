import type { Kernel } from '../src/kernel/kernel.ts';
import type { Random } from './random.ts';

/** What reading bytes from outside gave. */
export interface Read {
  /** The same object as bytes again, where it has a saved form. */
  save?(): Uint8Array;
  dispose?(): void;
}

/** One way in for bytes from outside. */
export interface Target {
  /** Valid bytes, small and as different as the format allows: the corpus starts from them. */
  readonly samples: readonly Uint8Array[];
  /** Reads bytes as untrusted. What it throws has to be a HesperError. */
  read(bytes: Uint8Array): Read | Promise<Read>;
  /** Bytes that reading `length` bytes may allocate: kernel buffers and JavaScript memory together. */
  bound(length: number): number;
  /**
   * Makes changed bytes consistent again where the format has lengths and checksums over the whole, so that what lies
   * behind them is reached. Undefined where nothing can be mended.
   */
  repair?(bytes: Uint8Array): Uint8Array | undefined;
  /** Changes that know the format: what bytes alone rarely hit. */
  mutate?(bytes: Uint8Array, random: Random): Uint8Array;
  /** Whether valid bytes may be saved as others that mean the same (seeded ones, saved in full). */
  expands?(bytes: Uint8Array): boolean;
  /** `read` gives promises. */
  readonly isAsync?: boolean;
  dispose?(): void;
}

/** Makes a target for a kernel: keys and objects to start from are made anew each time. */
export type MakeTarget = (kernel: Kernel) => Target | Promise<Target>;
