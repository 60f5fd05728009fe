import { describe, expect, it } from 'vitest';
import { loadKernel } from '../../src/kernel/load.ts';
import { artefacts, type clientArtefacts } from './artefacts.page.ts';
import { chromium, openPage } from './harness.ts';
import type { Traces } from './secrets.page.ts';

describe.skipIf(!chromium).each([true, false])(
  'secrets in Chromium, relaxed SIMD wanted: %s (needs chromium)',
  (relaxed) => {
    it('are in the memory of the kernel only, and gone from it after dispose()', async () => {
      const page = await openPage({ entry: 'test/browsers/secrets.page.ts' });
      try {
        const met = await page.call<Traces>('traces', [relaxed]);
        expect(met.alive).toEqual(['transformed', 'last prime', 'integers', 'key order']);
        expect(met.disposed).toEqual([]);
        expect(met.leftInJavaScript).toBe(0);
        expect(met.wiped).toBeGreaterThanOrEqual(7);
      } finally {
        await page.close();
      }
    });
  },
);

describe.skipIf(!chromium).each([true, false])(
  'the kernel of clients in Chromium, relaxed SIMD: %s (needs chromium)',
  (relaxed) => {
    it('makes the same keys and ciphertexts, byte for byte, as the native one', async () => {
      const kernel = await loadKernel();
      const wanted = await artefacts(kernel);
      kernel.close();
      const page = await openPage({ entry: 'test/browsers/artefacts.page.ts' });
      try {
        const { features, digests } = await page.call<Awaited<ReturnType<typeof clientArtefacts>>>('clientArtefacts', [
          relaxed,
        ]);
        expect(features.includes('relaxed-simd')).toBe(relaxed);
        expect(digests).toEqual(wanted);
      } finally {
        await page.close();
      }
    });
  },
);

describe.skipIf(!chromium)('a client under a strict content policy (needs chromium)', () => {
  it('needs nothing but wasm-unsafe-eval, in a worker and on the main thread', async () => {
    const policy =
      "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; img-src data:";
    const page = await openPage({ entry: 'test/browsers/artefacts.page.ts', policy });
    try {
      const [worker, main] = [
        await page.call('clientArtefacts', [true]),
        await page.call('clientArtefacts', [true], 'main'),
      ];
      expect(worker).toEqual(main);
      expect(page.console.filter((line) => !line.includes('never disposed of'))).toEqual([]);
    } finally {
      await page.close();
    }
  });

  it('would be stopped by a stricter one', async () => {
    const page = await openPage({
      entry: 'test/browsers/artefacts.page.ts',
      policy: "default-src 'self'; img-src data:",
    });
    try {
      await expect(page.call('clientArtefacts', [true], 'main')).rejects.toThrow(
        /CompileError|wasm-unsafe-eval|Content Security Policy/,
      );
    } finally {
      await page.close();
    }
  });
});
