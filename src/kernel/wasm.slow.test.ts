import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

interface Builder {
  readonly builds: Record<string, readonly string[]>;
  buildWasm(name: string): Promise<Uint8Array>;
}
const script = new URL('../../scripts/build-wasm.mjs', import.meta.url).href;
const { builds, buildWasm } = (await import(/* @vite-ignore */ script)) as Builder;
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

describe('the committed WebAssembly is what the pinned compiler makes of the sources', () => {
  for (const name of Object.keys(builds))
    it(name, async () => {
      const committed = readFileSync(new URL(`../../kernel/wasm/${name}`, import.meta.url));
      expect(sha256(await buildWasm(name))).toBe(sha256(committed));
    });
});
