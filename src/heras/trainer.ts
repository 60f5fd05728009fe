import { HesperError } from '../errors.ts';
import type { Tensor } from '../graph/graph.ts';
import type { BuiltLayer } from './build.ts';
import type { Compiled } from './compile.ts';
import type { Examples, Targets } from './data.ts';
import type { Shape } from './math.ts';
import type { Random } from './random.ts';

export interface EpochLogs {
  readonly loss: number;
  readonly accuracy: number;
  /** With validation data only. */
  readonly valLoss?: number;
  readonly valAccuracy?: number;
  /** Of the epoch's last step. */
  readonly learningRate: number;
  readonly seconds: number;
}

export interface Callbacks {
  /** Epochs count from 0, as in Keras. */
  onEpochBegin?(epoch: number): void | Promise<void>;
  onEpochEnd?(epoch: number, logs: EpochLogs): void | Promise<void>;
}

export interface Quantization {
  /** Signed integers of this many bits over a power of two: one number, or one per layer name. */
  readonly weightBits?: number | Readonly<Record<string, number>>;
  /** 0 and +-2^k over a power of two, with k one of this many neighbours: one number, or one per layer name. */
  readonly powersOfTwo?: number | Readonly<Record<string, number>>;
  readonly fromEpoch: number;
  /**
   * From this epoch on (not before `fromEpoch`) biases are rounded too, to integers at the scale of the sums that they
   * are added to: the integer network then has no other numbers. All kernels must be rounded, and the input declared.
   * Default: never.
   */
  readonly biasesFromEpoch?: number;
}

export interface Pruning {
  /** The fraction of weights that is left in the end: one number, or one per layer name. */
  readonly density: number | Readonly<Record<string, number>>;
  /** Pruned are the epochs fromEpoch .. toEpoch - 1, counted from 0. */
  readonly fromEpoch: number;
  readonly toEpoch: number;
}

export interface FitOptions {
  /** The last epoch, counted from the very beginning. Default 1. */
  readonly epochs?: number;
  /** Default 32. The last batch of an epoch may be smaller. */
  readonly batchSize?: number;
  /** Default true. */
  readonly shuffle?: boolean;
  readonly validationData?: readonly [Examples, Targets];
  /** The last part of the examples is kept for validation. Default 0. */
  readonly validationSplit?: number;
  readonly callbacks?: Callbacks;
  /** Of shuffling and augmentation. Default: a random one. */
  readonly seed?: number;
  /** Changes a batch before it is learnt: rows of one example each, in place. */
  readonly augment?: (batch: Float32Array, inputShape: readonly number[], random: Random) => void;
  /**
   * Quantisation-aware training. From epoch `fromEpoch` on (counted from 0) the network computes with rounded kernels,
   * while those below them are moved, and at the end the model has the rounded ones: an integer plan with as many bits
   * is then exactly the trained model.
   */
  readonly quantization?: Quantization;
  /**
   * Magnitude pruning. Kernels lose their smallest weights at the beginning of each epoch, more and more of them; what
   * was lost may come back until the last time. Then the zeros stay, and the rest is trained on.
   */
  readonly pruning?: Pruning;
  /** A file written after each epoch (atomically): weights, the optimiser's state, history. */
  readonly checkpoint?: string;
  /** Continues from the checkpoint if it is there: the result is the same as without the break. Default false. */
  readonly resume?: boolean;
  /** 'aborted' is thrown between two batches; the model then has the weights of the last finished batch. */
  readonly signal?: AbortSignal;
}

/** One list per quantity, one number per epoch. */
export interface History {
  readonly epoch: readonly number[];
  readonly history: Readonly<Record<string, readonly number[]>>;
}

/** What a trainer needs of a model. */
export interface Trainable {
  readonly name: string;
  readonly layers: readonly BuiltLayer[];
  readonly inputShape: Shape;
  readonly outputShape: Shape;
  readonly compiled: Compiled;
  getWeights(): Tensor[];
  setWeights(weights: readonly Tensor[]): unknown;
}

export interface Trainer {
  fit(model: Trainable, x: Examples, y: Targets, options: FitOptions): Promise<History>;
}

let current: Trainer | undefined;

/** Called by `hesper/training` when it is loaded; models themselves load no training code. */
export function registerTrainer(trainer: Trainer): void {
  current = trainer;
}

/** Throws 'missing-peer'. */
export function trainer(): Trainer {
  if (current !== undefined) return current;
  throw new HesperError('missing-peer', 'Training is not loaded', {
    remedy:
      "Write `import { fit } from 'hesper/training'` (or any of its functions), and install its peers: " +
      '`npm i @tensorflow/tfjs @tensorflow/tfjs-backend-wasm`.',
  });
}
