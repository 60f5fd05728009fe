/**
 * Deliberate faults of readers are found by the fuzzers within five minutes, from valid objects only: lengths that are no
 * longer checked, in TypeScript and in C++ (fuzz/planted.mjs).
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const SECONDS = 300;
const script = fileURLToPath(new URL('../fuzz/planted.mjs', import.meta.url));

interface Found {
  readonly seconds: number;
  readonly crashes: number;
  readonly executions: number;
  readonly crashFiles: readonly { readonly what: string }[];
}

const run = (...args: string[]): unknown =>
  JSON.parse(execFileSync(process.execPath, [script, ...args], { encoding: 'utf8', maxBuffer: 2 ** 26 }));
const listed = run('--list') as readonly { readonly name: string; readonly missing: string | null }[];
const planted = listed.filter(({ name }) => name !== 'none');
const signs = /two encodings|only the kernel found|without a type|AddressSanitizer: heap-buffer-overflow/;

describe('a planted fault is found', () => {
  for (const { name, missing } of planted) {
    const needs = missing === null ? '' : ` (needs ${missing})`;
    it.skipIf(missing !== null)(`${name}${needs}`, () => {
      const { crashes, crashFiles, seconds } = run(name, String(SECONDS)) as Found;
      expect(crashes).toBeGreaterThan(0);
      expect(crashFiles[0]!.what).toMatch(signs);
      expect(seconds).toBeLessThan(SECONDS);
    });
  }

  it('and none where none was planted', () => {
    const { crashes, crashFiles, executions } = run('none', '10') as Found;
    expect(crashFiles).toEqual([]);
    expect(crashes).toBe(0);
    expect(executions).toBeGreaterThan(1000);
  });
});
