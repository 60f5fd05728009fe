// Builds kernel/wasm/kernel.wasm and kernel-threads.wasm with the pinned clang of @yowasp/clang, which runs inside Node.
// The result depends on the sources and the compiler only, so it is committed and can be compared.
// Usage: node scripts/build-wasm.mjs [--out FOLDER]
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const kernel = join(root, 'kernel');

const common = [
  '-std=c++20',
  '-O3',
  '-msimd128',
  '-mbulk-memory',
  '-ffp-contract=off',
  '-fno-exceptions',
  '-fno-rtti',
  '-fno-threadsafe-statics',
  '-nostdinc++',
  '-nostartfiles',
  '-nostdlib',
  '-Wl,--no-entry',
  '-Wl,--export=__heap_base',
  '-Wl,--strip-all',
  '-Wl,-z,stack-size=1048576',
]; // prettier-ignore
const threads = [
  '-DHESPER_THREADS',
  '-matomics',
  '-Wl,--shared-memory',
  '-Wl,--import-memory',
  '-Wl,--max-memory=4294967296',
];

const builds = { 'kernel.wasm': [], 'kernel-threads.wasm': threads, 'client.wasm': ['-DHESPER_CLIENT'] };

/** The built files by name, as bytes. */
export async function buildWasm(log = () => {}) {
  const { runClang } = await import('@yowasp/clang');
  const names = readdirSync(kernel).filter((name) => /\.(h|cpp)$/.test(name));
  const sources = Object.fromEntries(names.map((name) => [name, readFileSync(join(kernel, name))]));
  const built = {};
  for (const [name, flags] of Object.entries(builds)) {
    const decode = new TextDecoder();
    const print = (bytes) => bytes && log(decode.decode(bytes));
    const out = await runClang(['clang++', ...common, ...flags, 'wasm.cpp', '-o', 'out.wasm'], sources, {
      stdout: print,
      stderr: print,
    });
    built[name] = out['out.wasm'];
  }
  return built;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const at = process.argv.indexOf('--out');
  const folder = at > 0 ? process.argv[at + 1] : join(kernel, 'wasm');
  mkdirSync(folder, { recursive: true });
  for (const [name, bytes] of Object.entries(await buildWasm((text) => process.stderr.write(text)))) {
    writeFileSync(join(folder, name), bytes);
    console.error(`${join(folder, name)}: ${bytes.length} bytes`);
  }
}
