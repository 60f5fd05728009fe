import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { InferenceClient, loadKernel } from '../../client.ts';
import { Clock } from './clock.ts';
import { type ClientReport, type ClientSettings, type FromClient, portable } from './control.ts';
import { Inbox } from './inbox.ts';
import { scaled } from './scaled.ts';
import { Score } from './score.ts';

/** The client of the demo: has the images and the secret key; what leaves for the server is bytes. */
const control = parentPort!;
const tell = (message: FromClient): void => control.postMessage(message);

async function run(port: MessagePort, settings: ClientSettings): Promise<ClientReport> {
  const kernel = await loadKernel({ variant: settings.kernel, threads: settings.threads });
  const inbox = new Inbox(port);
  const offer = await inbox.next();
  const clock = new Clock();
  const client = clock.time('key', () => new InferenceClient(kernel, offer));
  const hello = clock.time('key', () => client.hello());
  send(port, hello);
  client.confirm(await inbox.next());
  const report = await classify(client, settings, inbox, port, clock);
  client.dispose();
  kernel.close();
  return report;
}

async function classify(
  client: InferenceClient,
  s: ClientSettings,
  inbox: Inbox,
  port: MessagePort,
  clock: Clock,
): Promise<ClientReport> {
  const images = s.labels.length;
  const size = s.pixels.length / images;
  const score = new Score(s, images);
  let uploadBytes = 0;
  let downloadBytes = 0;
  let latency = 0;
  for (let first = 0; first < images; first += client.batch) {
    const count = Math.min(client.batch, images - first);
    const start = performance.now();
    const request = clock.time('encrypt', () => client.encrypt(scaled(s.pixels, first, count, size)));
    uploadBytes = request.length;
    send(port, request);
    const answer = await inbox.next();
    downloadBytes = answer.length;
    const outputs = clock.time('decrypt', () => client.decrypt(answer, count));
    latency += (performance.now() - start) / 1000;
    score.add(first, count, (i) => outputs.output(i));
    outputs.dispose();
    tell({ type: 'batch', done: first + count });
  }
  const batches = Math.ceil(images / client.batch);
  return {
    batch: client.batch,
    batches,
    keySeconds: clock.seconds('key'),
    encryptSeconds: clock.seconds('encrypt'),
    decryptSeconds: clock.seconds('decrypt'),
    batchLatencySeconds: latency / batches,
    uploadBytes,
    downloadBytes,
    evaluationKeyBytes: client.evaluationKeyBytes,
    ...score.result(),
  };
}

const send = (port: MessagePort, bytes: Uint8Array): void => port.postMessage(bytes, [bytes.buffer as ArrayBuffer]);

control.once('message', (port: MessagePort) => {
  run(port, workerData as ClientSettings)
    .then((report) => tell({ type: 'done', report }))
    .catch((error) => tell({ type: 'failed', error: portable(error) }))
    .finally(() => port.close());
});
