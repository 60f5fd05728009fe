import { z } from 'zod';
import { check } from './options.ts';

/** A learning rate, or one that depends on the step (0, 1, 2, ... counted in batches). */
export type LearningRate = number | ((step: number) => number);

/** What all optimisers of Keras take. */
export interface OptimizerOptions {
  /** Scales the gradient of all weights together down to this norm. */
  readonly globalClipnorm?: number;
  /** Decoupled decay: kernels shrink by learningRate * weightDecay per step. Biases do not. */
  readonly weightDecay?: number;
  /** Keeps a moving average of the weights; `fit` validates with it, and leaves it in the model. */
  readonly useEma?: boolean;
  /** Default 0.99. Smaller in the first steps: (1 + step) / (10 + step). */
  readonly emaMomentum?: number;
}

export interface SgdOptions extends OptimizerOptions {
  /** Default 0.01. */
  readonly learningRate?: LearningRate;
  /** Default 0. */
  readonly momentum?: number;
  readonly nesterov?: boolean;
}

export interface AdamOptions extends OptimizerOptions {
  /** Default 0.001. */
  readonly learningRate?: LearningRate;
  /** Default 0.9. */
  readonly beta1?: number;
  /** Default 0.999. */
  readonly beta2?: number;
  /** Default 1e-7. */
  readonly epsilon?: number;
}

const rate = z.union([
  z.number().positive(),
  z.custom<(step: number) => number>((value) => typeof value === 'function', 'a number or a function of the step'),
]);
const fraction = z.number().min(0).lt(1);
const common = {
  globalClipnorm: z.number().positive().optional(),
  weightDecay: z.number().min(0).default(0),
  useEma: z.boolean().default(false),
  emaMomentum: fraction.default(0.99),
};
const sgdSchema = z.strictObject({
  learningRate: rate.default(0.01),
  momentum: fraction.default(0),
  nesterov: z.boolean().default(false),
  ...common,
});
const adamSchema = z.strictObject({
  learningRate: rate.default(0.001),
  beta1: fraction.default(0.9),
  beta2: fraction.default(0.999),
  epsilon: z.number().positive().default(1e-7),
  ...common,
});

/** An optimiser's checked settings: plain data, read by the trainer. */
export type Optimizer =
  | ({ readonly name: 'sgd' } & Readonly<z.output<typeof sgdSchema>>)
  | ({ readonly name: 'adam' } & Readonly<z.output<typeof adamSchema>>);

/** Stochastic gradient descent. Throws 'invalid-argument'. */
export const sgd = (options: SgdOptions = {}): Optimizer =>
  Object.freeze({ name: 'sgd', ...check(sgdSchema, options, 'sgd', 'invalid-argument') });

/** Adam (Kingma and Ba 2015); with `weightDecay` AdamW. Throws 'invalid-argument'. */
export const adam = (options: AdamOptions = {}): Optimizer =>
  Object.freeze({ name: 'adam', ...check(adamSchema, options, 'adam', 'invalid-argument') });

/** Keras's CosineDecay with a linear warm-up: for `learningRate`. */
export function cosineDecay(options: {
  readonly initialLearningRate: number;
  /** Steps to the end; from there on the rate is alpha * initialLearningRate. */
  readonly decaySteps: number;
  /** Default 0. */
  readonly alpha?: number;
  /** Default 0. They count as decay steps too. */
  readonly warmupSteps?: number;
}): (step: number) => number {
  const { initialLearningRate, decaySteps, alpha = 0, warmupSteps = 0 } = options;
  return (step) => {
    const decayed = 0.5 * (1 + Math.cos(Math.PI * Math.min(1, step / decaySteps)));
    return initialLearningRate * Math.min(1, (step + 1) / (warmupSteps + 1)) * ((1 - alpha) * decayed + alpha);
  };
}

/** Keras's ExponentialDecay: initialLearningRate * decayRate ^ (step / decaySteps). */
export function exponentialDecay(options: {
  readonly initialLearningRate: number;
  readonly decaySteps: number;
  readonly decayRate: number;
}): (step: number) => number {
  return (step) => options.initialLearningRate * options.decayRate ** (step / options.decaySteps);
}

export type LossName = 'categoricalCrossentropy' | 'sparseCategoricalCrossentropy' | 'meanSquaredError';

export interface CompileOptions {
  /** Default 'adam'. */
  readonly optimizer?: 'sgd' | 'adam' | Optimizer;
  /**
   * Cross-entropies are taken of logits: there is no softmax layer, because the model shall run on encrypted values.
   * Both take class numbers or one-hot rows. Default 'sparseCategoricalCrossentropy'.
   */
  readonly loss?: LossName | { readonly name: LossName; readonly labelSmoothing?: number };
}

export interface Compiled {
  readonly optimizer: Optimizer;
  readonly loss: { readonly name: LossName; readonly labelSmoothing: number };
}

const lossSchema = z.strictObject({
  name: z.enum(['categoricalCrossentropy', 'sparseCategoricalCrossentropy', 'meanSquaredError']),
  labelSmoothing: fraction.default(0),
});
const optimizerSchema = z.union([
  z.enum(['sgd', 'adam']),
  z.custom<Optimizer>((value) => typeof value === 'object' && value !== null && 'name' in value, 'sgd() or adam()'),
]);
const schema = z.strictObject({
  optimizer: optimizerSchema.default('adam'),
  loss: z
    .union([lossSchema, lossSchema.shape.name.transform((name) => ({ name, labelSmoothing: 0 }))])
    .default({ name: 'sparseCategoricalCrossentropy', labelSmoothing: 0 }),
});

/** Throws 'invalid-argument'. */
export function compiled(options: CompileOptions): Compiled {
  const { optimizer, loss } = check(schema, options, 'compile', 'invalid-argument');
  return { optimizer: typeof optimizer === 'string' ? { sgd, adam }[optimizer]() : optimizer, loss };
}
