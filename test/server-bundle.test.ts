import { fileURLToPath } from 'node:url';
import { build, type Rollup } from 'vite';
import { describe, expect, it } from 'vitest';

/** Every module that a bundle of `entry` contains, as paths below the repository. */
async function modules(entry: string): Promise<string[]> {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const result = (await build({
    root,
    configFile: false,
    logLevel: 'silent',
    build: { ssr: true, write: false, minify: false, rollupOptions: { input: root + entry, treeshake: false } },
  })) as Rollup.RollupOutput;
  const chunks = result.output.filter((o): o is Rollup.OutputChunk => o.type === 'chunk');
  return chunks
    .flatMap((c) => Object.keys(c.modules))
    .filter((m) => m.startsWith(root))
    .map((m) => m.slice(root.length));
}

const secret = (list: string[]): string[] =>
  list.filter((m) => m.startsWith('src/rlwe/secret/') || m.startsWith('src/service/client/'));

/** Everything that runs where ciphertexts of other people are. */
const serverEntries = ['src/server.ts', 'src/cli/demo/server-worker.ts'];

describe('server bundles', () => {
  it.each(serverEntries)('%s holds no secret-key code', async (entry) => {
    const list = await modules(entry);
    expect(list).toContain('src/service/server/inference-server.ts');
    expect(secret(list)).toEqual([]);
  });

  it('the same look finds it in the client', async () => {
    expect(secret(await modules('src/client.ts'))).toContain('src/rlwe/secret/secret-key.ts');
  });
});
