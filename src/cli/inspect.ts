import type { Plan, Sequential } from '../index.ts';
import type { CommandSpec } from './command.ts';
import { loadModelArgument } from './load-model.ts';
import { operationTable, printedOperations } from './operations.ts';
import type { Options } from './options.ts';
import { planOf } from './plan.ts';

export const inspect: CommandSpec = {
  name: 'inspect',
  usage: '[model]',
  summary: 'show the layers, shapes and weights of a model file, or of a shipped model (default: cryptonets)',
  options: [
    ['--operations', 'count the homomorphic operations of each layer, as a plan for it carries them out'],
    ['--scheme <name>', 'of that plan: ckks or bfv (default: bfv for models that declare their input)'],
    ['--encoding <name>', 'under bfv: slots (default) or coefficients'],
    ['--input-low <x>', 'under bfv, where the model does not declare its inputs: the lowest'],
    ['--input-high <x>', 'and the highest'],
    ['--input-scale <s>', 'and the scale: they are rounded to integers round(x s)'],
    ['--weight-bits <n>', 'bits of a weight, where it has to be rounded'],
    ['--calibration <file>', 'under ckks: JSON array of flattened inputs (default: images of MNIST)'],
  ],
  example: 'hesper inspect cryptonets --operations',
  async run([name = 'cryptonets'], options, console) {
    const model = await loadModelArgument(name);
    console.say(model.summary());
    const operations = options['operations']
      ? operationTable(await planOf(model, options, usualScheme(model, options)))
      : undefined;
    if (operations) console.say(`\n${printedOperations(operations)}`);
    return { ...factsOf(model), ...(operations && { operations }) };
  },
};

const factsOf = (model: Sequential) => ({
  name: model.name,
  inputShape: model.inputShape,
  outputShape: model.outputShape,
  parameters: model.countParams(),
  layers: model.layers.map((layer) => ({
    name: layer.name,
    outputShape: layer.outputShape,
    weights: Object.entries(layer.weights).map(([weight, { shape, data }]) => ({
      name: weight,
      shape,
      maxAbs: maxAbs(data),
    })),
  })),
});

const usualScheme = (model: Sequential, options: Options): Plan['scheme'] =>
  model.toGraph().input !== undefined || options['encoding'] !== undefined ? 'bfv' : 'ckks';

const maxAbs = (data: ArrayLike<number>): number => {
  let most = 0;
  for (let i = 0; i < data.length; i++) most = Math.max(most, Math.abs(data[i]!));
  return most;
};
