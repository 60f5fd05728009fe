import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { InferenceServer, loadKernel, loadPlan } from '../../server.ts';
import { type FromServer, portable, type ServerSettings } from './control.ts';

/** The server of the demo: sees bytes from the client's port, and nothing else of the client. */
const control = parentPort!;
const tell = (message: FromServer): void => control.postMessage(message);

async function serve(port: MessagePort, settings: ServerSettings): Promise<void> {
  const kernel = await loadKernel({ variant: settings.kernel, threads: settings.threads });
  const server = new InferenceServer(kernel, loadPlan(settings.plan));
  send(port, server.offer());
  const session = server.accept(await receive(port));
  send(port, session.ready());
  port.on('message', (request: Uint8Array) => {
    const answer = session.handle(request, (timing) => tell({ type: 'batch', ...timing }));
    send(port, answer);
  });
  port.once('close', () => {
    session.dispose();
    server.dispose();
    kernel.close();
  });
}

const send = (port: MessagePort, bytes: Uint8Array): void => port.postMessage(bytes, [bytes.buffer as ArrayBuffer]);
const receive = (port: MessagePort): Promise<Uint8Array> => new Promise((resolve) => port.once('message', resolve));

control.once('message', (port: MessagePort) => {
  serve(port, workerData as ServerSettings).catch((error) => tell({ type: 'failed', error: portable(error) }));
});
