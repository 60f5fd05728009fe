import { clearOutputs, explain, loadKernel, plan as makePlan, type Plan, type Sequential, savePlan } from '../index.ts';
import { type Digits, loadMnistSet } from '../training.ts';
import type { CommandSpec } from './command.ts';
import type { ClientReport, ClientSettings } from './demo/control.ts';
import { checkpoint, type Run, runClientAndServer } from './demo/run.ts';
import { argmax } from './demo/score.ts';
import { loadModelArgument } from './load-model.ts';
import { describeMachine, type Machine } from './machine.ts';
import { choiceOption, integerOption, kernelNames } from './options.ts';
import { type Console, table } from './output.ts';
import { mnistInputs, planOptions } from './plan.ts';
import { progress } from './progress.ts';

export const demo: CommandSpec = {
  name: 'demo',
  summary: 'classify MNIST digits while they are encrypted: client and server exchange bytes only',
  options: [
    ['--images <n>', 'how many of the 10,000 test images (default all)'],
    ['--model <model>', 'a model file or the name of a shipped model (default cryptonets)'],
    ['--security <bits>', '128, 192 or 256 (default 128)'],
    ['--precision <bits>', 'error of the largest logit, relative to it, as 2^-bits (default 12)'],
    ['--weight-bits <n>', 'bits of a weight (default: the fewest that keep the precision)'],
    ['--kernel <name>', 'avx512, avx2, neon, scalar or wasm (default: the best here)'],
    ['--threads <n>', 'threads of each side (default: all cores)'],
    ['--explain', 'print the plan as well'],
  ],
  example: 'hesper demo --images 4096',
  async run(_, options, console) {
    const images = integerOption(options, 'images', { max: 10_000, fallback: 10_000 })!;
    const kernel = choiceOption(options, 'kernel', kernelNames);
    const threads = integerOption(options, 'threads', { max: 256 });
    const model = await loadModelArgument(String(options['model'] ?? 'cryptonets'));
    const { machine, used } = await look(kernel, threads);
    const plan = makePlan(model.toGraph(), { ...planOptions(options), calibration: await mnistInputs(model) });
    await checkpoint(console.signal);
    if (options['explain']) console.say(explain(plan));
    const digits = await loadMnistSet('test', { limit: images });
    console.note(`kernel ${used.variant}, ${used.threads} threads: ${used.reason}`);
    console.note(
      `${images} images, encrypted under ring degree ${plan.ringDegree}, log Q = ${plan.logQ.toFixed(1)}, ${plan.securityBits}-bit security`,
    );
    const truth = clearTruth(model, plan, digits);
    const bar = progress(images, 'classifying', console.json);
    const settings = { kernel, threads };
    const client: ClientSettings = {
      ...settings,
      pixels: toPixels(digits),
      labels: digits.labels,
      clearLogits: truth.clearLogits,
      floatLogits: truth.floatLogits,
    };
    try {
      const run = await runClientAndServer<ClientReport>(
        { ...settings, plan: savePlan(plan) },
        { file: new URL('./demo/client-worker.js', import.meta.url), settings: client },
        (done) => bar.update(done),
        console.signal,
      );
      bar.stop();
      const result = report(model, plan, images, run, truth, machine, used);
      print(console, result);
      return result;
    } finally {
      bar.stop();
    }
  },
};

interface Used {
  readonly variant: string;
  readonly features: readonly string[];
  readonly threads: number;
  readonly reason: string;
}

async function look(
  variant: (typeof kernelNames)[number] | undefined,
  threads: number | undefined,
): Promise<{ machine: Machine; used: Used }> {
  const kernel = await loadKernel({ variant, threads });
  const { variant: name, features, threads: count, reason } = kernel;
  const seen = { machine: describeMachine(kernel), used: { variant: name, features, threads: count, reason } };
  kernel.close();
  return seen;
}

interface Truth {
  readonly clearLogits: Float64Array;
  readonly floatLogits: Float64Array;
  readonly accuracyFloat: number;
  readonly accuracyClear: number;
}

/** What the same images give in the clear: by the trained model, and by the plan's integers. */
function clearTruth(model: Sequential, plan: Plan, { images, labels }: Digits): Truth {
  const floatLogits = Float64Array.from(model.predict(images).data);
  const clearLogits = clearOutputs(plan, images.data);
  const accuracy = (logits: Float64Array) => fractionRight(logits, labels);
  return { clearLogits, floatLogits, accuracyFloat: accuracy(floatLogits), accuracyClear: accuracy(clearLogits) };
}

