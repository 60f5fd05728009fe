// Builds build/native/kernel.node with the first C++ compiler that answers, and nothing else than node-api-headers.
// Never makes an install fail: without a compiler, or where it cannot work, the WebAssembly kernel serves.
// Without arguments it builds nothing where a prebuilt kernel of the package loads. HESPER_NATIVE=0 skips the build. --out FILE puts the result elsewhere; --target aarch64-linux-gnu builds for another
// processor, with that target's g++. For tests of the kernel: --define NAME=VALUE, --optimize 1, and --program FILE.cpp,
// which makes a static executable of the kernel and that program instead of an addon. --strict: no kernel is a failure.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const kernel = join(root, 'kernel');

const avx512 = ['-mavx512f', '-mavx512dq', '-mavx512bw', '-mavx512vl', '-mavx2', '-mfma', '-mprefer-vector-width=512'];
const isaFlags = {
  isa_scalar: [],
  isa_avx2: ['-mavx2', '-mfma'],
  isa_avx512: avx512,
  isa_avx512vnni: [...avx512, '-mavx512vnni'],
  isa_neon: [],
};
const isasOf = {
  x64: ['isa_scalar', 'isa_avx2', 'isa_avx512', 'isa_avx512vnni'],
  arm64: ['isa_scalar', 'isa_neon'],
};
const archOfTarget = { 'x86_64-linux-gnu': 'x64', 'aarch64-linux-gnu': 'arm64' };
const shared = [
  'pool',
  'jobs',
  'objects',
  'dispatch',
  'verbs',
  'terms',
  'monomial',
  'plaintext',
  'mask',
  'slots',
  'switch',
  'key_switch',
  'scaled',
  'pointwise',
  'weights',
  'seal',
];

function options() {
  const args = process.argv.slice(2);
  const all = (name) => args.flatMap((a, i) => (a === name ? [args[i + 1]] : []));
  return {
    out: all('--out')[0] ?? join(root, 'build', 'native', 'kernel.node'),
    defines: all('--define').map((d) => `-D${d}`),
    optimize: `-O${all('--optimize')[0] ?? 3}`,
    target: all('--target')[0],
    program: all('--program')[0],
  };
}

function findCompiler(target) {
  const wanted = target ? [`${target}-g++`] : [process.env.CXX, 'g++', 'c++', 'clang++'].filter(Boolean);
  return wanted.find((c) => spawnSync(c, ['--version'], { stdio: 'ignore' }).status === 0);
}

function units({ target, program }) {
  const isas = isasOf[target ? archOfTarget[target] : process.arch] ?? ['isa_scalar'];
  const own = [...isas, ...shared].map((name) => ({
    name,
    source: join(kernel, `${name}.cpp`),
    flags: isaFlags[name] ?? [],
  }));
  return [...own, { name: 'border', source: program ?? join(kernel, 'napi.cpp'), flags: [] }];
}

function sourceHash(extra) {
  const hash = createHash('sha256')
    .update(extra)
    .update(readFileSync(fileURLToPath(import.meta.url)));
  for (const name of readdirSync(kernel).sort())
    if (/\.(h|cpp)$/.test(name)) hash.update(name).update(readFileSync(join(kernel, name)));
  return hash.digest('hex');
}

function run(command, args) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let text = '';
    child.stderr.on('data', (data) => (text += data));
    child.on('error', (error) => resolve({ ok: false, text: error.message }));
    child.on('close', (code) => resolve({ ok: code === 0, text }));
  });
}

/** Compiles all units, as many at a time as there are cores. */
async function compile(compiler, flags, list, folder) {
  const queue = [...list];
  const failures = [];
  const worker = async () => {
    for (let unit = queue.shift(); unit && failures.length === 0; unit = queue.shift()) {
      const args = [...flags, ...unit.flags, '-c', unit.source, '-o', join(folder, `${unit.name}.o`)];
      const { ok, text } = await run(compiler, args);
      if (!ok) failures.push(`${unit.name}.cpp: ${text.split('\n').find((l) => l.includes('error')) ?? text.trim()}`);
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, Math.min(8, cpus().length)) }, worker));
  return failures;
}

/** Whether the package brings a kernel that this Node can load: it comes first, so nothing need be built. */
function prebuiltServes() {
  const folder = join(root, 'prebuilds');
  const name = `${process.platform}-${process.arch}/kernel.node`;
  if (process.argv.length > 2 || !existsSync(join(folder, name))) return false;
  try {
    const found = createHash('sha256')
      .update(readFileSync(join(folder, name)))
      .digest('hex');
    if (!readFileSync(join(folder, 'SHA256SUMS'), 'utf8').split('\n').includes(`${found}  ${name}`)) return false;
    createRequire(import.meta.url)(join(folder, name));
    return true;
  } catch {
    return false;
  }
}

async function build() {
  if (process.env.HESPER_NATIVE === '0') return 'switched off by HESPER_NATIVE=0';
  if (prebuiltServes()) return undefined;
  if (process.platform !== 'linux') return `no native build for ${process.platform}`;
  const chosen = options();
  const { out, defines, optimize, target, program } = chosen;
  if (target && !archOfTarget[target]) return `no build for the target ${target}`;
  const compiler = findCompiler(target);
  if (!compiler) return target ? `no ${target}-g++ found` : 'no C++ compiler found';
  const headers = createRequire(import.meta.url)('node-api-headers').include_dir;
  const flags = [
    '-std=c++20',
    optimize,
    '-fPIC',
    '-fvisibility=hidden',
    '-ffp-contract=off',
    '-fno-exceptions',
    '-fno-rtti',
    '-fno-math-errno',
    '-pthread',
    '-DNAPI_VERSION=8',
    `-I${headers}`,
    `-I${kernel}`,
    ...defines,
  ]; // prettier-ignore
  const stamp = `${out}.sha256`;
  const hash = sourceHash([compiler, ...flags, program ?? '', program ? readFileSync(program) : ''].join(' '));
  if (existsSync(out) && existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return undefined;

  const folder = `${out}.${process.pid}.tmp`;
  mkdirSync(folder, { recursive: true });
  try {
    const list = units(chosen);
    const failures = await compile(compiler, flags, list, folder);
    if (failures.length > 0) return failures[0];
    const objects = list.map((u) => join(folder, `${u.name}.o`));
    const linked = join(folder, 'linked');
    const kind = program ? ['-static'] : ['-shared', '-static-libstdc++', '-static-libgcc'];
    const link = [...kind, '-pthread', '-s', ...objects, '-o', linked];
    const { ok, text } = await run(compiler, link);
    if (!ok) return `link: ${text.trim().split('\n')[0]}`;
    renameSync(linked, out);
    writeFileSync(stamp, hash);
    console.error(`hesper: native ${program ? 'program' : 'kernel'} built with ${compiler}`);
    return undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const reason = await build().catch((error) => String(error.message ?? error));
if (reason) {
  rmSync(options().out, { force: true });
  console.error(`hesper: no native kernel (${reason}); the WebAssembly kernel will be used`);
  if (process.argv.includes('--strict')) process.exitCode = 1;
}
