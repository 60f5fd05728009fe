import { readFile } from 'node:fs/promises';
import { HesperError } from '../errors.ts';
import { explain, plan as makePlan, type PlanOptions, rowsOf, type Sequential } from '../index.ts';
import { loadMnistSet } from '../training.ts';
import type { CommandSpec } from './command.ts';
import { loadModelArgument } from './load-model.ts';
import { choiceOption, integerOption, type Options } from './options.ts';

export const plan: CommandSpec = {
  name: 'plan',
  usage: '[model]',
  summary: 'choose ring degree, primes, scales and relinearisations for a model, and predict precision, sizes and work',
  options: [
    ['--security <bits>', '128, 192 or 256 (default 128)'],
    ['--precision <bits>', 'error of the largest logit, relative to it, as 2^-bits (default 12)'],
    ['--weight-bits <n>', 'bits of a weight (default: the fewest that keep the precision)'],
    ['--calibration <file>', 'JSON array of flattened inputs (default: images of MNIST, for models that take them)'],
  ],
  example: 'hesper plan cryptonets --security 192',
  async run([name = 'cryptonets'], options, console) {
    const model = await loadModelArgument(name);
    const calibration = options['calibration']
      ? await readInputs(String(options['calibration']))
      : await mnistInputs(model);
    const result = makePlan(model.toGraph(), { ...planOptions(options), calibration });
    console.say(explain(result));
    const { program: _, ...facts } = result;
    return facts;
  },
};

/** What demo and plan let the user ask for. */
export function planOptions(options: Options): Omit<PlanOptions, 'calibration'> {
  const security = choiceOption(options, 'security', ['128', '192', '256'] as const);
  return {
    security: security === undefined ? 128 : (Number(security) as 128 | 192 | 256),
    precisionBits: integerOption(options, 'precision', { max: 30 }),
    weightBits: integerOption(options, 'weightBits', { min: 4, max: 16 }),
  };
}

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
