// Builds the files of kernel/wasm/ with the pinned clang of @yowasp/clang, which runs inside Node. A result depends on the
// sources and the compiler only, so it is committed and can be compared.
// Usage: node scripts/build-wasm.mjs [--out FOLDER] [FILE.wasm ...]
// Without names, those that are not what the present sources make (build/wasm.json remembers what was made of what).
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const kernel = join(root, 'kernel');
const record = join(root, 'build', 'wasm.json');

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
  '-Wno-pass-failed',
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
const relaxed = ['-mrelaxed-simd'];
const client = ['-DHESPER_CLIENT'];

/** The flags of each file, besides the common ones. */
export const builds = {
  'kernel.wasm': [],
  'kernel-relaxed.wasm': relaxed,
  'kernel-threads.wasm': threads,
  'kernel-threads-relaxed.wasm': [...threads, ...relaxed],
  'client.wasm': client,
  'client-relaxed.wasm': [...client, ...relaxed],
};

const sourceNames = () => readdirSync(kernel).filter((name) => /\.(h|cpp)$/.test(name));

/** One built file, as bytes. `more`: flags for tests. */
export async function buildWasm(name, log = () => {}, more = []) {
  const { runClang } = await import('@yowasp/clang');
  const sources = Object.fromEntries(sourceNames().map((file) => [file, readFileSync(join(kernel, file))]));
  const decode = new TextDecoder();
  const print = (bytes) => bytes && log(decode.decode(bytes));
  const args = ['clang++', ...common, ...builds[name], ...more, 'wasm.cpp', '-o', 'out.wasm'];
  const out = await runClang(args, sources, { stdout: print, stderr: print });
  return out['out.wasm'];
}

const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest('hex');

function hashOfSources(name) {
  const files = sourceNames().sort();
  const texts = files.flatMap((file) => [file, readFileSync(join(kernel, file))]);
  const compiler = readFileSync(join(root, 'node_modules', '@yowasp', 'clang', 'package.json'));
  return sha256(compiler, [...common, ...builds[name]].join(' '), ...texts);
}

const remembered = () => (existsSync(record) ? JSON.parse(readFileSync(record, 'utf8')) : {});

/** What a file was made of, while it still is what was made. */
function madeOf(path, name) {
  const { sources, result } = remembered()[name] ?? {};
  return existsSync(path) && sha256(readFileSync(path)) === result ? sources : undefined;
}

function remember(name, sources, bytes) {
  mkdirSync(dirname(record), { recursive: true });
  writeFileSync(record, JSON.stringify({ ...remembered(), [name]: { sources, result: sha256(bytes) } }));
}

async function buildFile(name, folder, always) {
  const path = join(folder, name);
  const sources = hashOfSources(name);
  if (!always && madeOf(path, name) === sources) return console.error(`${path}: as it is`);
  const bytes = await buildWasm(name, (text) => process.stderr.write(text));
  if (!bytes) throw new Error(`${name} was not built`);
  writeFileSync(path, bytes);
  remember(name, sources, bytes);
  console.error(`${path}: ${bytes.length} bytes`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const args = process.argv.slice(2);
  const at = args.indexOf('--out');
  const [, folder] = at >= 0 ? args.splice(at, 2) : ['', join(kernel, 'wasm')];
  const unknown = args.filter((name) => !(name in builds));
  if (unknown.length > 0)
    throw new Error(`No such build: ${unknown.join(', ')}. There are ${Object.keys(builds).join(', ')}`);
  mkdirSync(folder, { recursive: true });
  for (const name of args.length > 0 ? args : Object.keys(builds)) await buildFile(name, folder, args.length > 0);
}
