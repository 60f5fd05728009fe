/** Relaxed SIMD in this Node: the newer ones have it, Node 20 behind a flag. */
import { afterAll, describe, expect, it } from 'vitest';
import { hasRelaxedSimd } from '../src/kernel/wasm-module.ts';
import { folder, remove, runConformance } from './faults/build.ts';

const flags: Record<string, string> = hasRelaxedSimd() ? {} : { HESPER_NODE_FLAGS: '--experimental-wasm-relaxed-simd' };

describe('the conformance suite over the kernel with relaxed SIMD', () => {
  const into = folder();
  afterAll(() => remove(into));

  it.each(['1', '2'])('passes on %s threads', (threads) => {
    const { kernels, failed, broken, passed } = runConformance(into, '', 'wasm', false, {
      ...flags,
      HESPER_THREADS: threads,
    });
    const features = threads === '1' ? 'simd128 relaxed-simd' : 'simd128 relaxed-simd threads';
    expect(broken).toBeUndefined();
    expect(kernels).toEqual([`${features}, ${threads} threads`]);
    expect(failed).toEqual([]);
    expect(passed).toBeGreaterThan(20);
  });
});
