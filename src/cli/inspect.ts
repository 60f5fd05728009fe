import type { CommandSpec } from './command.ts';
import { loadModelArgument } from './load-model.ts';

export const inspect: CommandSpec = {
  name: 'inspect',
  usage: '[model]',
  summary: 'show the layers, shapes and weights of a model file, or of a shipped model (default: cryptonets)',
  options: [],
  example: 'hesper inspect cryptonets',
  async run([name = 'cryptonets'], _, console) {
    const model = await loadModelArgument(name);
    console.say(model.summary());
    return {
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
    };
  },
};

const maxAbs = (data: ArrayLike<number>): number => {
  let most = 0;
  for (let i = 0; i < data.length; i++) most = Math.max(most, Math.abs(data[i]!));
  return most;
};
