import { expect } from 'vitest';
import type { Kernel } from '../../kernel/kernel.ts';

interface Disposable {
  dispose(): void;
}

/** Runs `body` on ciphertexts, which are disposed of afterwards. */
export function disposing<C extends Disposable, T>(list: C[], body: (list: C[]) => T): T {
  try {
    return body(list);
  } finally {
    for (const ct of list) ct.dispose();
  }
}

/** The call throws that code and leaves no buffer behind. */
export function expectRefusal(kernel: Kernel, code: string, call: () => unknown): void {
  const live = kernel.poolStats().liveBuffers;
  expect(call).toThrowError(expect.objectContaining({ name: 'HesperError', code }));
  expect(kernel.poolStats().liveBuffers).toBe(live);
}
