// The client, in a worker so that the page stays alive: keys, encryption, decryption. Only bytes leave it.
import { InferenceClient, loadKernel } from 'hesper/client';

export interface ToWorker {
  readonly images: readonly Float32Array[];
}
export type FromWorker =
  | { readonly type: 'says'; readonly line: string }
  | { readonly type: 'ready' }
  | { readonly type: 'digits'; readonly digits: readonly number[] };

const tell = (message: FromWorker): void => postMessage(message);

/** Bytes there and back; the session is what the server calls this client. */
async function ask(path: string, body?: Uint8Array): Promise<Uint8Array> {
  const response = await fetch(`${path}?session=${session}`, { method: 'POST', body: body as BodyInit });
  return new Uint8Array(await response.arrayBuffer());
}

async function timed<T>(what: string, work: () => T | Promise<T>): Promise<T> {
  const start = performance.now();
  const result = await work();
  tell({ type: 'says', line: `${what}: ${Math.round(performance.now() - start)} ms` });
  return result;
}

const session = crypto.randomUUID();
const kernel = await timed('kernel', () => loadKernel());
const offer = await ask('/offer');
const client = await timed('keys', () => new InferenceClient(kernel, offer));
client.confirm(await ask('/hello', client.hello()));
tell({ type: 'ready' });

addEventListener('message', async ({ data: { images } }: MessageEvent<ToWorker>) => {
  const request = await timed('encryption', () => client.encrypt(images));
  tell({ type: 'says', line: `request: ${(request.length / 1e6).toFixed(1)} MB, room for ${client.batch} images` });
  const answer = await timed('server, there and back', () => ask('/request', request));
  const outputs = await timed('decryption', () => client.decrypt(answer, images.length));
  tell({ type: 'digits', digits: images.map((_, i) => outputs.argmax(i)) });
  outputs.dispose();
});
