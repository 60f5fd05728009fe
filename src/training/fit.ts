import type { Tensor } from '@tensorflow/tfjs';
import { HesperError } from '../errors.ts';
import type { Compiled } from '../heras/compile.ts';
import type { Examples, Targets } from '../heras/data.ts';
import { countExamples, sizeOf, targetRows } from '../heras/data.ts';
import { forward } from '../heras/forward.ts';
import type { Score } from '../heras/losses.ts';
import { score, smooth } from '../heras/losses.ts';
import type { LayerMath } from '../heras/math.ts';
import type { Random } from '../heras/random.ts';
import { freshSeed, permutation, randomFrom } from '../heras/random.ts';
import { describeModel } from '../heras/save.ts';
import type { EpochLogs, FitOptions, History, Trainable } from '../heras/trainer.ts';
import { registerTrainer } from '../heras/trainer.ts';
import { loadCheckpoint, otherRun, saveCheckpoint } from './checkpoint.ts';
import type { Tfjs } from './load-tfjs.ts';
import { loadTfjs } from './load-tfjs.ts';
import type { OptimizerState } from './optimizer.ts';
import { learningRateAt, optimize, startState } from './optimizer.ts';
import { tfjsMath } from './tfjs-math.ts';

/** Rows of inputs and of wanted outputs. */
interface Rows {
  readonly count: number;
  readonly x: Examples['data'];
  readonly y: Float32Array;
}

/** Everything a run needs, checked. */
interface Run {
  readonly tf: Tfjs;
  readonly math: LayerMath<Tensor>;
  readonly model: Trainable;
  readonly compiled: Compiled;
  readonly options: Required<Pick<FitOptions, 'epochs' | 'batchSize' | 'shuffle'>> & FitOptions;
  readonly train: Rows;
  readonly validation: Rows | undefined;
  readonly state: OptimizerState;
  readonly decays: readonly boolean[];
  seed: number;
  lastPause: number;
}

registerTrainer({ fit });

/**
 * Keras's fit, in the clear on TensorFlow.js: deterministic for a seed on one machine. The model's weights are changed;
 * with `useEma` they are the averaged ones at the end. Throws 'missing-peer', 'shape-mismatch', 'non-finite-value' (the
 * data, or a training that ran away), 'invalid-argument', 'context-mismatch' (a checkpoint of another run), 'aborted'.
 */
export async function fit(model: Trainable, x: Examples, y: Targets, options: FitOptions = {}): Promise<History> {
  const run = prepare(await loadTfjs(), model, x, y, options);
  const history: Record<string, number[]> = {};
  const first = await resume(run, history);
  try {
    for (let epoch = first; epoch < run.options.epochs; epoch++) await runEpoch(run, epoch, history);
  } catch (error) {
    if (error instanceof HesperError && error.code === 'aborted') setModelWeights(run);
    throw error;
  }
  setModelWeights(run);
  return { epoch: (history['loss'] ?? []).map((_, epoch) => epoch), history };
}

function prepare(tf: Tfjs, model: Trainable, x: Examples, y: Targets, given: FitOptions): Run {
  const options = checkOptions({ epochs: 1, batchSize: 32, shuffle: true, ...given });
  const all = checkRows(model, x, y);
  const kept = Math.round(all.count * (1 - (options.validationSplit ?? 0)));
  const split = kept < all.count ? part(model, all, kept, all.count) : undefined;
  const weights = model.getWeights();
  return {
    tf,
    math: tfjsMath(tf),
    model,
    compiled: model.compiled,
    options,
    train: part(model, all, 0, kept),
    validation: options.validationData ? checkRows(model, ...options.validationData) : split,
    state: startState(
      model.compiled.optimizer,
      weights.map(({ data }) => Float32Array.from(data)),
    ),
    decays: weights.map(({ shape }) => shape.length > 1),
    seed: options.seed ?? freshSeed(),
    lastPause: 0,
  };
}

async function runEpoch(run: Run, epoch: number, history: Record<string, number[]>): Promise<void> {
  const { options, compiled, state } = run;
  const started = performance.now();
  await options.callbacks?.onEpochBegin?.(epoch);
  const trained = await trainOnce(run, epoch);
  const validated = run.validation && (await validate(run, run.validation));
  const logs: EpochLogs = {
    ...trained,
    ...(validated && { valLoss: validated.loss, valAccuracy: validated.accuracy }),
    learningRate: learningRateAt(compiled.optimizer, state.step - 1),
    seconds: (performance.now() - started) / 1000,
  };
  for (const [name, value] of Object.entries(logs)) if (name !== 'seconds') (history[name] ??= []).push(value);
  if (options.checkpoint !== undefined) await save(run, epoch + 1, history);
  await options.callbacks?.onEpochEnd?.(epoch, logs);
}

