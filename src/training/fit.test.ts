import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HesperError } from '../errors.ts';
import type { CompileOptions } from '../heras/compile.ts';
import { adam, cosineDecay, sgd } from '../heras/compile.ts';
import { averagePooling2d } from '../heras/layers/average-pooling-2d.ts';
import { conv2d } from '../heras/layers/conv2d.ts';
import { dense } from '../heras/layers/dense.ts';
import { flatten } from '../heras/layers/flatten.ts';
import { normal, randomFrom } from '../heras/random.ts';
import { sequential } from '../heras/sequential.ts';
import type { EpochLogs, FitOptions } from '../heras/trainer.ts';
import { changeImages } from './augment.ts';
import './fit.ts';

/** Points of the plane, inside or outside of a ring: squares can tell, lines cannot. */
function rings(count: number) {
  const random = randomFrom(42);
  const data = Float32Array.from({ length: 2 * count }, () => normal(random));
  const labels = Array.from({ length: count }, (_, i) => Number(Math.hypot(data[2 * i]!, data[2 * i + 1]!) > 1.2));
  return [{ shape: [count, 2], data }, labels] as const;
}

const ringModel = (compile: CompileOptions = { optimizer: adam({ learningRate: 0.05 }) }) =>
  sequential({
    seed: 1,
    layers: [dense({ units: 6, activation: 'square', inputShape: [2] }), dense({ units: 2 })],
  }).compile(compile);

const images = () => {
  const random = randomFrom(7);
  const data = Float32Array.from({ length: 40 * 64 }, () => random());
  return [{ shape: [40, 8, 8, 1], data }, Array.from({ length: 40 }, (_, i) => i % 3)] as const;
};
const imageModel = () =>
  sequential({
    seed: 2,
    layers: [
      conv2d({ filters: 3, kernelSize: 3, strides: 2, activation: 'square', inputShape: [8, 8, 1] }),
      averagePooling2d({ poolSize: 2, padding: 'same' }),
      flatten(),
      dense({ units: 3 }),
    ],
  }).compile({
    optimizer: adam({
      learningRate: cosineDecay({ initialLearningRate: 0.01, decaySteps: 30 }),
      globalClipnorm: 1,
      weightDecay: 0.1,
      useEma: true,
    }),
    loss: { name: 'sparseCategoricalCrossentropy', labelSmoothing: 0.1 },
  });
const imageOptions: FitOptions = {
  epochs: 6,
  batchSize: 9,
  seed: 5,
  validationSplit: 0.2,
  augment: changeImages({ shift: 1, noise: 0.01 }),
};

const numbers = (model: { getWeights(): { data: ArrayLike<number> }[] }) =>
  model.getWeights().map(({ data }) => [...Array.from(data)]);

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hesper-fit-'));
});
afterEach(() => rm(dir, { recursive: true }));

