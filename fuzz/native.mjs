// Builds and runs the targets in C++: libFuzzer, with the address and undefined behaviour sanitizers over the kernel.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { committed, grown, inParallel, root, work } from './supervise.mjs';

const compiler = process.env.HESPER_CLANG ?? 'clang++';
const kernel = join(root, 'kernel');
const native = join(root, 'fuzz', 'native');
const binaries = join(work, 'native');

/** What is missing to build them, or undefined. */
export function missingForNative() {
  if (spawnSync(compiler, ['--version'], { stdio: 'ignore' }).status !== 0) return 'clang++';
  const folder = mkdtempSync(join(tmpdir(), 'hesper-fuzz-'));
  try {
    const source = join(folder, 'probe.cpp');
    writeFileSync(source, 'extern "C" int LLVMFuzzerTestOneInput(const unsigned char*, unsigned long) { return 0; }\n');
    const { status } = spawnSync(compiler, ['-fsanitize=fuzzer,address', source, '-o', join(folder, 'probe')]);
    return status === 0 ? undefined : 'libFuzzer and the address sanitizer of clang';
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const avx512 = ['-mavx512f', '-mavx512dq', '-mavx512bw', '-mavx512vl', '-mavx2', '-mfma'];
/**
 * Rows of numbers, unrolled: counters and checks of arithmetic would make them ten times as slow to compile and to run,
 * and there is little to branch on. What they read and write is checked. The compiler takes minutes to optimise AVX-512
 * under the sanitizer, and does not.
 */
const instructionSets = {
  isa_scalar: ['-O1', '-fsanitize=fuzzer-no-link,address'],
  isa_avx2: ['-O1', '-fsanitize=address', '-mavx2', '-mfma'],
  isa_avx512: ['-O0', '-fsanitize=address', ...avx512],
  isa_avx512vnni: ['-O0', '-fsanitize=address', ...avx512, '-mavx512vnni'],
};
const checked = ['-O1', '-fsanitize=fuzzer-no-link,address,undefined', '-fno-sanitize-recover=undefined'];
/** Not taken from the kernel: the binding to Node, and the pool, whose slabs would hide what runs over a buffer's end. */
const left = ['napi', 'wasm', 'pool', 'isa_wasm', 'isa_neon'];

function units() {
  const names = readdirSync(kernel)
    .filter((name) => name.endsWith('.cpp'))
    .map((name) => name.slice(0, -4));
  const sources = names
    .filter((name) => !left.includes(name))
    .filter(
      (name) => !name.startsWith('isa_') || (process.arch === 'x64' ? name in instructionSets : name === 'isa_scalar'),
    );
  return [
    ...sources.map((name) => ({ name, path: join(kernel, `${name}.cpp`), flags: instructionSets[name] ?? checked })),
    { name: 'pool_checked', path: join(native, 'pool_checked.cpp'), flags: checked },
  ];
}

const flags = [
  '-std=c++20',
  '-g1',
  '-Wno-pass-failed',
  '-ffp-contract=off',
  '-fno-exceptions',
  '-fno-math-errno',
  '-pthread',
  `-I${kernel}`,
];

function hashOf(extra) {
  const hash = createHash('sha256').update(JSON.stringify(extra));
  for (const folder of [kernel, native])
    for (const name of readdirSync(folder).sort())
      if (/\.(h|cpp)$/.test(name)) hash.update(name).update(readFileSync(join(folder, name)));
  return hash.update(readFileSync(new URL(import.meta.url))).digest('hex');
}

function compile(args) {
  return new Promise((resolve, reject) => {
    const child = spawn(compiler, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let text = '';
    child.stderr.on('data', (data) => (text += data));
    child.on('close', (code) => (code === 0 ? resolve() : reject(new Error(`${compiler}: ${text.slice(0, 4000)}`))));
  });
}

/** Builds the targets, unless they are there already. */
export async function buildNative(targets) {
  const folder = binaries;
  mkdirSync(folder, { recursive: true });
  const stamp = join(folder, 'sha256');
  const hash = hashOf(compiler);
  const ready = existsSync(stamp) && readFileSync(stamp, 'utf8') === hash;
  if (ready && targets.every((target) => existsSync(join(folder, target)))) return;
  if (!ready) {
    rmSync(stamp, { force: true });
    await inParallel(units(), 2, ({ name, path, flags: own }) =>
      compile([...flags, ...own, '-c', path, '-o', join(folder, `${name}.o`)]),
    );
  }
  const objects = units().map(({ name }) => join(folder, `${name}.o`));
  await inParallel(targets, 2, (target) => link(target, objects, folder));
  writeFileSync(stamp, hash);
}

async function link(target, objects, folder) {
  const made = join(folder, `${target}.tmp`);
  const source = join(native, `target-${target}.cpp`);
  await compile([...flags, ...checked, source, ...objects, '-fsanitize=fuzzer,address,undefined', '-o', made]);
  renameSync(made, join(folder, target));
}

/** A target over a kernel with one line of one unit changed, for tests that plant a fault, in a folder of its own. */
export async function buildPlanted(target, { unit, from, to }, folder) {
  await buildNative([target]);
  mkdirSync(folder, { recursive: true });
  const text = readFileSync(join(kernel, `${unit}.cpp`), 'utf8');
  if (text.split(from).length !== 2) throw new Error(`${unit}.cpp does not have exactly once: ${from}`);
  const [source, object] = [join(folder, `${unit}.cpp`), join(folder, `${unit}.o`)];
  writeFileSync(
    source,
    text.replace(from, () => to),
  );
  await compile([...flags, ...checked, '-c', source, '-o', object]);
  const others = units().filter(({ name }) => name !== unit);
  await link(target, [object, ...others.map(({ name }) => join(binaries, `${name}.o`))], folder);
}

/**
 * One run of a target for some seconds; the same facts as `runTarget` gives. `save` also gives the inputs of earlier runs.
 */
export async function runNative(target, { seconds = 0, runs = -1, seed, ...options }) {
  const {
    folder = binaries,
    save = grown(target),
    corpus = [committed(target)],
    crashes = join(work, 'crashes'),
  } = options;
  for (const path of [crashes, save]) mkdirSync(path, { recursive: true });
  const before = new Set(readdirSync(crashes));
  const args = [
    save,
    ...corpus.filter((path) => existsSync(path)),
    `-max_total_time=${Math.round(seconds)}`,
    `-runs=${runs}`,
    `-seed=${seed}`,
    `-artifact_prefix=${crashes}/${target}-`,
    '-timeout=25',
    '-rss_limit_mb=3000',
    '-max_len=4096',
    '-print_final_stats=1',
    '-reload=0',
    '-len_control=0',
  ];
  const start = Date.now();
  const text = await output(join(folder, target), args);
  const number = (pattern) => Number([...text.matchAll(pattern)].at(-1)?.[1] ?? 0);
  const files = readdirSync(crashes).filter((name) => !before.has(name) && name.startsWith(`${target}-`));
  const what = text.match(/(ERROR: .*|runtime error: .*|.*: runtime error: .*)/)?.[1] ?? '';
  return {
    target,
    seconds: (Date.now() - start) / 1000,
    executions: number(/stat::number_of_executed_units:\s+(\d+)/g) || number(/^#(\d+)/gm),
    edges: number(/ cov: (\d+)/g),
    corpus: number(/ corp: (\d+)/g),
    crashes: files.length,
    crashFiles: files.map((name) => ({ file: join(crashes, name), what: what || text.slice(-1000) })),
  };
}

function output(program, args) {
  return new Promise((resolve) => {
    const options = 'allocator_may_return_null=1:detect_leaks=0:max_allocation_size_mb=512';
    const env = { ...process.env, ASAN_OPTIONS: options, UBSAN_OPTIONS: 'print_stacktrace=1' };
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'], env });
    let text = '';
    child.stderr.on('data', (data) => {
      text = (text + data).slice(-2_000_000);
    });
    child.on('close', () => resolve(text));
  });
}

/** Merges inputs: the smallest ones that cover as much. */
export async function mergeNative(target, to, from, folder = binaries) {
  await output(join(folder, target), ['-merge=1', to, ...from]);
}
