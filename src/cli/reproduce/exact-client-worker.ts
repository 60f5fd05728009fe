import { createHash } from 'node:crypto';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { InferenceClient, loadKernel } from '../../client.ts';
import { type FromClient, portable } from '../demo/control.ts';
import { Inbox } from '../demo/inbox.ts';
import { scaled } from '../demo/scaled.ts';
import type { ExactClientSettings, ExactReport } from './control.ts';
import { lineOf, mostLikely } from './logits.ts';

/** The client of a reproduction: has the images and the secret key, and compares integers. */
const control = parentPort!;
const tell = (message: FromClient<ExactReport>): void => control.postMessage(message);

async function run(port: MessagePort, settings: ExactClientSettings): Promise<ExactReport> {
  const kernel = await loadKernel({ variant: settings.kernel, threads: settings.threads });
  const inbox = new Inbox(port);
  const offer = await inbox.next();
  const keys = timed(() => {
    const client = new InferenceClient(kernel, offer);
    return { client, hello: client.hello() };
  });
  const { client, hello } = keys.result;
  send(port, hello);
  client.confirm(await inbox.next());
  const report = await classify(client, settings, inbox, port);
  client.dispose();
  kernel.close();
  return { ...report, keySeconds: keys.seconds };
}

async function classify(client: InferenceClient, s: ExactClientSettings, inbox: Inbox, port: MessagePort) {
  const images = s.labels.length;
  const { batch, evaluationKeyBytes } = client;
  const hash = createHash('sha256');
  const seconds = { encrypt: [] as number[], decrypt: [] as number[] };
  const bytes = { upload: 0, download: 0 };
  let [correct, agreement] = [0, 0];
  for (let first = 0; first < images; first += batch) {
    const count = Math.min(batch, images - first);
    const request = timed(() => client.encrypt(scaled(s.pixels, first, count, s.pixels.length / images)));
    bytes.upload = request.result.length;
    send(port, request.result);
    const answer = await inbox.next();
    bytes.download = answer.length;
    const logits = timed(() => decrypted(client, answer, count));
    seconds.encrypt.push(request.seconds);
    seconds.decrypt.push(logits.seconds);
    for (const [i, values] of logits.result.entries()) {
      const line = lineOf(values);
      hash.update(`${line}\n`);
      if (line === s.expected[first + i]) agreement++;
      if (mostLikely(values) === s.labels[first + i]) correct++;
    }
    tell({ type: 'batch', done: first + count });
  }
  return {
    batch,
    evaluationKeyBytes,
    encryptSeconds: seconds.encrypt,
    decryptSeconds: seconds.decrypt,
    uploadBytes: bytes.upload,
    downloadBytes: bytes.download,
    correct,
    agreement,
    logitsSha256: hash.digest('hex'),
  };
}

function decrypted(client: InferenceClient, answer: Uint8Array, count: number): (readonly bigint[])[] {
  const outputs = client.decrypt(answer, count);
  const integers = Array.from({ length: count }, (_, i) => outputs.integers(i));
  outputs.dispose();
  return integers;
}

function timed<T>(work: () => T): { result: T; seconds: number } {
  const start = performance.now();
  const result = work();
  return { result, seconds: (performance.now() - start) / 1000 };
}

const send = (port: MessagePort, bytes: Uint8Array): void => port.postMessage(bytes, [bytes.buffer as ArrayBuffer]);

control.once('message', (port: MessagePort) => {
  run(port, workerData as ExactClientSettings)
    .then((report) => tell({ type: 'done', report }))
    .catch((error) => tell({ type: 'failed', error: portable(error) }))
    .finally(() => port.close());
});
