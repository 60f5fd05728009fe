import { type BfvPlan, clearIntegers, planBfv, type Sequential, savePlan } from '../../index.ts';
import type { Digits } from '../../training.ts';
import { checkpoint, type Run, runClientAndServer } from '../demo/run.ts';
import { papersOperations } from '../operations.ts';
import type { Console } from '../output.ts';
import { progress } from '../progress.ts';
import type { Measured, Row } from './contract.ts';
import type { ExactClientSettings, ExactReport } from './control.ts';
import { lineOf, mostLikely } from './logits.ts';
import { publishedRows } from './published.ts';
import { sample } from './sample.ts';
import type { Network } from './systems.ts';

export interface RowSettings {
  readonly quick: boolean;
  readonly seed: number;
  readonly kernel: ExactClientSettings['kernel'];
  readonly threads: number | undefined;
}

/**
 * Plans a network, runs its integer model in the clear on all digits, then encrypts some of them and runs them through
 * client and server. @throws 'plan-impossible', 'aborted', what either side reports
 */
export async function measureRow(
  network: Network,
  model: Sequential,
  digits: Digits,
  settings: RowSettings,
  console: Console,
): Promise<Row> {
  const start = performance.now();
  const plan = planBfv(model.toGraph(), network.plan);
  const planSeconds = (performance.now() - start) / 1000;
  await checkpoint(console.signal);
  const clear = clearRun(plan, digits);
  await checkpoint(console.signal);
  const chosen = sample(digits.labels.length, network.images[settings.quick ? 'quick' : 'full'], settings.seed);
  const run = await encryptedRun(plan, pick(digits, clear.lines, chosen, settings), network.name, console);
  return {
    name: network.name,
    published: publishedRows[network.name].columns,
    measured: measured(plan, model, run, chosen.length),
    derived: ['imagesPerHour'],
    details: {
      quick: settings.quick,
      publishedHardware: publishedRows[network.name].hardware,
      publishedSource: publishedRows[network.name].source,
      publishedNote: publishedRows[network.name].note,
      encoding: plan.encoding,
      batches: run.timings.length,
      integerImages: digits.labels.length,
      integerAccuracy: clear.accuracy,
      loadSeconds: median(run.timings.map((t) => t.loadSeconds)),
      evaluateSeconds: median(run.timings.map((t) => t.evaluateSeconds)),
      keySeconds: run.client.keySeconds,
      evaluationKeyBytes: run.client.evaluationKeyBytes,
      uploadBytes: run.client.uploadBytes,
      downloadBytes: run.client.downloadBytes,
      planSeconds,
      peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
      correctness: `${plan.exactness.text}; a failure of decryption is ${plan.failure.text}`,
    },
  };
}

/** The integer model in the clear: the oracle. */
function clearRun(plan: BfvPlan, { images, labels }: Digits): { lines: string[]; accuracy: number } {
  const logits = clearIntegers(plan, images.data);
  const right = logits.filter((row, i) => mostLikely(row) === labels[i]).length;
  return { lines: logits.map(lineOf), accuracy: right / labels.length };
}

function pick(
  { images, labels }: Digits,
  lines: readonly string[],
  chosen: readonly number[],
  { kernel, threads }: RowSettings,
): ExactClientSettings {
  const size = images.data.length / labels.length;
  const pixels = new Uint8Array(chosen.length * size);
  chosen.forEach((image, at) => {
    for (let i = 0; i < size; i++) pixels[at * size + i] = Math.round(images.data[image * size + i]! * 255);
  });
  return {
    kernel,
    threads,
    pixels,
    labels: Uint8Array.from(chosen, (image) => labels[image]!),
    expected: chosen.map((image) => lines[image]!),
  };
}

async function encryptedRun(
  plan: BfvPlan,
  client: ExactClientSettings,
  name: string,
  { json, signal }: Console,
): Promise<Run<ExactReport>> {
  const bar = progress(client.labels.length, name, json);
  try {
    const { kernel, threads } = client;
    return await runClientAndServer<ExactReport>(
      { kernel, threads, plan: savePlan(plan) },
      { file: new URL('./exact-client-worker.js', import.meta.url), settings: client },
      (done) => bar.update(done),
      signal,
    );
  } finally {
    bar.stop();
  }
}

function measured(plan: BfvPlan, model: Sequential, { client, timings }: Run<ExactReport>, images: number): Measured {
  const latencySeconds = median(timings.map((t) => t.loadSeconds + t.evaluateSeconds + t.saveSeconds));
  const operations = papersOperations(plan);
  return {
    images,
    accuracy: client.correct / images,
    agreement: client.agreement,
    batch: client.batch,
    latencySeconds,
    imagesPerHour: (client.batch * 3600) / latencySeconds,
    encryptSeconds: median(client.encryptSeconds),
    decryptSeconds: median(client.decryptSeconds),
    activations: operations.cipherCipherMultiplications,
    weightDensity: density(model),
    operations,
    messageBytes: client.uploadBytes + client.downloadBytes,
    ringDegree: plan.ringDegree,
    plaintextModuli: plan.plaintextModuli.map(String),
    logQP: plan.logQP,
    securityBits: plan.securityBits,
    logitsSha256: client.logitsSha256,
  };
}

/** Weights that are not zero over weights; biases do not count. */
function density(model: Sequential): number {
  const kernels = model.layers.flatMap((layer) =>
    Object.entries(layer.weights).flatMap(([name, { data }]) => (name === 'bias' ? [] : [data])),
  );
  const all = kernels.reduce((sum, data) => sum + data.length, 0);
  const used = kernels.reduce((sum, data) => sum + Array.from(data).filter((w) => w !== 0).length, 0);
  return used / all;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
