import { getHeapStatistics } from 'node:v8';
import type { Kernel } from '../src/kernel/kernel.ts';

/** Counts what one reading allocates. */
export interface Meter {
  /** From now on; gives the live bytes of the kernel. */
  begin(): number;
  /** Bytes allocated since: the kernel's buffers at the fullest moment, and what JavaScript took, freed or not. */
  spent(): number;
  /** Live bytes of the kernel. */
  live(): number;
  compare(spent: number, bound: number): void;
  /** The largest share of its stated bound that an input ever spent. */
  worst(): number;
}

/**
 * Counts through the methods of one kernel, which it replaces, and the statistics of V8. A garbage collection in between
 * hides allocations of JavaScript, so a single count may be too low; it is never too high.
 */
export function allocationsOf(kernel: Kernel): Meter {
  let live = 0;
  let peak = 0;
  let start = 0;
  let worst = 0;
  const sizes = new Map<number, number>();
  const gone = (handle: number): void => {
    live -= sizes.get(handle) ?? 0;
    sizes.delete(handle);
  };
  const own = { allocate: kernel.allocate, release: kernel.release, wipe: kernel.wipe };
  Object.assign(kernel, {
    allocate: (doubles: number) => {
      const handle = own.allocate.call(kernel, doubles);
      sizes.set(handle, 8 * doubles);
      live += 8 * doubles;
      if (live > peak) peak = live;
      return handle;
    },
    release: (handle: number) => {
      own.release.call(kernel, handle);
      gone(handle);
    },
    wipe: (handle: number) => {
      own.wipe.call(kernel, handle);
      gone(handle);
    },
  });
  let before = 0;
  return {
    begin: () => {
      peak = before = live;
      start = heap();
      return live;
    },
    spent: () => peak - before + Math.max(0, heap() - start),
    compare: (spent, bound) => {
      worst = Math.max(worst, spent / bound);
    },
    live: () => live,
    worst: () => worst,
  };
}

function heap(): number {
  const { used_heap_size, external_memory } = getHeapStatistics();
  return used_heap_size + external_memory;
}
