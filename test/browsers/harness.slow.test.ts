import { afterAll, describe, expect, it } from 'vitest';
import { chromium, openPage, type TestPage } from './harness.ts';

describe.skipIf(!chromium).each([true, false])('a page in Chromium, isolated: %s (needs chromium)', (isolated) => {
  let page: TestPage;
  afterAll(() => page?.close());

  it('runs its functions in a worker and on the main thread', async () => {
    const routes = { '/double': (bytes: Uint8Array) => bytes.map((b) => 2 * b) };
    page = await openPage({ entry: 'test/browsers/hello.page.ts', isolated, routes, timeout: 5_000 });
    expect(await page.call('facts')).toEqual({ isolated, worker: true, simd: true });
    expect(await page.call('facts', [], 'main')).toEqual({ isolated, worker: false, simd: true });
    expect(await page.call('double', [[1, 2, 100]])).toEqual([2, 4, 200]);
    expect(page.requested).toContain('/worker.js');
  });

  it('hands failures back', async () => {
    await expect(page.call('fail')).rejects.toThrow('RangeError: as asked');
    await expect(page.call('nothing', [], 'main')).rejects.toThrow('exports no function nothing');
  });

  it('ends in bounded time', async () => {
    await expect(page.call('hang', [], 'main')).rejects.toThrow('hang took longer than 5000 ms');
  });
});
