import { HesperError } from '../errors.ts';
import type { Kernel } from '../he.ts';
import { benchBytes } from './bench/bytes.ts';
import { benchCircuits } from './bench/circuits.ts';
import { benchCryptonets } from './bench/cryptonets.ts';
import { benchEngine } from './bench/engine.ts';
import { benchGemm } from './bench/gemm.ts';
import type { BenchRow } from './bench/harness.ts';
import { benchNtt } from './bench/ntt.ts';
import type { BenchOptions } from './bench/options.ts';
import type { CommandSpec } from './command.ts';
import { describeMachine } from './machine.ts';
import { choiceOption, integerOption, kernelNames, type Options } from './options.ts';
import { table } from './output.ts';

/** A new benchmark is one file and one line here. */
const suites: Readonly<Record<string, (options: BenchOptions) => Promise<{ kernel: Kernel; rows: BenchRow[] }>>> = {
  ntt: benchNtt,
  gemm: benchGemm,
  engine: benchEngine,
  bytes: benchBytes,
  circuits: benchCircuits,
  cryptonets: benchCryptonets,
};

export const bench: CommandSpec = {
  name: 'bench',
  usage: '<suite>',
  summary: `measure speed, as ratios in one run: ${Object.keys(suites).join(', ')}`,
  options: [
    ['--n <list>', 'ring degrees, e.g. 4096,8192'],
    ['--threads <list>', 'thread counts, e.g. 1,2'],
    ['--kernel <name>', 'avx512, avx2, neon, scalar or wasm'],
    ['--no-vnni', 'AVX-512 without VNNI'],
    ['--no-peer', 'do not load node-seal'],
    ['--scheme <name>', 'bench engine: ckks or bfv only'],
    ['--only <list>', 'operations of bench engine, e.g. rotate,rescale'],
    ['--samples <number>', 'samples of each measurement in bench engine; fewer are faster and less exact'],
  ],
  example: 'hesper bench ntt --n 8192 --json',
  async run([suite], options, console) {
    const make = suites[suite ?? ''];
    if (!make)
      throw new HesperError('wrong-usage', 'unknown benchmark', {
        met: suite,
        wanted: Object.keys(suites),
        remedy: 'Name one of them',
      });
    const { kernel, rows } = await make({
      kernel: choiceOption(options, 'kernel', kernelNames),
      features: options['vnni'] === false ? { vnni: false } : undefined,
      degrees: list(options['n']),
      threads: list(options['threads']),
      peer: options['peer'] !== false,
      only: words(options['only']),
      schemes: schemesOf(options),
      samples: integerOption(options, 'samples', { max: 1000 }),
      signal: console.signal,
    });
    const result = { name: suite, machine: describeMachine(kernel), kernel: kernel.variant, rows };
    if (!console.json) console.say(render(rows));
    kernel.close();
    return result;
  },
};

function schemesOf(options: Options): string[] | undefined {
  const one = choiceOption(options, 'scheme', ['ckks', 'bfv']);
  return one === undefined ? undefined : [one];
}

function list(text: string | boolean | undefined): number[] | undefined {
  if (typeof text !== 'string') return undefined;
  const numbers = text.split(',').map(Number);
  if (numbers.every((x) => Number.isInteger(x) && x > 0)) return numbers;
  throw new HesperError('wrong-usage', 'not a list of whole numbers', {
    met: text,
    wanted: 'such as 4096,8192',
    remedy: 'Separate numbers by commas',
  });
}

const words = (text: string | boolean | undefined): string[] | undefined =>
  typeof text === 'string' ? text.split(',').map((word) => word.trim()) : undefined;

const columns = [
  'op',
  'kernel',
  'n',
  'threads',
  'list',
  'microseconds',
  'peerMicroseconds',
  'oneThreadMicroseconds',
  'ratio',
  'ratioToOneThread',
  'outputs',
  'inputs',
  'weightBits',
  'gmacPerSecond',
  'imagesPerSecond',
  'bits',
  'keyBytes',
  'bytes',
  'gbPerSecond',
  'ratioToFull',
  'ratioToSeeded',
  'ratioToSeededZstd',
];

function render(rows: readonly BenchRow[]): string {
  const shown = columns.filter((c) => rows.some((r) => r[c] !== undefined && r[c] !== null));
  return table([shown, ...rows.map((r) => shown.map((c) => String(r[c] ?? '')))]);
}