/** One pass over the examples. Loss and accuracy are means over it, taken while the weights move. */
async function trainOnce(run: Run, epoch: number): Promise<Score> {
  const { train, options, seed } = run;
  const order = options.shuffle
    ? permutation(train.count, randomFrom(seed, epoch, 0))
    : Uint32Array.from({ length: train.count }, (_, i) => i);
  const random = randomFrom(seed, epoch, 1);
  const total = { loss: 0, accuracy: 0 };
  for (let at = 0; at < train.count; at += options.batchSize) {
    await breathe(run);
    const batch = gather(run, order.subarray(at, at + options.batchSize), random);
    const { loss, accuracy } = await trainBatch(run, batch);
    total.loss += (loss * batch.count) / train.count;
    total.accuracy += (accuracy * batch.count) / train.count;
  }
  return total;
}

async function trainBatch(run: Run, batch: Rows): Promise<Score> {
  const { tf, compiled, state, decays } = run;
  const outputs = sizeOf(run.model.outputShape);
  const { logits, gradients } = tf.tidy(() => differentiate(run, batch));
  const [y, ...slopes] = (await Promise.all([logits, ...gradients].map((t) => t.data()))) as Float32Array[];
  tf.dispose([logits, ...gradients]);
  const result = score(y!, batch.y, outputs, compiled);
  if (!Number.isFinite(result.loss)) throw ranAway(state.step);
  optimize(compiled.optimizer, state, slopes, decays);
  return result;
}

function differentiate(run: Run, batch: Rows): { logits: Tensor; gradients: Tensor[] } {
  const { tf, model, state } = run;
  const x = tf.tensor(Float32Array.from(batch.x), [batch.count, ...model.inputShape]);
  const targets = tf.tensor(batch.y, [batch.count, sizeOf(model.outputShape)]);
  const weights = model.layers.flatMap((layer) => Object.values(layer.weights));
  const tensors = weights.map(({ shape }, i) => tf.tensor(state.weights[i]!, [...shape]));
  let logits: Tensor | undefined;
  const loss = (...list: Tensor[]) => {
    logits = tf.keep(runLayers(run, list, x));
    return tf.div(tf.sum(lossSum(run, logits, targets)), batch.count).asScalar();
  };
  const { grads } = tf.valueAndGrads(loss)(tensors);
  return { logits: logits!, gradients: grads };
}

/** Per example and output; the sum over the outputs is the loss. */
function lossSum({ tf, compiled, model }: Run, y: Tensor, targets: Tensor): Tensor {
  if (compiled.loss.name !== 'meanSquaredError') return tf.neg(tf.mul(targets, tf.logSoftmax(y)));
  return tf.div(tf.squaredDifference(y, targets), sizeOf(model.outputShape));
}

function runLayers({ math, model }: Run, weights: readonly Tensor[], x: Tensor): Tensor {
  let next = 0;
  const perLayer = model.layers.map((layer) =>
    Object.fromEntries(Object.keys(layer.weights).map((name) => [name, weights[next++]!])),
  );
  return math.reshape(forward(math, model.layers, perLayer, x), [sizeOf(model.outputShape)]);
}

async function validate(run: Run, rows: Rows): Promise<Score> {
  const { tf, model, state, compiled } = run;
  const outputs = sizeOf(model.outputShape);
  const y = new Float32Array(rows.count * outputs);
  const shapes = model.getWeights().map(({ shape }) => [...shape]);
  for (let at = 0; at < rows.count; at += 256) {
    await breathe(run);
    const batch = part(model, rows, at, Math.min(rows.count, at + 256));
    const logits = tf.tidy(() => {
      const weights = current(state).map((data, i) => tf.tensor(data, shapes[i]!));
      return runLayers(run, weights, tf.tensor(Float32Array.from(batch.x), [batch.count, ...model.inputShape]));
    });
    y.set((await logits.data()) as Float32Array, at * outputs);
    logits.dispose();
  }
  return score(y, rows.y, outputs, compiled);
}

