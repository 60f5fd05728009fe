import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadModel } from '../heras/load.ts';
import { loadMnistSet } from './mnist.ts';
import { recipes } from './recipes/all.ts';
import { cryptonets } from './recipes/cryptonets.ts';
import { type TrainOptions, trainRecipe } from './recipes/recipe.ts';

const trainCryptonets = (options: TrainOptions) => trainRecipe(cryptonets, options);

it('CryptoNets is 845 - 100 - 10', () => {
  const model = cryptonets.model(1);
  expect(model.layers.map(({ outputShape }) => outputShape.join('x'))).toEqual([
    '29x29x1',
    '13x13x5',
    '845',
    '100',
    '10',
  ]);
  expect(model.countParams()).toBe(130 + 84_600 + 1_010);
});

it('the recipe trains, writes its file, and continues exactly', async () => {
  const { images, labels } = await loadMnistSet('test');
  const some = {
    images: { shape: [600, 28, 28, 1], data: images.data.subarray(0, 600 * 784) },
    labels: labels.subarray(0, 600),
  };
  const dir = await mkdtemp(join(tmpdir(), 'hesper-recipe-'));
  try {
    const options = { seed: 9, epochs: 2, data: { train: some, test: some } };
    const whole = await trainCryptonets({ ...options, out: join(dir, 'model.hesper') });
    expect(whole.history.epoch.length).toBe(2);
    expect((await loadModel(join(dir, 'model.hesper'))).toBytes()).toEqual(whole.model.toBytes());
    const nowhere = trainCryptonets({ ...options, out: join(dir, 'nowhere', 'model.hesper') });
    await expect(nowhere).rejects.toMatchObject({ code: 'invalid-argument' });
    await expect(trainCryptonets({ ...options, out: dir })).rejects.toMatchObject({ code: 'invalid-argument' });
    const checkpointDir = join(dir, 'checkpoints');
    const stop = new AbortController();
    const broken = trainCryptonets({ ...options, checkpointDir, signal: stop.signal, onEpoch: () => stop.abort() });
    await expect(broken).rejects.toMatchObject({ code: 'aborted' });
    const continued = await trainCryptonets({ ...options, checkpointDir, resume: true });
    expect(continued.model.toBytes()).toEqual(whole.model.toBytes());
    expect((await readdir(dir)).sort()).toEqual(['checkpoints', 'model.hesper']);
  } finally {
    await rm(dir, { recursive: true });
  }
});

it.each([
  ['dnn-30', [784, 30, 10], 23_820 + 40],
  ['dnn-100', [784, 100, 10], 79_400 + 110],
  ['cnn-16', [3_136, 784, 100, 10], 79_800 + 126],
  ['fcn', [845, 100, 10], 125 + 84_500 + 1_000 + 115],
] as const)('%s has the widths and weights of its paper, and biases', (name, widths, weights) => {
  const recipe = recipes.get(name)!;
  const model = recipe.model(1);
  expect([model.name, recipe.name]).toEqual([name, name]);
  const sizes = model.layers.map(({ outputShape }) => outputShape.reduce((a, b) => a * b));
  expect(sizes.filter((size, i) => size !== sizes[i - 1] && size !== 841).slice(-widths.length)).toEqual(widths);
  expect(model.countParams()).toBe(weights);
  expect(model.toGraph().input).toMatchObject({ range: [0, 1] });
  const { quantization } = recipe.kernels(10);
  const named = Object.keys({ ...Object(quantization!.weightBits), ...Object(quantization!.powersOfTwo) });
  expect(named).toEqual(model.layers.filter((layer) => layer.weights['kernel']).map((layer) => layer.name));
});