function fractionRight(logits: Float64Array, labels: Uint8Array): number {
  const classes = logits.length / labels.length;
  let right = 0;
  for (let i = 0; i < labels.length; i++)
    if (argmax(logits.subarray(i * classes, (i + 1) * classes)) === labels[i]) right++;
  return right / labels.length;
}

const toPixels = ({ images }: Digits): Uint8Array => Uint8Array.from(images.data, (v) => Math.round(v * 255));

type Report = ReturnType<typeof report>;

/** The JSON contract of `hesper demo`. Fractions are 0..1, seconds wall-clock over all batches, bytes of one full batch. */
function report(model: Sequential, plan: Plan, images: number, run: Run, truth: Truth, machine: Machine, used: Used) {
  const { client, timings } = run;
  const loadSeconds = timings.reduce((sum, t) => sum + t.loadSeconds, 0);
  const evaluateSeconds = timings.reduce((sum, t) => sum + t.evaluateSeconds, 0);
  return {
    schemaVersion: 1,
    model: model.name,
    dataset: 'mnist-test',
    images,
    batch: client.batch,
    batches: client.batches,
    scheme: plan.scheme,
    ringDegree: plan.ringDegree,
    logQ: plan.logQ,
    logQP: plan.logQP,
    securityBits: plan.securityBits,
    weightBits: plan.weightBits,
    accuracyFloat: truth.accuracyFloat,
    accuracyClear: truth.accuracyClear,
    accuracyEncrypted: client.accuracyEncrypted,
    agreement: client.agreement,
    agreementFloat: client.agreementFloat,
    maxLogitError: client.maxLogitError,
    maxLogit: client.maxLogit,
    keySeconds: client.keySeconds,
    encryptSeconds: client.encryptSeconds,
    loadSeconds,
    evaluateSeconds,
    decryptSeconds: client.decryptSeconds,
    batchLatencySeconds: client.batchLatencySeconds,
    imagesPerSecond: images / evaluateSeconds,
    imagesPerSecondEndToEnd: images / (client.encryptSeconds + loadSeconds + evaluateSeconds + client.decryptSeconds),
    uploadBytes: client.uploadBytes,
    downloadBytes: client.downloadBytes,
    evaluationKeyBytes: client.evaluationKeyBytes,
    peakRssBytes: process.resourceUsage().maxRSS * 1024,
    threads: used.threads,
    kernel: used.variant,
    kernelFeatures: used.features,
    operations: plan.operations,
    machine,
  };
}

function print(console: Console, r: Report): void {
  const percent = (x: number) => `${(100 * x).toFixed(2)} %`;
  const seconds = (x: number) => `${x.toFixed(3)} s`;
  const megabytes = (x: number) => `${(x / 1e6).toFixed(1)} MB`;
  console.say(
    table([
      [`${r.model}, ${r.images} encrypted images`, ''],
      [
        'accuracy: trained model / integer plan / encrypted',
        `${percent(r.accuracyFloat)} / ${percent(r.accuracyClear)} / ${percent(r.accuracyEncrypted)}`,
      ],
      ['same answer as the integer plan / the trained model', `${r.agreement} / ${r.agreementFloat} of ${r.images}`],
      ['largest logit error / largest logit', `2^${Math.log2(r.maxLogitError / r.maxLogit).toFixed(1)}`],
      ['security, ring degree, log QP', `${r.securityBits} bits, ${r.ringDegree}, ${r.logQP.toFixed(1)} bits`],
      ['kernel, threads', `${r.kernel} (${r.kernelFeatures.join(' ')}), ${r.threads}`],
      [
        'client: keys / encryption / decryption',
        [r.keySeconds, r.encryptSeconds, r.decryptSeconds].map(seconds).join(' / '),
      ],
      ['server: loading / evaluation', [r.loadSeconds, r.evaluateSeconds].map(seconds).join(' / ')],
      [
        'images per second: server evaluation / end to end',
        `${Math.round(r.imagesPerSecond)} / ${Math.round(r.imagesPerSecondEndToEnd)}`,
      ],
      [
        'upload / answer of a batch, evaluation keys',
        `${megabytes(r.uploadBytes)} / ${megabytes(r.downloadBytes)}, ${megabytes(r.evaluationKeyBytes)}`,
      ],
      ['peak memory, client and server together', megabytes(r.peakRssBytes)],
    ]),
  );
}
