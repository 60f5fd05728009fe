// Builds build/native/kernel.node with the first C++ compiler that answers, and nothing else than node-api-headers.
// Never makes an install fail: without a compiler, or where it cannot work, the WebAssembly kernel serves.
// HESPER_NATIVE=0 skips the build. Flags for tests of the kernel: --out FILE, --define NAME=VALUE, --optimize 1.
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
};
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
  'napi',
];

function options() {
  const args = process.argv.slice(2);
  const all = (name) => args.flatMap((a, i) => (a === name ? [args[i + 1]] : []));
  return {
    out: all('--out')[0] ?? join(root, 'build', 'native', 'kernel.node'),
    defines: all('--define').map((d) => `-D${d}`),
    optimize: `-O${all('--optimize')[0] ?? 3}`,
  };
}

function findCompiler() {
  const wanted = [process.env.CXX, 'g++', 'c++', 'clang++'].filter(Boolean);
  return wanted.find((c) => spawnSync(c, ['--version'], { stdio: 'ignore' }).status === 0);
}

function units() {
  const isas = process.arch === 'x64' ? Object.keys(isaFlags) : ['isa_scalar'];
  return [...isas, ...shared].map((name) => ({ name, flags: isaFlags[name] ?? [] }));
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
async function compile(compiler, flags, folder) {
  const queue = units();
  const failures = [];
  const worker = async () => {
    for (let unit = queue.shift(); unit && failures.length === 0; unit = queue.shift()) {
      const args = [
        ...flags,
        ...unit.flags,
        '-c',
        join(kernel, `${unit.name}.cpp`),
        '-o',
        join(folder, `${unit.name}.o`),
      ];
      const { ok, text } = await run(compiler, args);
      if (!ok) failures.push(`${unit.name}.cpp: ${text.split('\n').find((l) => l.includes('error')) ?? text.trim()}`);
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, Math.min(8, cpus().length)) }, worker));
  return failures;
}

async function build() {
  if (process.env.HESPER_NATIVE === '0') return 'switched off by HESPER_NATIVE=0';
  if (process.platform !== 'linux') return `no native build for ${process.platform}`;
  const compiler = findCompiler();
  if (!compiler) return 'no C++ compiler found';
  const { out, defines, optimize } = options();
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
    ...defines,
  ]; // prettier-ignore
  const stamp = `${out}.sha256`;
  const hash = sourceHash([compiler, ...flags].join(' '));
  if (existsSync(out) && existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return undefined;

  const folder = `${out}.${process.pid}.tmp`;
  mkdirSync(folder, { recursive: true });
  try {
    const failures = await compile(compiler, flags, folder);
    if (failures.length > 0) return failures[0];
    const objects = units().map((u) => join(folder, `${u.name}.o`));
    const linked = join(folder, 'kernel.node');
    const link = ['-shared', '-static-libstdc++', '-static-libgcc', '-pthread', '-s', ...objects, '-o', linked];
    const { ok, text } = await run(compiler, link);
    if (!ok) return `link: ${text.trim().split('\n')[0]}`;
    renameSync(linked, out);
    writeFileSync(stamp, hash);
    console.error(`hesper: native kernel built with ${compiler}`);
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
