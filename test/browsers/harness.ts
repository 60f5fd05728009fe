import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium as playwright } from 'playwright-core';
import { buildPage, type Files, type PageBuild } from './build-page.ts';
import type { PageCalls, Place } from './calls.ts';
import { type Routes, type Served, serve } from './serve.ts';

const candidates = [
  process.env.CHROMIUM ?? '',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];

/**
 * Where Chromium is: the environment variable CHROMIUM, else where systems put it. Undefined where there is none: then a
 * test says so by name, `describe.skipIf(!chromium)('... (needs chromium)')`.
 */
export const chromium: string | undefined = candidates.find((path) => path !== '' && existsSync(path));

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export interface PageOptions extends PageBuild {
  /** Serves the page cross-origin isolated. Default: not. */
  readonly isolated?: boolean;
  readonly routes?: Routes;
  readonly policy?: string;
  readonly html?: string;
  /** Files served beside the built ones, or instead of a build. */
  readonly files?: Files;
  /** More flags of Chromium, e.g. '--js-flags=--no-wasm-tier-up'. */
  readonly flags?: readonly string[];
  /** Milliseconds that one call may take. Default 60,000. */
  readonly timeout?: number;
}

export interface TestPage {
  readonly url: string;
  /** Paths that the browser asked for, in order. */
  readonly requested: readonly string[];
  /** What the page wrote to its console, and errors that nobody caught. */
  readonly console: readonly string[];
  /** Calls a function that the entry exports, with JSON both ways; in the module worker unless told otherwise. */
  call<T>(name: string, args?: readonly unknown[], place?: Place): Promise<T>;
  screenshot(path: string): Promise<void>;
  /** Playwright's page, for clicks and texts. */
  readonly page: Awaited<ReturnType<BrowserContext['newPage']>>;
  /** Ends the browser, its profile and the server. */
  close(): Promise<void>;
}

/** Builds `entry`, serves it on loopback and opens it in a Chromium with a profile of its own. */
export async function openPage(options: PageOptions): Promise<TestPage> {
  const built = await buildPage(options);
  return openFiles({ ...options, files: new Map([...built, ...(options.files ?? [])]) });
}

/** The same with files built already. */
export async function openFiles(options: Omit<PageOptions, 'entry'> & { readonly files: Files }): Promise<TestPage> {
  const served = await serve(options);
  const profile = mkdtempSync(join(tmpdir(), 'hesper-chromium-'));
  try {
    const context = await launch(profile, options.flags ?? []);
    return await load(context, served, profile, options.timeout ?? 60_000);
  } catch (error) {
    await served.close();
    rmSync(profile, { recursive: true, force: true });
    throw error;
  }
}

function launch(profile: string, more: readonly string[]): Promise<BrowserContext> {
  if (!chromium) throw new Error('No Chromium here: install it, or set CHROMIUM to its path');
  return playwright.launchPersistentContext(profile, {
    executablePath: chromium,
    headless: true,
    args: [...flags, ...more],
    timeout: 60_000,
  });
}

async function load(context: BrowserContext, served: Served, profile: string, limit: number): Promise<TestPage> {
  const close = async (): Promise<void> => {
    await context.close();
    await served.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  };
  try {
    const page = await context.newPage();
    const lines: string[] = [];
    page.on('console', (message) => lines.push(`${message.type()}: ${message.text()}`));
    page.on('pageerror', (error) => lines.push(`uncaught: ${error.message}`));
    await page.goto(served.url, { timeout: 60_000 });
    const call = caller(page, lines, limit);
    const screenshot = async (path: string): Promise<void> => void (await page.screenshot({ path, fullPage: true }));
    return { url: served.url, requested: served.requested, console: lines, call, screenshot, page, close };
  } catch (error) {
    await close();
    throw error;
  }
}

type Calls = typeof globalThis & { hesperPage?: PageCalls };

function caller(page: TestPage['page'], lines: readonly string[], limit: number): TestPage['call'] {
  return async <T>(name: string, args: readonly unknown[] = [], place: Place = 'worker'): Promise<T> => {
    const evaluated = page
      .waitForFunction(() => (globalThis as Calls).hesperPage !== undefined, undefined, { timeout: 30_000 })
      .then(() =>
        page.evaluate(([p, n, a]) => (globalThis as Calls).hesperPage!(p, n, a), [place, name, args] as const),
      );
    const answer = await bounded(evaluated, limit, `${name} took longer than ${limit} ms`);
    if ('failure' in answer) throw new Error([answer.failure, ...lines].join('\n'));
    return answer.value as T;
  };
}

async function bounded<T>(work: Promise<T>, limit: number, what: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(what)), limit);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
