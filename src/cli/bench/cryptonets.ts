import { InferenceClient } from '../../client.ts';
import { HesperError } from '../../errors.ts';
import type { Kernel } from '../../he.ts';
import { type CkksPlan, loadShippedModel, plan as makePlan, rowsOf } from '../../index.ts';
import { InferenceServer } from '../../server.ts';
import { loadMnistSet } from '../../training.ts';
import { argmax } from '../demo/score.ts';
import { type BenchRow, clockFor, measureInTurn, ownRow, round } from './harness.ts';
import type { BenchOptions } from './options.ts';
import { perThreads } from './threads.ts';

/** One full batch of the shipped network: encryption, loading, evaluation, decryption, per thread count. */
export const benchCryptonets = (options: BenchOptions): Promise<{ kernel: Kernel; rows: BenchRow[] }> =>
  perThreads(options, [1, 2], benchThreads);

async function benchThreads(kernel: Kernel): Promise<BenchRow[]> {
  const model = await loadShippedModel('cryptonets');
  const typical = await loadMnistSet('train', { limit: 512 });
  const plan = makePlan(model.toGraph(), { calibration: rowsOf(typical.images) });
  const digits = await loadMnistSet('test', { limit: plan.slots });
  const inputs = rowsOf(digits.images);
  const server = new InferenceServer(kernel, plan);
  const client = new InferenceClient(kernel, server.offer());
  const session = server.accept(client.hello());
  const request = client.encrypt(inputs);
  const answer = session.handle(request);
  checkAnswers(client, answer, model.predict(digits.images).data);
  const loaded = session.load(request);
  const free = (cts: readonly { dispose(): void }[]): void => {
    for (const ct of cts) ct.dispose();
  };
  const work: Record<string, () => void> = {
    encrypt: () => void client.encrypt(inputs),
    load: () => free(session.load(request)),
    evaluate: () => free(session.evaluate(loaded)),
    decrypt: () => void client.decrypt(answer),
  };
  const rows = Object.entries(work).map(([op, f]) =>
    row(op, measureInTurn([f], clockFor(kernel.threads))[0]!, plan, kernel),
  );
  free(loaded);
  session.dispose();
  client.dispose();
  server.dispose();
  return rows;
}

function row(op: string, time: { microseconds: number; samples: number }, plan: CkksPlan, kernel: Kernel): BenchRow {
  const chain = plan.dataPrimes.map((p) => round(Math.log2(p)));
  return ownRow({
    op: `cryptonets-${op}`,
    scheme: plan.scheme,
    kernel: kernel.variant,
    n: plan.ringDegree,
    logQ: round(plan.logQ),
    dataBits: round(plan.logQ),
    chain,
    threads: kernel.threads,
    microseconds: time.microseconds,
    samples: time.samples,
    batch: plan.slots,
    imagesPerSecond: Math.round((plan.slots / time.microseconds) * 1e6),
  });
}

/** The timed job has to give the answers of the float model, all but a few in ten thousand. */
function checkAnswers(client: InferenceClient, answer: Uint8Array, logits: Float32Array): void {
  const outputs = client.decrypt(answer);
  const classes = logits.length / outputs.length;
  let equal = 0;
  for (let i = 0; i < outputs.length; i++)
    if (outputs.argmax(i) === argmax(logits.subarray(i * classes, (i + 1) * classes))) equal++;
  if (equal >= 0.999 * outputs.length) return;
  throw new HesperError('kernel-failure', 'encrypted answers differ from the clear ones', {
    met: equal,
    wanted: outputs.length,
    remedy: 'Report it with the output of `hesper doctor`',
  });
}
