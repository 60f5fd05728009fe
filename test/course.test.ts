import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import ts from 'typescript';
import { build, type Rollup } from 'vite';
import { beforeAll, describe, expect, it } from 'vitest';
import * as he from '../src/he.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const source = `${root}examples/he/`;
const programs = `${root}build/examples/he/`;

/** Each lesson and what it has to print. They also assert. */
const lessons: Record<string, RegExp> = {
  '01-first-encryption': /^costs: 1\.2000, 0\.8000, 2\.2000$/,
  '02-levels-and-scales': /^x\^2 \+ x: 3\.7500, -0\.1875, 0\.3900; level 0 at the end$/,
  '03-slots-and-rotations': /^mean 20\.\d\d, 1\d rotation keys$/,
  '04-relinearization': /^sums of three products: 0\.7500, -0\.8750$/,
  '05-exact-integers': /^turnover: 3998, 29500000, 69299230; noise budget \d+ bits, then \d+$/,
  '06-precision-and-release': /^released 0\.31, 2\.00, 1\.00, 1 of 1024$/,
  '07-bytes': /^bytes: ciphertext \d+, seeded \d+, secret key \d+$/,
  '08-polynomials': /^logistic\(6\.732\) = 0\.998\d in 8192 slots at once$/,
  '09-private-dot-product': /^dot product: -?\d+\.\d{4}$/,
  '10-exchange-with-seal': /^by way of SEAL: 0\.7081, 1\.5349, 0\.8467$/,
};

const options = { compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext } };

/** As a package manager would install it: the built package by its name, and no TypeScript. */
function compile(file: string): void {
  const { outputText } = ts.transpileModule(readFileSync(source + file, 'utf8'), options);
  writeFileSync(programs + file.replace(/\.ts$/, '.js'), outputText);
}

describe('the course', () => {
  const files = readdirSync(source).filter((file) => file.endsWith('.ts'));
  beforeAll(() => {
    rmSync(programs, { recursive: true, force: true });
    mkdirSync(programs, { recursive: true });
    for (const file of files) compile(file);
  });

  it('is these ten lessons, none of them long', () => {
    expect(files.filter((file) => !file.endsWith('-server.ts'))).toEqual(
      Object.keys(lessons).map((name) => `${name}.ts`),
    );
    for (const file of files) expect(readFileSync(source + file, 'utf8').split('\n').length, file).toBeLessThan(90);
  });

  it.each(Object.keys(lessons))('%s runs', async (name) => {
    const { stdout } = await promisify(execFile)(process.execPath, [`${programs}${name}.js`], { cwd: root });
    expect(stdout.trimEnd()).toMatch(lessons[name]!);
  });

  it('begins in the README', async () => {
    const [, program] = readFileSync(`${root}README.md`, 'utf8').match(/```js\n([\s\S]*?)```/)!;
    const names = Object.keys(he).filter((name) => new RegExp(`\\b${name}\\b`).test(program!));
    const { outputText } = ts.transpileModule(`import { ${names} } from 'hesper/he';\n${program}`, options);
    writeFileSync(`${programs}readme.js`, outputText);
    const { stdout } = await promisify(execFile)(process.execPath, [`${programs}readme.js`], { cwd: root });
    const [promised] = program!.match(/\/\/ (.*)\n$/)!.slice(1);
    expect(
      stdout
        .match(/-?\d\.\d+/g)!
        .map((x) => Number(x).toFixed(1))
        .join(', '),
    ).toBe(promised);
  });

  it('and the server of lesson 9 holds no secret-key code', async () => {
    const result = (await build({
      root,
      configFile: false,
      logLevel: 'silent',
      resolve: { alias: [{ find: /^hesper\/(.*)$/, replacement: `${root}src/$1.ts` }] },
      build: {
        ssr: true,
        write: false,
        minify: false,
        rollupOptions: { input: `${source}09-private-dot-product-server.ts`, treeshake: false },
      },
    })) as Rollup.RollupOutput;
    const modules = result.output.flatMap((o) => (o.type === 'chunk' ? Object.keys(o.modules) : []));
    expect(modules).toContain(`${root}src/schemes/ckks/evaluator.ts`);
    expect(modules.filter((m) => m.includes('/rlwe/secret/') || m.includes('/service/client/'))).toEqual([]);
  });
});
