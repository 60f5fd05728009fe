import { adam, cosineDecay } from '../../heras/compile.ts';
import { checkWritable } from '../../heras/files.ts';
import { conv2d } from '../../heras/layers/conv2d.ts';
import { dense } from '../../heras/layers/dense.ts';
import { flatten } from '../../heras/layers/flatten.ts';
import { zeroPadding2d } from '../../heras/layers/zero-padding-2d.ts';
import { permutation, randomFrom } from '../../heras/random.ts';
import type { Sequential } from '../../heras/sequential.ts';
import { sequential } from '../../heras/sequential.ts';
import type { EpochLogs, History } from '../../heras/trainer.ts';
import { changeImages } from '../augment.ts';
import { fit } from '../fit.ts';
import type { Digits, Mnist } from '../mnist.ts';
import { loadMnist } from '../mnist.ts';

export interface TrainCryptonetsOptions {
  /** Of everything random: first weights, the examples held out, order, augmentation. */
  readonly seed: number;
  /** Default 120. */
  readonly epochs?: number;
  /** Where the model file is written at the end. */
  readonly out?: string;
  /** A folder (made if it is not there) for `cryptonets.checkpoint`, written after every epoch. */
  readonly checkpointDir?: string;
  /** Continues from that checkpoint if it is there. Default false. */
  readonly resume?: boolean;
  /** Called after every epoch, counted from 0. */
  readonly onEpoch?: (epoch: number, logs: EpochLogs) => void;
  readonly signal?: AbortSignal;
  /** Default: `loadMnist()`. */
  readonly data?: Mnist;
}

export interface TrainedCryptonets {
  readonly model: Sequential;
  /** Of the 10,000 test images, 0 .. 1. They were not looked at before. */
  readonly accuracy: number;
  readonly history: History;
}

export const cryptonetsEpochs = 120;
const batchSize = 128;
const heldOut = 5_000;

/** CryptoNets (Gilad-Bachrach and others 2016) in its collapsed form: 845 - 100 - 10 with squares, 85,740 weights. */
export const cryptonets = (seed?: number): Sequential =>
  sequential({
    name: 'cryptonets',
    seed,
    layers: [
      zeroPadding2d({
        inputShape: [28, 28, 1],
        padding: [
          [0, 1],
          [0, 1],
        ],
      }),
      conv2d({ filters: 5, kernelSize: 5, strides: 2, activation: 'square' }),
      flatten(),
      dense({ units: 100, activation: 'square' }),
      dense({ units: 10 }),
    ],
  });

/**
 * Squares reward care: gradients are clipped (squares explode), labels smoothed (logits stay moderate, and so does the
 * error relative to the largest), kernels decayed (they keep to a narrow range), weights averaged. In the second half
 * kernels are rounded to integers of 4 and 5 bits: the encrypted network needs no others, and small ones keep its
 * moduli small.
 */
export async function trainCryptonets(options: TrainCryptonetsOptions): Promise<TrainedCryptonets> {
  const { seed, epochs = cryptonetsEpochs, signal, out } = options;
  if (out !== undefined) await checkWritable(out);
  const { train, test } = options.data ?? (await loadMnist());
  const [learnt, validation] = holdOut(train, seed);
  const model = cryptonets(seed).compile({
    optimizer: adam({
      learningRate: cosineDecay({
        initialLearningRate: 4e-3,
        decaySteps: epochs * Math.ceil(learnt.labels.length / batchSize),
        warmupSteps: 500,
      }),
      globalClipnorm: 1,
      weightDecay: 0.2,
      useEma: true,
      emaMomentum: 0.999,
    }),
    loss: { name: 'sparseCategoricalCrossentropy', labelSmoothing: 0.05 },
  });
  const history = await fit(model, learnt.images, learnt.labels, {
    epochs,
    batchSize,
    seed,
    signal,
    validationData: [validation.images, validation.labels],
    quantization: { weightBits: { conv2d: 4, dense: 4, dense_1: 5 }, fromEpoch: Math.floor(epochs / 2) },
    augment: changeImages({
      rotation: 12,
      scale: 0.12,
      shear: 0.15,
      shift: 1.5,
      elastic: 1.2,
      noise: 0.05,
      unmoved: 0.4,
    }),
    checkpoint: await checkpointPath(options.checkpointDir),
    resume: options.resume,
    callbacks: { onEpochEnd: options.onEpoch },
  });
  if (out !== undefined) await model.save(out);
  return { model, accuracy: model.evaluate(test.images, test.labels).accuracy, history };
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

async function checkpointPath(dir: string | undefined): Promise<string | undefined> {
  if (dir === undefined) return undefined;
  const { mkdir } = await import('node:fs/promises');
  const { join } = await import('node:path');
  await mkdir(dir, { recursive: true });
  return join(dir, 'cryptonets.checkpoint');
}
