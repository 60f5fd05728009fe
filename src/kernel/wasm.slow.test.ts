import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

interface Builder {
  buildWasm(): Promise<Record<string, Uint8Array>>;
}
const script = new URL('../../scripts/build-wasm.mjs', import.meta.url).href;
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

it('the committed WebAssembly is what the pinned compiler makes of the sources', async () => {
  const { buildWasm } = (await import(/* @vite-ignore */ script)) as Builder;
  const built = await buildWasm();
  expect(Object.keys(built).sort()).toEqual(['client.wasm', 'kernel-threads.wasm', 'kernel.wasm']);
  for (const [name, bytes] of Object.entries(built)) {
    const committed = readFileSync(new URL(`../../kernel/wasm/${name}`, import.meta.url));
    expect(sha256(bytes), name).toBe(sha256(committed));
  }
});