describe('fit', () => {
  it('learns what lines cannot tell', async () => {
    const [x, y] = rings(400);
    const model = ringModel();
    const { epoch, history } = await model.fit(x, y, { epochs: 40, seed: 1 });
    expect(epoch.length).toBe(40);
    expect(history['loss']!.at(-1)).toBeLessThan(0.3 * history['loss']![0]!);
    expect(model.evaluate(x, y).accuracy).toBeGreaterThan(0.97);
  });

  it('minimises the squared error by gradient descent', async () => {
    const x = { shape: [64, 1], data: Float32Array.from({ length: 64 }, (_, i) => i / 32 - 1) };
    const y = { shape: [64, 1], data: x.data.map((value) => 3 * value + 0.5) };
    const model = sequential({ seed: 1, layers: [dense({ units: 1, inputShape: [1] })] });
    model.compile({ optimizer: sgd({ learningRate: 0.05, momentum: 0.9 }), loss: 'meanSquaredError' });
    await model.fit(x, y, { epochs: 40, batchSize: 16, seed: 1 });
    const [kernel, bias] = model.getWeights();
    expect(kernel!.data[0]).toBeCloseTo(3, 2);
    expect(bias!.data[0]).toBeCloseTo(0.5, 2);
  });

  it('tells each epoch: loss, accuracy, validation, rate', async () => {
    const [x, y] = rings(100);
    const begun: number[] = [];
    const ended: [number, EpochLogs][] = [];
    const callbacks = {
      onEpochBegin: (e: number) => void begun.push(e),
      onEpochEnd: (e: number, logs: EpochLogs) => void ended.push([e, logs]),
    };
    const model = ringModel();
    const { history } = await model.fit(x, y, { epochs: 2, seed: 3, validationData: rings(100), callbacks });
    expect(begun).toEqual([0, 1]);
    expect(ended.map(([e]) => e)).toEqual([0, 1]);
    expect(ended[1]![1].learningRate).toBe(0.05);
    expect(ended[1]![1].valAccuracy).toBe(model.evaluate(x, y).accuracy);
    expect(ended[1]![1].valLoss).toBeCloseTo(model.evaluate(x, y).loss, 5);
    expect(history['valAccuracy']!.length).toBe(2);
  });

  it('gives the same weights for the same seed, others for another', async () => {
    const [x, y] = images();
    const run = async (seed: number) => {
      const model = imageModel();
      await model.fit(x, y, { ...imageOptions, epochs: 2, seed });
      return numbers(model);
    };
    expect(await run(5)).toEqual(await run(5));
    expect(await run(5)).not.toEqual(await run(6));
  });

  it('continues from a checkpoint exactly', async () => {
    const [x, y] = images();
    const whole = imageModel();
    const history = await whole.fit(x, y, imageOptions);
    const checkpoint = join(dir, 'c');
    await imageModel().fit(x, y, { ...imageOptions, epochs: 2, checkpoint, resume: true });
    const stop = new AbortController();
    const callbacks = { onEpochEnd: (epoch: number) => epoch === 3 && stop.abort() } as FitOptions['callbacks'];
    const broken = imageModel().fit(x, y, {
      ...imageOptions,
      checkpoint,
      resume: true,
      callbacks,
      signal: stop.signal,
    });
    await expect(broken).rejects.toMatchObject({ code: 'aborted' });
    const last = imageModel();
    expect(await last.fit(x, y, { ...imageOptions, checkpoint, resume: true })).toEqual(history);
    expect(numbers(last)).toEqual(numbers(whole));
    expect(await readdir(dir)).toEqual(['c']);
  });

  it('knows a checkpoint of another run, and a damaged one', async () => {
    const [x, y] = images();
    const checkpoint = join(dir, 'c');
    await imageModel().fit(x, y, { ...imageOptions, epochs: 1, checkpoint });
    const again = (options: FitOptions, model = imageModel()) =>
      model.fit(x, y, { ...imageOptions, checkpoint, resume: true, ...options });
    await expect(again({ seed: 6 })).rejects.toMatchObject({ code: 'context-mismatch' });
    await expect(again({ batchSize: 8 })).rejects.toMatchObject({ code: 'context-mismatch' });
    await expect(again({}, imageModel().compile({}))).rejects.toMatchObject({ code: 'context-mismatch' });
    const bytes = await readFile(checkpoint);
    await writeFile(checkpoint, bytes.subarray(0, -7));
    await expect(again({})).rejects.toMatchObject({ code: 'malformed-bytes' });
    await writeFile(checkpoint, imageModel().toBytes());
    await expect(again({})).rejects.toMatchObject({ code: 'malformed-bytes' });
    await expect(again({ resume: false, epochs: 1 })).resolves.toBeDefined();
  });

  it('ends with kernels of few bits, and continues that exactly too', async () => {
    const [x, y] = images();
    const options: FitOptions = {
      ...imageOptions,
      quantization: { weightBits: { conv2d: 4, dense: 3 }, fromEpoch: 2 },
    };
    const whole = imageModel();
    await whole.fit(x, y, options);
    const [conv, convBias, last] = whole.getWeights();
    const different = (data: ArrayLike<number>) => new Set(Array.from(data).map(Math.abs)).size;
    expect(different(conv!.data)).toBeLessThanOrEqual(8);
    expect(different(last!.data)).toBeLessThanOrEqual(4);
    expect(different(convBias!.data)).toBe(3);
    for (const { data } of [conv!, last!]) {
      const step = Math.min(...Array.from(data, Math.abs).filter((value) => value > 0));
      expect(
        Array.from(data).every((value) => Number.isInteger(value / step) || Number.isInteger((2 * value) / step)),
      ).toBe(true);
    }
    for (const epochs of [1, 4]) {
      const checkpoint = join(dir, `q${epochs}`);
      await imageModel().fit(x, y, { ...options, epochs, checkpoint });
      const continued = imageModel();
      await continued.fit(x, y, { ...options, checkpoint, resume: true });
      expect(numbers(continued)).toEqual(numbers(whole));
    }
  });

  it('stops between two batches, keeping what was learnt', async () => {
    const [x, y] = rings(100);
    const model = ringModel();
    const first = numbers(model);
    const stop = new AbortController();
    const callbacks = { onEpochEnd: () => stop.abort() };
    await expect(model.fit(x, y, { epochs: 9, seed: 1, callbacks, signal: stop.signal })).rejects.toMatchObject({
      code: 'aborted',
    });
    expect(numbers(model)).not.toEqual(first);
  });

  it('says so when training runs away, and leaves the model as it was', async () => {
    const [x, y] = rings(100);
    const model = ringModel({ optimizer: sgd({ learningRate: 1e6 }) });
    const first = numbers(model);
    await expect(model.fit(x, y, { epochs: 5, seed: 1 })).rejects.toMatchObject({ code: 'non-finite-value' });
    expect(numbers(model)).toEqual(first);
  });

  it.each([
    ['no epochs', { epochs: 0 }, 'invalid-argument'],
    ['half a batch', { batchSize: 0.5 }, 'invalid-argument'],
    ['validation only', { validationSplit: 1 }, 'invalid-argument'],
    [
      'rounding of a layer that is not there',
      { quantization: { weightBits: { x: 5 }, fromEpoch: 0 } },
      'invalid-argument',
    ],
    ['rounding from no epoch', { quantization: { weightBits: 5, fromEpoch: -1 } }, 'invalid-argument'],
    ['a seed that is none', { seed: -1 }, 'invalid-argument'],
    [
      'validation data of another shape',
      { validationData: [{ shape: [1, 3], data: new Float32Array(3) }, [0]] },
      'shape-mismatch',
    ],
  ] as [string, FitOptions, string][])('%s is refused', async (_, options, code) => {
    const [x, y] = rings(8);
    const error = await ringModel()
      .fit(x, y, options)
      .catch((e) => e);
    expect(error).toBeInstanceOf(HesperError);
    expect(error).toMatchObject({ code });
  });
});
