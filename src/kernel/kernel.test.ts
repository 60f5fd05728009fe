import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HesperError } from '../errors.ts';
import { describeKernel } from './kernel.conformance.ts';
import type { Kernel } from './kernel.ts';
import { availableKernels, type LoadOptions, loadKernel } from './load.ts';
import { makeRing, primesBelow } from './tools.conformance.ts';

const facts = await availableKernels();
const has = (variant: string): boolean => facts.some((f) => f.variant === variant && f.available);
const hasRelaxed = facts.some((f) => f.available && f.features.includes('relaxed-simd'));
const plain = { relaxed: false };
const hasVnni = facts.some((f) => f.available && f.features.includes('avx512vnni'));

/** Every way to run that this machine has; the others are reported as skipped. */
const ways: { name: string; options: LoadOptions; available: boolean }[] = [
  { name: 'scalar', options: { variant: 'scalar', threads: 1 }, available: has('scalar') },
  { name: 'avx2', options: { variant: 'avx2', threads: 1 }, available: has('avx2') },
  {
    name: 'avx512 without VNNI',
    options: { variant: 'avx512', threads: 1, features: { vnni: false } },
    available: has('avx512'),
  },
  { name: 'avx512 with VNNI, 2 threads', options: { variant: 'avx512', threads: 2 }, available: hasVnni },
  { name: 'neon, 2 threads', options: { variant: 'neon', threads: 2 }, available: has('neon') },
  { name: 'wasm, 1 thread', options: { variant: 'wasm', threads: 1, features: plain }, available: has('wasm') },
  { name: 'wasm, 2 threads', options: { variant: 'wasm', threads: 2, features: plain }, available: has('wasm') },
  { name: 'wasm with relaxed SIMD, 1 thread', options: { variant: 'wasm', threads: 1 }, available: hasRelaxed },
];

for (const { name, options, available } of ways) {
  describe.runIf(available)(name, () => {
    let kernel: Kernel;
    beforeAll(async () => {
      kernel = await loadKernel(options);
    });
    afterAll(() => kernel.close());
    describeKernel('conforms', () => kernel);

    it('says what it is', () => {
      expect(kernel.variant).toBe(options.variant);
      expect(kernel.threads).toBe(options.threads);
      expect(kernel.features.includes('avx512vnni')).toBe(name.includes('with VNNI'));
      expect(kernel.features.includes('relaxed-simd')).toBe(name.includes('relaxed SIMD'));
      expect(kernel.measureFma(5)).toBeGreaterThan(0);
    });
  });
}

/** Slots and their way back at n = 8192: coefficients, then the slots of their own bits. */
function slotBits(kernel: Kernel): Float64Array {
  const n = 8192;
  const ring = makeRing(kernel, n, primesBelow(2 ** 40, n, 1));
  const list = Int32Array.of(kernel.allocate(n));
  const slots = (f: number): Float64Array => Float64Array.from({ length: n / 2 }, (_, i) => Math.sin(f * i * i));
  kernel.encode(ring.id, list, slots(0.1), slots(0.7), 2 ** 40 / 3);
  const out = new Float64Array(2 * n);
  kernel.read(list[0]!, 0, out.subarray(0, n));
  kernel.decode(ring.id, out.subarray(n, 1.5 * n), out.subarray(1.5 * n), list, 2 ** 40 / 3);
  kernel.release(list[0]!);
  kernel.destroyRing(ring.id);
  return out;
}

it('every variant gives the same bits for slots', async () => {
  const results: Float64Array[] = [];
  for (const { options } of ways.filter((way) => way.available)) {
    const kernel = await loadKernel(options);
    results.push(slotBits(kernel));
    kernel.close();
  }
  for (const result of results) expect(result).toEqual(results[0]);
});

describe('loading', () => {
  it('refuses what does not exist', async () => {
    const refused = (promise: Promise<Kernel>, code: string) =>
      expect(promise).rejects.toThrow(expect.objectContaining({ code }));
    await refused(loadKernel({ variant: 'sse9' as never }), 'invalid-argument');
    await refused(loadKernel({ threads: 0 }), 'invalid-argument');
    await refused(loadKernel({ threads: 1.5 }), 'invalid-argument');
    for (const f of facts.filter((f) => !f.available))
      await refused(loadKernel({ variant: f.variant }), 'kernel-unavailable');
  });

  it('frees everything on close, and refuses use afterwards', async () => {
    const kernel = await loadKernel({ threads: 2 });
    kernel.allocate(100_000);
    kernel.close();
    kernel.close();
    expect(() => kernel.allocate(1)).toThrow(HesperError);
    const again = await loadKernel({ threads: 2 });
    expect(again.poolStats().liveBuffers).toBe(0);
    again.close();
  });
});
