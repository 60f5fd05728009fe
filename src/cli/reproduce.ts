import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { HesperError } from '../errors.ts';
import { loadKernel, loadModel, type Sequential } from '../index.ts';
import { loadMnistSet } from '../training.ts';
import type { CommandSpec } from './command.ts';
import { loadModelArgument } from './load-model.ts';
import { describeMachine } from './machine.ts';
import { choiceOption, integerOption, kernelNames, type Options } from './options.ts';
import type { Reproduction, Row } from './reproduce/contract.ts';
import { printed } from './reproduce/print.ts';
import { measureRow, type RowSettings } from './reproduce/row.ts';
import { type Network, type System, systems } from './reproduce/systems.ts';

export const reproduce: CommandSpec = {
  name: 'reproduce',
  usage: '<system>',
  summary: `run a paper's networks on encrypted digits beside its published table: ${Object.keys(systems).join(', ')}`,
  options: [
    ['--quick', 'fewer images; every row says so'],
    ['--only <networks>', 'some rows, with commas between them (default: all)'],
    [
      '--models <folder>',
      'take the models from files in this folder, e.g. dnn-30.hesper (default: those of the package)',
    ],
    ['--seed <n>', 'seed of the choice of images where not all are encrypted (default 1)'],
    ['--kernel <name>', 'avx512, avx2, neon, scalar or wasm (default: the best here)'],
    ['--threads <n>', 'threads of each side (default: all cores)'],
  ],
  example: 'hesper reproduce sealion --quick',
  async run([name = ''], options, console) {
    const system = systemOf(name);
    const networks = chosenNetworks(system, options);
    const settings = settingsOf(options);
    const startedAt = new Date().toISOString();
    const start = performance.now();
    const machine = await look(settings);
    console.note(`${system.title}: ${networks.map((n) => n.name).join(', ')} on kernel ${machine.kernel}`);
    const digits = await loadMnistSet('test');
    const rows: Row[] = [];
    for (const network of networks) {
      const row = await measureRow(network, await modelOf(network, options), digits, settings, console);
      rows.push(row);
      console.say(`${printed(system.title, { machine, row })}\n`);
    }
    checkAgreement(rows);
    const seconds = (performance.now() - start) / 1000;
    const result: Reproduction = {
      system: name,
      machine,
      commit: commit(),
      startedAt,
      seconds,
      seed: settings.seed,
      rows,
    };
    return result;
  },
};

function systemOf(name: string): System {
  const system = systems[name];
  if (system) return system;
  throw new HesperError('wrong-usage', 'unknown system', {
    met: name,
    wanted: Object.keys(systems),
    remedy: 'Name one of them',
  });
}

function chosenNetworks({ networks }: System, options: Options): readonly Network[] {
  if (options['only'] === undefined) return networks;
  const names = String(options['only']).split(',');
  const known = networks.map((n) => n.name as string);
  const unknown = names.find((n) => !known.includes(n));
  if (unknown === undefined) return networks.filter((n) => names.includes(n.name));
  throw new HesperError('wrong-usage', 'no such network in this system', {
    met: unknown,
    wanted: known,
    remedy: 'Name some of them, with commas between them',
  });
}

const settingsOf = (options: Options): RowSettings => ({
  quick: options['quick'] === true,
  seed: integerOption(options, 'seed', { min: 0, max: 2 ** 32 - 1, fallback: 1 })!,
  kernel: choiceOption(options, 'kernel', kernelNames),
  threads: integerOption(options, 'threads', { max: 256 }),
});

const modelOf = ({ model }: Network, options: Options): Promise<Sequential> =>
  options['models'] === undefined
    ? loadModelArgument(model)
    : loadModel(`${String(options['models'])}/${model}.hesper`);

async function look({ kernel: variant, threads }: RowSettings): Promise<Reproduction['machine']> {
  const kernel = await loadKernel({ variant, threads });
  const machine = { ...describeMachine(kernel), kernel: kernel.variant, threads: kernel.threads };
  kernel.close();
  return machine;
}

/** An encrypted network that is not its integer model is a fault, whatever its accuracy. */
export function checkAgreement(rows: readonly Row[]): void {
  const wrong = rows.filter(({ measured }) => measured.agreement !== measured.images);
  if (wrong.length === 0) return;
  throw new HesperError('kernel-failure', "encrypted logits differ from the integer model's", {
    met: wrong.map(({ name, measured }) => `${name}: ${measured.agreement} of ${measured.images} images equal`),
    wanted: 'every logit of every image',
    remedy: 'Report it with the output of `hesper doctor`',
  });
}

function commit(): string {
  try {
    const cwd = fileURLToPath(new URL('../..', import.meta.url));
    return execFileSync('git', ['rev-parse', 'HEAD'], {
      cwd,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return 'unknown';
  }
}
