import { describe, expect, it } from 'vitest';

interface File {
  readonly name: string;
  readonly bytes: number;
  readonly gzip: number;
}
interface Size {
  measureSize(): Promise<{
    bytes: number;
    limit: number;
    wholeDoor: number;
    files: readonly File[];
    notDownloaded: readonly File[];
  }>;
  clientContents(): Promise<{ modules: readonly string[]; wasm: Uint8Array<ArrayBuffer> }>;
}
const script = new URL('../scripts/size.mjs', import.meta.url).href;
const size = (): Promise<Size> => import(/* @vite-ignore */ script) as Promise<Size>;

describe('what a client in a browser downloads', () => {
  it('is within its limit, whatever of hesper/client it uses', async () => {
    const { bytes, limit, wholeDoor, files } = await (await size()).measureSize();
    expect(limit).toBe(150_000);
    expect(bytes).toBeLessThanOrEqual(limit);
    expect(wholeDoor).toBeLessThanOrEqual(limit);
    expect(bytes).toBe(files.reduce((sum, file) => sum + file.gzip, 0));
    expect(files.filter((file) => file.name.endsWith('.wasm')).length).toBe(1);
    expect(files.filter((file) => file.name.endsWith('.js')).length).toBeGreaterThan(0);
  });

  it('holds keys and encryption, and nothing that computes on ciphertexts', async () => {
    const { modules, wasm } = await (await size()).clientContents();
    expect(modules).toContain('src/rlwe/secret/key-generator.ts');
    expect(modules).toContain('src/service/client/inference-client.ts');
    const evaluation = /^src\/(evaluator|circuits|runtime|service\/server|verification|ops|heras|training)\//;
    expect(modules.filter((m) => evaluation.test(m) || /reference|kernel\/load\.ts|evaluator\.ts/.test(m))).toEqual([]);
    expect(modules.filter((m) => m.startsWith('node:') || m.includes('browser-external'))).toEqual([]);
    const exports = WebAssembly.Module.exports(await WebAssembly.compile(wasm)).map(({ name }) => name);
    expect(exports).toContain('hesper_mask_symmetric');
    const verbs = ['pointwise', 'relinearize', 'rotate_many', 'multiply_scaled', 'linear_plain', 'create_weights'];
    expect(verbs.filter((verb) => exports.includes(`hesper_${verb}`))).toEqual([]);
  });
});
