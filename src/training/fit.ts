import { HesperError } from '../errors.ts';
import type { Examples, Targets } from '../heras/data.ts';
import { sizeOf } from '../heras/data.ts';
import type { Score } from '../heras/losses.ts';
import { score } from '../heras/losses.ts';
import { freshSeed, permutation, randomFrom } from '../heras/random.ts';
import { describeModel } from '../heras/save.ts';
import type { EpochLogs, FitOptions, History, Trainable } from '../heras/trainer.ts';
import { registerTrainer } from '../heras/trainer.ts';
import { loadCheckpoint, otherRun, saveCheckpoint } from './checkpoint.ts';
import { Learner } from './learner.ts';
import { loadTfjs } from './load-tfjs.ts';
import { learningRateAt } from './optimizer.ts';
import { densitiesOf, densityAt } from './pruning.ts';
import { checkBiases, integersOf } from './rounding.ts';
import type { Rows } from './rows.ts';
import { checkRows, gather, part } from './rows.ts';
import type { Tfjs } from './tfjs.ts';

/** Everything a run needs, checked. */
interface Run {
  readonly tf: Tfjs;
  readonly model: Trainable;
  readonly learner: Learner;
  readonly options: FitOptions & Required<Pick<FitOptions, 'epochs' | 'batchSize' | 'shuffle'>>;
  readonly train: Rows;
  readonly validation: Rows | undefined;
  readonly history: Record<string, number[]>;
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
  const first = await resume(run);
  try {
    for (let epoch = first; epoch < run.options.epochs; epoch++) await runEpoch(run, epoch);
  } catch (error) {
    if (error instanceof HesperError && error.code === 'aborted') run.learner.finish();
    throw error;
  }
  run.learner.finish();
  return { epoch: (run.history['loss'] ?? []).map((_, epoch) => epoch), history: run.history };
}

function prepare(tf: Tfjs, model: Trainable, x: Examples, y: Targets, given: FitOptions): Run {
  const options = checkOptions(model, {
    ...given,
    epochs: given.epochs ?? 1,
    batchSize: given.batchSize ?? 32,
    shuffle: given.shuffle ?? true,
  });
  const all = checkRows(model, x, y);
  const kept = Math.round(all.count * (1 - (options.validationSplit ?? 0)));
  const split = kept < all.count ? part(model, all, kept, all.count) : undefined;
  return {
    tf,
    model,
    learner: new Learner(tf, model, { pruned: options.pruning !== undefined }),
    options,
    train: part(model, all, 0, kept),
    validation: options.validationData ? checkRows(model, ...options.validationData) : split,
    history: {},
    seed: options.seed ?? freshSeed(),
    lastPause: 0,
  };
}

async function runEpoch(run: Run, epoch: number): Promise<void> {
  const { options, learner, history, model } = run;
  const started = performance.now();
  await options.callbacks?.onEpochBegin?.(epoch);
  startEpoch(run, epoch);
  const trained = await trainOnce(run, epoch);
  const validated = run.validation && (await validate(run, run.validation));
  const logs: EpochLogs = {
    ...trained,
    ...(validated && { valLoss: validated.loss, valAccuracy: validated.accuracy }),
    learningRate: learningRateAt(model.compiled.optimizer, learner.state.step - 1),
    seconds: (performance.now() - started) / 1000,
  };
  for (const [name, value] of Object.entries(logs)) if (name !== 'seconds') (history[name] ??= []).push(value);
  if (options.checkpoint !== undefined) await save(run, epoch + 1);
  await options.callbacks?.onEpochEnd?.(epoch, logs);
}

/** Pruning first: the scale of the rounding is chosen for the weights that are left. */
function startEpoch({ model, learner, options: { pruning, quantization } }: Run, epoch: number): void {
  if (pruning !== undefined && epoch >= pruning.fromEpoch && epoch < pruning.toEpoch)
    learner.prune(densitiesOf(model, pruning).map((last) => last && densityAt(last, pruning, epoch)));
  if (epoch === quantization?.fromEpoch) learner.startRounding(integersOf(model, quantization));
  if (epoch === quantization?.biasesFromEpoch) learner.startRoundingBiases();
}

