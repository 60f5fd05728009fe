import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadModel } from '../heras/load.ts';
import { loadMnistSet } from './mnist.ts';
import { cryptonets, trainCryptonets } from './recipes/cryptonets.ts';

it('CryptoNets is 845 - 100 - 10', () => {
  const model = cryptonets(1);
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
