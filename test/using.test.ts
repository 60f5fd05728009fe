import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createContext, runInContext } from 'node:vm';
import { ModuleKind, ScriptTarget, transpileModule } from 'typescript';
import { build, type Rollup } from 'vite';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');

/** What a user writes, in TypeScript. */
const program = `
import * as he from '../dist/he.js';
export async function run() {
  const kernel = await he.loadKernel({ variant: 'reference' });
  const live = () => kernel.poolStats().liveBuffers;
  const parameters = he.createInsecureParameters({ ringDegree: 1024, dataPrimes: he.generatePrimes(1024, [40]) });
  let inside = 0;
  {
    using context = he.createContext(parameters, kernel);
    using secretKey = new he.KeyGenerator(context).secretKey();
    const [made] = he.encryptSymmetric(secretKey, [Float64Array.of(1.5)], { scale: 2 ** 20 });
    using ct = made!;
    using values = he.decryptPrivate(secretKey, [ct]);
    inside = live();
    if (Math.abs(values.column(0)[0]! - 1.5) > 0.01) throw new Error('wrong value');
  }
  let caught: any;
  try {
    using failing = { [Symbol.dispose]() { throw new Error('second'); } };
    throw new Error('first');
  } catch (error) {
    caught = error;
  }
  return { inside, after: live(), name: caught.name, error: caught.error.message, suppressed: caught.suppressed.message };
}
`;

/** Takes away what the engine may have, so that the result is the same on older and newer ones. */
const withoutDispose = `
if (typeof Symbol.dispose === 'symbol') {
  const real = Symbol;
  const names = Object.getOwnPropertyNames(real).filter((name) => !['dispose', 'asyncDispose'].includes(name));
  globalThis.Symbol = (text) => real(text);
  for (const name of names) Object.defineProperty(Symbol, name, Object.getOwnPropertyDescriptor(real, name));
}
delete globalThis.SuppressedError;
`;

async function bundled(): Promise<string> {
  const file = join(root, 'build/using/program.js');
  mkdirSync(dirname(file), { recursive: true });
  const { outputText } = transpileModule(program.replace('../dist/', '../../dist/'), {
    compilerOptions: { target: ScriptTarget.ES2022, module: ModuleKind.ESNext },
  });
  writeFileSync(file, outputText);
  const lib = { entry: file, formats: ['iife' as const], name: 'bundle' };
  const result = await build({
    root,
    configFile: false,
    logLevel: 'silent',
    build: { lib, write: false, minify: false },
  });
  return ([result].flat()[0] as Rollup.RollupOutput).output[0].code;
}

describe('using', () => {
  it('works in built code and in bundles on an engine that has no Symbol.dispose', async () => {
    const { console, crypto, performance, TextEncoder, URL, WebAssembly } = globalThis;
    const scope = createContext({ console, crypto, performance, TextEncoder, URL, WebAssembly });
    runInContext(withoutDispose, scope);
    expect(
      runInContext('[typeof Symbol.dispose, typeof Symbol.asyncDispose, typeof SuppressedError].join()', scope),
    ).toBe('undefined,undefined,undefined');
    runInContext(await bundled(), scope);
    expect(
      runInContext('[typeof Symbol.dispose, typeof Symbol.asyncDispose, typeof SuppressedError].join()', scope),
    ).toBe('symbol,symbol,function');
    const outcome = await runInContext('bundle.run()', scope);
    expect(outcome).toMatchObject({ after: 0, name: 'SuppressedError', error: 'second', suppressed: 'first' });
    expect(outcome.inside).toBeGreaterThan(2);
  });

  it('is prepared before any class body that names a method by Symbol.dispose', () => {
    const files = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((f) => f.endsWith('.js'));
    const naming = files.filter((f) => readFileSync(join(dist, f), 'utf8').includes('Symbol.dispose'));
    expect(naming.length).toBeGreaterThan(8);
    const late = naming.filter((f) => f !== 'dispose.js' && !reaches(f, 'errors.js'));
    expect(late).toEqual([]);
  });
});

/** Does a module import another one, directly or through others? Modules are evaluated after those they import. */
function reaches(from: string, to: string, seen = new Set<string>()): boolean {
  if (from === to) return true;
  if (seen.has(from)) return false;
  seen.add(from);
  const code = readFileSync(join(dist, from), 'utf8');
  const imports = [...code.matchAll(/^(?:import|export)[^;]*?from\s*["'](\.[^"']+)["']/gm)].map((m) =>
    join(dirname(from), m[1]!),
  );
  return imports.some((next) => reaches(next, to, seen));
}
