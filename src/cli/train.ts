import { cpus } from 'node:os';
import { HesperError } from '../errors.ts';
import { type Recipe, recipes, trainingBackend, trainRecipe } from '../training.ts';
import type { CommandSpec } from './command.ts';
import { integerOption } from './options.ts';
import { progress } from './progress.ts';
import { version } from './version.ts';

export const train: CommandSpec = {
  name: 'train',
  usage: '<model>',
  summary: `train a network of the papers in the clear, on MNIST: ${[...recipes.keys()].join(', ')}`,
  options: [
    ['--seed <n>', 'seed of weights, order and augmentation (default 1)'],
    ['--epochs <n>', 'epochs in all (default: those of the shipped network)'],
    ['--out <file>', 'where to write the model (default ./<model>.hesper)'],
    ['--checkpoints <folder>', 'write a checkpoint after each epoch, and continue from it if it is there'],
  ],
  example: 'hesper train cryptonets --seed 1 --checkpoints ./checkpoints --out cryptonets.hesper',
  async run([name], options, console) {
    const recipe = recipeOf(name);
    const seed = integerOption(options, 'seed', { min: 0, fallback: 1 })!;
    const epochs = integerOption(options, 'epochs', { max: 10_000, fallback: recipe.epochs })!;
    const out = String(options['out'] ?? `${recipe.name}.hesper`);
    const start = performance.now();
    const bar = progress(epochs, 'training', console.json);
    const { model, accuracy, history } = await trainRecipe(recipe, {
      seed,
      epochs,
      out,
      ...(options['checkpoints'] ? { checkpointDir: String(options['checkpoints']), resume: true } : {}),
      signal: console.signal,
      onEpoch: (epoch, logs) => {
        bar.update(epoch + 1);
        const validation = logs.valAccuracy === undefined ? '' : `  validation ${percent(logs.valAccuracy)}`;
        if (!console.json)
          console.note(
            `epoch ${epoch + 1}/${epochs}  loss ${logs.loss.toFixed(4)}  accuracy ${percent(logs.accuracy)}${validation}  ${logs.seconds.toFixed(1)} s`,
          );
      },
    });
    bar.stop();
    const { backend } = await trainingBackend();
    const seconds = (performance.now() - start) / 1000;
    console.say(
      `${out}: ${percent(accuracy)} of the 10,000 test images, ${model.countParams()} weights, ${Math.round(seconds)} s on ${backend}`,
    );
    return {
      model: recipe.name,
      version: version(),
      seed,
      epochs,
      out,
      accuracy,
      parameters: model.countParams(),
      backend,
      seconds,
      cpu: cpus()[0]?.model,
      history: history.history,
    };
  },
};

function recipeOf(name: string | undefined): Recipe {
  const recipe = recipes.get(name ?? '');
  if (recipe !== undefined) return recipe;
  throw new HesperError('wrong-usage', 'unknown recipe', {
    met: name,
    wanted: [...recipes.keys()],
    remedy: 'Name one of them',
  });
}

const percent = (x: number): string => `${(100 * x).toFixed(2)} %`;
