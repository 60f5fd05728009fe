import { readFile } from 'node:fs/promises';
import { HesperError } from '../errors.ts';
import {
  type BfvPlan,
  type BfvPlanOptions,
  comparePlans,
  compareText,
  explain,
  type Graph,
  loadKernel,
  plan as makePlan,
  type Plan,
  type PlanOptions,
  rowsOf,
  type Sequential,
} from '../index.ts';
import { loadMnistSet } from '../training.ts';
import { verificationText, verifyPlan } from '../verify.ts';
import type { CommandSpec } from './command.ts';
import { loadModelArgument } from './load-model.ts';
import { choiceOption, integerOption, numberOption, type Options } from './options.ts';
import type { Console } from './output.ts';

export const plan: CommandSpec = {
  name: 'plan',
  usage: '[model]',
  summary:
    'choose scheme, ring degree, primes, scales and relinearisations for a model; predict precision, sizes and work',
  options: [
    ['--scheme <name>', 'ckks (default) or bfv: the integer network, exactly'],
    ['--compare', 'both schemes, side by side'],
    ['--encoding <kind>', 'bfv: slots (default; one input a slot) or coefficients (one input)'],
    ['--verify', 'bfv: encrypt worst-case inputs under a fresh key, compare every output, measure the noise'],
    ['--input-low <x>', 'bfv: lowest input, where the model does not declare it'],
    ['--input-high <x>', 'bfv: highest input, where the model does not declare it'],
    ['--input-scale <s>', 'bfv: inputs are rounded to integers round(x s), where the model does not declare it'],
    ['--calibrated-range', 'bfv: take the range of the calibration inputs; exact only inside it'],
    ['--moduli <n>', 'bfv: how many plaintext moduli (default: what is cheapest)'],
    ['--ring-degree <n>', 'default: what is cheapest'],
    ['--objective <what>', 'throughput, latency or bytes'],
    ['--security <bits>', '128, 192 or 256 (default 128)'],
    ['--precision <bits>', 'ckks: error of the largest logit, relative to it, as 2^-bits (default 12)'],
    ['--weight-bits <n>', 'bits of a weight (default: the fewest that keep the precision; integers stay as they are)'],
    ['--calibration <file>', 'JSON array of flattened inputs (default: images of MNIST, for models that take them)'],
  ],
  example: 'hesper plan cryptonets --compare --input-low 0 --input-high 1 --input-scale 15',
  async run([name = 'cryptonets'], options, console) {
    const model = await loadModelArgument(name);
    const graph = model.toGraph();
    if (options['compare']) return compare(model, graph, options, console);
    const result = await planOf(model, options, 'ckks');
    console.say(explain(result));
    const { program: _, ...facts } = result;
    if (!options['verify']) return facts;
    if (result.scheme !== 'bfv') throw onlyBfv();
    return { ...facts, verification: await verify(graph, result, await bfvOptions(model, options), console) };
  },
};

/** The plan that the options describe; `usual`: the scheme, where they name none. */
export async function planOf(model: Sequential, options: Options, usual: Plan['scheme']): Promise<Plan> {
  const scheme = choiceOption(options, 'scheme', ['ckks', 'bfv'] as const) ?? usual;
  const graph = model.toGraph();
  return scheme === 'bfv'
    ? makePlan(graph, { scheme, ...(await bfvOptions(model, options)) })
    : makePlan(graph, { ...planOptions(options), calibration: await calibrationOf(model, options) });
}

async function compare(model: Sequential, graph: Graph, options: Options, console: Console): Promise<unknown> {
  const calibration = await calibrationOf(model, options);
  const compared = comparePlans(graph, { ...planOptions(options), ...(await bfvOptions(model, options)), calibration });
  console.say(compareText(compared));
  const facts = (one: Plan | HesperError): unknown => {
    if (one instanceof HesperError) return { error: one.toJSON() };
    const { program: _, ...rest } = one;
    return rest;
  };
  return { ckks: facts(compared.ckks), bfv: facts(compared.bfv) };
}

async function verify(graph: Graph, result: BfvPlan, options: BfvPlanOptions, console: Console): Promise<unknown> {
  const kernel = await loadKernel();
  try {
    const found = verifyPlan(kernel, graph, result, options);
    console.say();
    console.say(verificationText(found));
    return found;
  } finally {
    kernel.close();
  }
}

/** What demo and plan let the user ask for. */
export function planOptions(options: Options): Omit<PlanOptions, 'calibration' | 'relinearize'> {
  const security = choiceOption(options, 'security', ['128', '192', '256'] as const);
  return {
    security: security === undefined ? 128 : (Number(security) as 128 | 192 | 256),
    precisionBits: integerOption(options, 'precision', { max: 30 }),
    weightBits: integerOption(options, 'weightBits', { min: 2, max: 16 }),
    ringDegree: integerOption(options, 'ringDegree', { min: 1024, max: 65536 }),
    objective: choiceOption(options, 'objective', ['throughput', 'latency', 'bytes'] as const),
  };
}

async function bfvOptions(model: Sequential, options: Options): Promise<Omit<BfvPlanOptions, 'relinearize'>> {
  const { precisionBits: _, ...shared } = planOptions(options);
  const [low, high] = [numberOption(options, 'inputLow'), numberOption(options, 'inputHigh')];
  const calibratedRange = options['calibratedRange'] === true;
  return {
    ...shared,
    encoding: choiceOption(options, 'encoding', ['slots', 'coefficients'] as const),
    plaintextModuli: integerOption(options, 'moduli', { max: 12 }),
    inputScale: numberOption(options, 'inputScale'),
    ...(low !== undefined && high !== undefined ? { inputRange: [low, high] as const } : {}),
    ...(calibratedRange ? { calibratedRange, calibration: await calibrationOf(model, options) } : {}),
  };
}

const calibrationOf = (model: Sequential, options: Options): Promise<(Float64Array | Float32Array)[]> =>
  options['calibration'] ? readInputs(String(options['calibration'])) : mnistInputs(model);

const onlyBfv = (): HesperError =>
  new HesperError('wrong-usage', '--verify is for integer networks', {
    met: 'ckks',
    wanted: '--scheme bfv',
    remedy: 'Give --scheme bfv; precision under CKKS is simulated when planning.',
  });
async function readInputs(file: string): Promise<Float64Array[]> {
  const text = await readFile(file, 'utf8').catch(() => {
    throw new HesperError('missing-data', 'the calibration file cannot be read', {
      met: file,
      remedy: 'Name a JSON file with an array of arrays of numbers',
    });
  });
  const inputs: unknown = parse(text, file);
  if (!Array.isArray(inputs) || !inputs.every((x) => Array.isArray(x) && x.every((v) => typeof v === 'number')))
    throw notInputs(file);
  return inputs.map((x) => Float64Array.from(x));
}

function parse(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw notInputs(file);
  }
}

const notInputs = (file: string): HesperError =>
  new HesperError('malformed-bytes', 'not a list of inputs', {
    met: file,
    wanted: 'a JSON array of arrays of numbers',
    remedy: 'Write one flattened input per row',
  });

/** A few hundred training images, for models that take images of MNIST. */
export async function mnistInputs(model: Sequential): Promise<Float32Array[]> {
  const size = model.inputShape.reduce((a, b) => a * b, 1);
  if (size !== 784) {
    throw new HesperError('wrong-usage', 'this model does not take images of MNIST', {
      met: model.inputShape,
      wanted: [28, 28, 1],
      remedy: 'Give inputs of your own by --calibration FILE',
    });
  }
  return rowsOf((await loadMnistSet('train', { limit: 512 })).images);
}