/** Lets timers, input and the AbortSignal be heard, about twenty times a second. */
async function breathe(run: Run): Promise<void> {
  if (performance.now() - run.lastPause > 50) {
    await run.tf.nextFrame();
    run.lastPause = performance.now();
  }
  if (!run.options.signal?.aborted) return;
  throw new HesperError('aborted', 'Training was stopped', { remedy: 'Pass resume: true to go on from a checkpoint.' });
}

function gather({ model, train, options }: Run, order: Uint32Array, random: Random): Rows {
  const [size, outputs] = [sizeOf(model.inputShape), sizeOf(model.outputShape)];
  const x = new Float32Array(order.length * size);
  const y = new Float32Array(order.length * outputs);
  for (const [row, i] of order.entries()) {
    x.set(train.x.subarray(i * size, (i + 1) * size), row * size);
    y.set(train.y.subarray(i * outputs, (i + 1) * outputs), row * outputs);
  }
  options.augment?.(x, model.inputShape, random);
  return { count: order.length, x, y };
}

function checkRows(model: Trainable, x: Examples, y: Targets): Rows {
  const outputs = sizeOf(model.outputShape);
  const count = countExamples(x, model.inputShape);
  return { count, x: x.data, y: smooth(targetRows(y, count, outputs), outputs, model.compiled) };
}

const part = (model: Trainable, { x, y }: Rows, from: number, to: number): Rows => ({
  count: to - from,
  x: x.subarray(from * sizeOf(model.inputShape), to * sizeOf(model.inputShape)),
  y: y.subarray(from * sizeOf(model.outputShape), to * sizeOf(model.outputShape)),
});

/** The weights to judge and to keep: the averaged ones if there are. */
const current = ({ weights, ema }: OptimizerState): readonly Float32Array[] => (ema.length > 0 ? ema : weights);

function setModelWeights({ model, state }: Run): void {
  const shapes = model.getWeights().map(({ shape }) => shape);
  model.setWeights(current(state).map((data, i) => ({ shape: shapes[i]!, data })));
}

/** Fills state and history from the checkpoint, if one is wanted and there. Returns the epoch to begin with. */
async function resume(run: Run, history: Record<string, number[]>): Promise<number> {
  const { checkpoint, resume, seed } = run.options;
  if (checkpoint === undefined || resume !== true) return 0;
  const found = await loadCheckpoint(checkpoint, run.state);
  if (found === undefined) return 0;
  if (seed === undefined) run.seed = found.seed;
  if (found.fingerprint !== fingerprint(run)) throw otherRun('other settings');
  Object.assign(history, found.history);
  return found.epoch;
}

const save = (run: Run, epoch: number, history: Record<string, number[]>): Promise<void> =>
  saveCheckpoint(run.options.checkpoint!, {
    fingerprint: fingerprint(run),
    seed: run.seed,
    epoch,
    history,
    state: run.state,
  });

/** A schedule is known by its rates at some steps. */
function fingerprint({ model, compiled, options, train, validation, seed }: Run): string {
  const rates = [0, 1, 10, 100, 1_000, 10_000, 100_000].map((step) => learningRateAt(compiled.optimizer, step));
  return JSON.stringify([
    describeModel(model.name, model.layers),
    { ...compiled.optimizer, learningRate: rates },
    compiled.loss,
    [options.batchSize, options.shuffle, options.augment !== undefined, seed],
    [train.count, validation?.count ?? 0],
  ]);
}

function checkOptions<O extends FitOptions & { epochs: number; batchSize: number }>(options: O): O {
  const whole = (name: 'epochs' | 'batchSize') => {
    if (!Number.isInteger(options[name]) || options[name] < 1) throw badOption(name, options[name], 'an integer >= 1');
  };
  whole('epochs');
  whole('batchSize');
  const { validationSplit: split = 0 } = options;
  if (!(split >= 0 && split < 1)) throw badOption('validationSplit', split, '0 <= validationSplit < 1');
  return options;
}

const badOption = (name: string, met: unknown, wanted: string) =>
  new HesperError('invalid-argument', `fit: ${name} is out of range`, { met, wanted, remedy: 'Change the option.' });

const ranAway = (step: number) =>
  new HesperError('non-finite-value', 'Training ran away: the loss is not finite', {
    met: { step },
    remedy: 'Use a smaller learning rate, or globalClipnorm: squares grow fast.',
  });