/** One pass over the examples. Loss and accuracy are means over it, taken while the weights move. */
async function trainOnce(run: Run, epoch: number): Promise<Score> {
  const { train, options, seed, model } = run;
  const order = options.shuffle
    ? permutation(train.count, randomFrom(seed, epoch, 0))
    : Uint32Array.from({ length: train.count }, (_, i) => i);
  const random = randomFrom(seed, epoch, 1);
  const total = { loss: 0, accuracy: 0 };
  for (let at = 0; at < train.count; at += options.batchSize) {
    await breathe(run);
    const batch = gather(model, train, order.subarray(at, at + options.batchSize));
    options.augment?.(batch.x, model.inputShape, random);
    const { loss, accuracy } = await run.learner.train(batch);
    total.loss += (loss * batch.count) / train.count;
    total.accuracy += (accuracy * batch.count) / train.count;
  }
  return total;
}

async function validate(run: Run, rows: Rows): Promise<Score> {
  const outputs = sizeOf(run.model.outputShape);
  const y = new Float32Array(rows.count * outputs);
  for (let at = 0; at < rows.count; at += 256) {
    await breathe(run);
    const batch = part(run.model, rows, at, Math.min(rows.count, at + 256));
    y.set(await run.learner.predict(batch.x, batch.count), at * outputs);
  }
  return score(y, rows.y, outputs, run.model.compiled);
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

/** Fills the run from the checkpoint, if one is wanted and there. Returns the epoch to begin with. */
async function resume(run: Run): Promise<number> {
  const { checkpoint, resume, seed } = run.options;
  if (checkpoint === undefined || resume !== true) return 0;
  const found = await loadCheckpoint(checkpoint, run.learner.state);
  if (found === undefined) return 0;
  if (seed === undefined) run.seed = found.seed;
  if (found.fingerprint !== fingerprint(run)) throw otherRun('other settings');
  Object.assign(run.history, found.history);
  run.learner.roundings = found.roundings.map((rounding) => rounding ?? undefined);
  return found.epoch;
}

const save = (run: Run, epoch: number): Promise<void> =>
  saveCheckpoint(run.options.checkpoint!, {
    fingerprint: fingerprint(run),
    seed: run.seed,
    epoch,
    history: run.history,
    roundings: run.learner.roundings.map((rounding) => rounding ?? null),
    state: run.learner.state,
  });

/** A schedule is known by its rates at some steps. */
function fingerprint({ model, options, train, validation, seed }: Run): string {
  const { optimizer, loss } = model.compiled;
  const rates = [0, 1, 10, 100, 1_000, 10_000, 100_000].map((step) => learningRateAt(optimizer, step));
  return JSON.stringify([
    describeModel(model.name, model.layers),
    { ...optimizer, learningRate: rates },
    loss,
    [options.batchSize, options.shuffle, options.augment !== undefined, options.quantization ?? null, seed],
    options.pruning ?? null,
    [train.count, validation?.count ?? 0],
  ]);
}

function checkOptions(model: Trainable, options: Run['options']): Run['options'] {
  const { validationSplit: split = 0, quantization, pruning } = options;
  for (const name of ['epochs', 'batchSize'] as const)
    if (!Number.isInteger(options[name]) || options[name] < 1) throw badOption(name, options[name], 'an integer >= 1');
  if (!(split >= 0 && split < 1)) throw badOption('validationSplit', split, '0 <= validationSplit < 1');
  if (pruning !== undefined) densitiesOf(model, pruning);
  if (quantization === undefined) return options;
  integersOf(model, quantization);
  const { fromEpoch, biasesFromEpoch } = quantization;
  if (!(Number.isInteger(fromEpoch) && fromEpoch >= 0))
    throw badOption('quantization.fromEpoch', fromEpoch, 'an integer >= 0');
  if (biasesFromEpoch === undefined) return options;
  checkBiases(model, quantization);
  if (Number.isInteger(biasesFromEpoch) && biasesFromEpoch >= fromEpoch) return options;
  throw badOption('quantization.biasesFromEpoch', biasesFromEpoch, `an integer >= ${fromEpoch}`);
}

const badOption = (name: string, met: unknown, wanted: string) =>
  new HesperError('invalid-argument', `fit: ${name} is out of range`, { met, wanted, remedy: 'Change the option.' });
