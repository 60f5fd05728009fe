/** The conformance suite of the kernel in Chromium, in Web Workers, in every form that WebAssembly has there. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LoadOptions } from '../../src/kernel/load.ts';
import { folder, remove, runConformance } from '../faults/build.ts';
import { buildPage } from './build-page.ts';
import type { KernelSaid } from './conformance.page.ts';
import { chromium, openFiles, openPage, type TestPage } from './harness.ts';
import type { Outcome } from './vitest-shim.ts';

const entry = 'test/browsers/conformance.page.ts';
const alias = { vitest: 'test/browsers/vitest-shim.ts' };
const timeout = 600_000;
const plain = { relaxed: false };

const forms: { name: string; options: LoadOptions; features: readonly string[] }[] = [
  { name: 'plain, one thread', options: { threads: 1, features: plain }, features: ['simd128'] },
  { name: 'relaxed, one thread', options: { threads: 1 }, features: ['simd128', 'relaxed-simd'] },
  { name: 'plain, three threads', options: { threads: 3, features: plain }, features: ['simd128', 'threads'] },
  { name: 'relaxed, three threads', options: { threads: 3 }, features: ['simd128', 'relaxed-simd', 'threads'] },
];

describe.skipIf(!chromium)('the kernel in a worker of an isolated page in Chromium (needs chromium)', () => {
  let page: TestPage;
  let inNode: number;
  beforeAll(async () => {
    const into = folder();
    const { passed, failed, broken } = runConformance(into, '', 'wasm', false);
    remove(into);
    expect([failed, broken]).toEqual([[], undefined]);
    inNode = passed;
    page = await openPage({ entry, alias, isolated: true, timeout });
  }, timeout);
  afterAll(() => page?.close());

  it('tells what fails', async () => {
    const { passed, skipped, failed } = await page.call<Outcome>('failing');
    expect([passed, skipped]).toEqual([1, 1]);
    expect(failed).toEqual([expect.stringMatching(/numbers fail: expected Float64Array/)]);
  });

  it.each(forms)('$name: passes as many tests as in Node', async ({ options, features }) => {
    const { threads, ...said } = await page.call<KernelSaid>('said', [options]);
    expect(said.features).toEqual(features);
    expect(threads).toBe(options.threads);
    const { passed, failed, skipped, assertions } = await page.call<Outcome>('conformance', [options]);
    expect(failed).toEqual([]);
    expect(skipped).toBe(0);
    expect(passed).toBe(inNode);
    expect(assertions).toBeGreaterThan(passed);
  });

  it('takes as many threads as the machine has, by default', async () => {
    const { threads } = await page.call<KernelSaid>('said', [{}]);
    expect(threads).toBe(Math.min(16, await page.page.evaluate(() => navigator.hardwareConcurrency)));
  });

  it('can be opened and closed many times', async () => {
    expect(await page.call('again', [{ threads: 5 }, 30])).toBe(150);
  });

  it('has one thread on the main thread of the page, says why, and works', async () => {
    const { threads, reason } = await page.call<KernelSaid>('said', [{ threads: 3 }], 'main');
    expect(threads).toBe(1);
    expect(reason).toContain('the main thread of a page may not wait');
    const { passed, failed } = await page.call<Outcome>('conformance', [{ threads: 3 }], 'main');
    expect([passed, failed]).toEqual([inNode, []]);
  });

  it('downloads what it uses', () => {
    const files = (name: string) => page.requested.filter((path) => path.includes(name)).length;
    for (const name of ['kernel-', 'kernel-relaxed-', 'kernel-threads-', 'kernel-threads-relaxed-'])
      expect(files(name), name).toBeGreaterThan(0);
    expect(files('client')).toBe(0);
  });
});

describe.skipIf(!chromium)('the kernel under a strict content security policy (needs chromium)', () => {
  let page: TestPage;
  afterAll(() => page?.close());

  it('has its threads, without scripts from anywhere but the page', async () => {
    const policy = "default-src 'none'; connect-src 'self'; worker-src 'self'; script-src 'self' 'wasm-unsafe-eval'";
    const html = `<!doctype html><meta http-equiv="Content-Security-Policy" content="${policy}">
      <script type="module" src="/page.js"></script>`;
    page = await openPage({ entry, alias, isolated: true, timeout, html });
    expect((await page.call<KernelSaid>('said', [{ threads: 3 }])).threads).toBe(3);
    expect((await page.call<KernelSaid>('said', [{ threads: 3 }], 'main')).threads).toBe(1);
  });
});

describe.skipIf(!chromium)('the kernel in a page that is not isolated (needs chromium)', () => {
  let page: TestPage;
  afterAll(() => page?.close());

  it('has one thread, says why, and downloads one file', async () => {
    page = await openPage({ entry, alias, isolated: false, timeout });
    const { threads, features, reason } = await page.call<KernelSaid>('said', [{ threads: 3 }]);
    expect(threads).toBe(1);
    expect(features).toEqual(['simd128', 'relaxed-simd']);
    expect(reason).toContain('not cross-origin isolated');
    expect(page.requested.filter((path) => path.endsWith('.wasm'))).toHaveLength(1);
  });
});

describe.skipIf(!chromium)('an engine that rounds multiply-adds twice (needs chromium)', () => {
  let page: TestPage;
  afterAll(() => page?.close());

  it('is found out, and takes the plain kernel', async () => {
    const script = new URL('../../scripts/build-wasm.mjs', import.meta.url).href;
    const { buildWasm } = (await import(/* @vite-ignore */ script)) as {
      buildWasm(name: string, log: undefined, more: readonly string[]): Promise<Uint8Array>;
    };
    const twice = await buildWasm('kernel-relaxed.wasm', undefined, ['-DHESPER_ROUNDS_TWICE']);
    const built = await buildPage({ entry, alias });
    const files = new Map([...built].map(([path, file]) => [path, path.includes('kernel-relaxed-') ? twice : file]));
    page = await openFiles({ files, timeout });
    const { features, reason } = await page.call<KernelSaid>('said', [{ threads: 1 }]);
    expect(features).toEqual(['simd128']);
    expect(reason).toContain('not fused here');
    expect(page.requested.filter((path) => path.endsWith('.wasm'))).toHaveLength(2);
  });
});
