import { adam, cosineDecay } from '../../heras/compile.ts';
import { checkWritable } from '../../heras/files.ts';
import { permutation, randomFrom } from '../../heras/random.ts';
import type { Sequential } from '../../heras/sequential.ts';
import type { EpochLogs, FitOptions, History } from '../../heras/trainer.ts';
import type { ImageChanges } from '../augment.ts';
import { changeImages } from '../augment.ts';
import { fit } from '../fit.ts';
import type { Digits, Mnist } from '../mnist.ts';
import { loadMnist } from '../mnist.ts';

/** How a network of the papers is trained on MNIST: all that differs between one and another. */
export interface Recipe {
  readonly name: string;
  /** Untrained, its first weights by the seed. */
  readonly model: (seed?: number) => Sequential;
  readonly epochs: number;
  /** Of Adam, decaying as a cosine. */
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly labelSmoothing: number;
  readonly changes: ImageChanges;
  /** What becomes of the kernels, and when. */
  readonly kernels: (epochs: number) => Pick<FitOptions, 'quantization' | 'pruning'>;
}

export interface TrainOptions {
  /** Of everything random: first weights, the examples held out, order, augmentation. */
  readonly seed: number;
  /** Default: the recipe's. */
  readonly epochs?: number;
  /** Where the model file is written at the end. */
  readonly out?: string;
  /** A folder (made if it is not there) for `<name>.checkpoint`, written after every epoch. */
  readonly checkpointDir?: string;
  /** Continues from that checkpoint if it is there. Default false. */
  readonly resume?: boolean;
  /** Called after every epoch, counted from 0. */
  readonly onEpoch?: (epoch: number, logs: EpochLogs) => void;
  readonly signal?: AbortSignal;
  /** Default: `loadMnist()`. */
  readonly data?: Mnist;
}

export interface Trained {
  readonly model: Sequential;
  /** Of the 10,000 test images, 0 .. 1. They were not looked at before. */
  readonly accuracy: number;
  readonly history: History;
}

const batchSize = 128;
const heldOut = 5_000;

/** Throws as `fit` and `loadMnist` do, and 'invalid-argument' before anything else if `out` cannot be written. */
export async function trainRecipe(recipe: Recipe, options: TrainOptions): Promise<Trained> {
  const { seed, epochs = recipe.epochs, signal, out } = options;
  if (out !== undefined) await checkWritable(out);
  const { train, test } = options.data ?? (await loadMnist());
  const [learnt, validation] = holdOut(train, seed);
  const model = compiled(recipe, seed, epochs * Math.ceil(learnt.labels.length / batchSize));
  const history = await fit(model, learnt.images, learnt.labels, {
    epochs,
    batchSize,
    seed,
    signal,
    validationData: [validation.images, validation.labels],
    ...recipe.kernels(epochs),
    augment: changeImages(recipe.changes),
    checkpoint: await checkpointPath(recipe.name, options.checkpointDir),
    resume: options.resume,
    callbacks: { onEpochEnd: options.onEpoch },
  });
  if (out !== undefined) await model.save(out);
  return { model, accuracy: model.evaluate(test.images, test.labels).accuracy, history };
}

/**
 * Squares reward care: gradients are clipped (squares explode), labels smoothed (logits stay moderate, and so does the
 * error relative to the largest), kernels decayed (they keep to a narrow range), weights averaged.
 */
function compiled(recipe: Recipe, seed: number, decaySteps: number): Sequential {
  const { learningRate, weightDecay, labelSmoothing } = recipe;
  return recipe.model(seed).compile({
    optimizer: adam({
      learningRate: cosineDecay({ initialLearningRate: learningRate, decaySteps, warmupSteps: 500 }),
      globalClipnorm: 1,
      weightDecay,
      useEma: true,
      emaMomentum: 0.999,
    }),
    loss: { name: 'sparseCategoricalCrossentropy', labelSmoothing },
  });
}

/** All choices were made on these 5,000 training images, which are not learnt. */
function holdOut({ images, labels }: Digits, seed: number): [Digits, Digits] {
  const order = permutation(labels.length, randomFrom(seed, 1));
  const kept = Math.max(1, Math.min(heldOut, Math.floor(labels.length / 12)));
  const take = (indices: Uint32Array): Digits => {
    const size = images.data.length / labels.length;
    const data = new Float32Array(indices.length * size);
    for (const [row, i] of indices.entries()) data.set(images.data.subarray(i * size, (i + 1) * size), row * size);
    const shape = [indices.length, ...images.shape.slice(1)];
    return { images: { shape, data }, labels: Uint8Array.from(indices, (i) => labels[i]!) };
  };
  return [take(order.subarray(kept)), take(order.subarray(0, kept))];
}

async function checkpointPath(name: string, dir: string | undefined): Promise<string | undefined> {
  if (dir === undefined) return undefined;
  const { mkdir } = await import('node:fs/promises');
  const { join } = await import('node:path');
  await mkdir(dir, { recursive: true });
  return join(dir, `${name}.checkpoint`);
}
