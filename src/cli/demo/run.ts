import { MessageChannel, Worker } from 'node:worker_threads';
import { type ErrorCode, HesperError } from '../../errors.ts';
import type { ClientReport, ClientSettings, FromClient, FromServer, ServerSettings } from './control.ts';

export interface Run {
  readonly client: ClientReport;
  readonly loadSeconds: number;
  readonly evaluateSeconds: number;
}

/**
 * Starts the client and the server, each a thread of its own, joins them by a port, and waits for the client's report.
 * @throws what either of them reports, 'aborted'
 */
export async function runClientAndServer(
  server: ServerSettings,
  client: ClientSettings,
  onBatch: (done: number) => void,
  signal: AbortSignal,
): Promise<Run> {
  await checkpoint(signal);
  const workers = [start('server-worker', server), start('client-worker', client)] as const;
  const { port1, port2 } = new MessageChannel();
  const seconds = { loadSeconds: 0, evaluateSeconds: 0 };
  try {
    return await new Promise<Run>((resolve, reject) => {
      signal.addEventListener('abort', () => reject(aborted()), { once: true });
      for (const worker of workers) worker.once('error', reject);
      for (const worker of workers)
        worker.once('exit', (code) =>
          reject(failure({ code: 'kernel-failure', message: `a worker ended early with code ${code}` })),
        );
      workers[0].on('message', (m: FromServer) => {
        if (m.type === 'failed') return reject(failure(m.error));
        seconds.loadSeconds += m.loadSeconds;
        seconds.evaluateSeconds += m.evaluateSeconds;
      });
      workers[1].on('message', (m: FromClient) => {
        if (m.type === 'failed') return reject(failure(m.error));
        if (m.type === 'batch') return onBatch(m.done);
        // The server's last timing was sent before its last answer, but over another channel: let it arrive.
        setImmediate(() => resolve({ client: m.report, ...seconds }));
      });
      workers[0].postMessage(port1, [port1]);
      workers[1].postMessage(port2, [port2]);
    });
  } finally {
    await Promise.all(workers.map((w) => w.terminate()));
  }
}

/** A worker beside this file, as source (under a test runner) or as built code. */
function start(name: string, settings: ServerSettings | ClientSettings): Worker {
  const url = new URL(`./${name}.js`, import.meta.url);
  return new Worker(url, { workerData: settings });
}

/** Lets a waiting signal arrive after long synchronous work. @throws 'aborted' */
export async function checkpoint(signal: AbortSignal): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  if (signal.aborted) throw aborted();
}

const aborted = (): HesperError =>
  new HesperError('aborted', 'stopped on request', { remedy: 'Run the command again' });

function failure(error: unknown): HesperError {
  const { code, message, met, wanted, remedy } = error as Record<string, unknown>;
  return new HesperError((code as ErrorCode) ?? 'kernel-failure', String(message), {
    met: met ?? undefined,
    wanted: wanted ?? undefined,
    remedy: typeof remedy === 'string' ? remedy : 'Run `hesper doctor` and report its output',
  });
}
