import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromium, openFiles, type TestPage } from './harness.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

describe.skipIf(!chromium)('examples/browser in Chromium (needs chromium)', () => {
  let server: ChildProcess;
  let browser: TestPage;
  let url: string;

  beforeAll(async () => {
    await build({ root: `${root}examples/browser`, logLevel: 'warn' });
    server = spawn(process.execPath, ['examples/browser/server.mjs'], {
      cwd: root,
      env: { ...process.env, PORT: '0' },
    });
    url = await firstLine(server);
    browser = await openFiles({ files: new Map(), html: '<link rel="icon" href="data:,">' });
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    server?.kill();
  });

  it('classifies the digits that it shows', async () => {
    const { page } = browser;
    const requested: string[] = [];
    page.on('request', (request) => requested.push(new URL(request.url()).pathname));
    await page.goto(url);
    await page.getByRole('button', { name: 'Classify encrypted' }).click({ timeout: 60_000 });
    await page.waitForFunction(() => document.querySelectorAll('figcaption:not(:empty)').length === 20, undefined, {
      timeout: 120_000,
    });
    const digits = await page.locator('figcaption').allTextContents();
    expect(digits.join(' ')).toBe('7 2 1 0 4 1 4 9 5 9 0 6 9 0 1 5 9 7 3 4');
    expect(await page.locator('#log').textContent()).toMatch(/keys: \d+ ms[\s\S]*decryption: \d+ ms/);
    const wasm = requested.filter((path) => path.endsWith('.wasm'));
    expect(wasm.length).toBe(1);
    expect(wasm[0]).toMatch(/\/client[^/]*\.wasm$/);
    expect(requested.some((path) => path.includes('reference'))).toBe(false);
    if (process.env.HESPER_SCREENSHOTS) await browser.screenshot(`${process.env.HESPER_SCREENSHOTS}/example.png`);
    expect(browser.console.filter((line) => /^(error|uncaught)/.test(line))).toEqual([]);
  });
});

/** The first line that a process prints. */
function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout!.on('data', (chunk) => {
      text += chunk;
      if (text.includes('\n')) resolve(text.slice(0, text.indexOf('\n')));
    });
    let wrong = '';
    child.stderr!.on('data', (chunk) => {
      wrong += chunk;
    });
    child.once('exit', (code) => reject(new Error(`the server ended with code ${code}: ${wrong}`)));
  });
}
