import { MessageChannel, Worker } from 'node:worker_threads';
import { type ErrorCode, HesperError } from '../../errors.ts';
import type { Timing } from '../../server.ts';
import type { ClientReport, FromClient, FromServer, ServerSettings } from './control.ts';

export interface Run<Report = ClientReport> {
  readonly client: Report;
  /** Of each batch, as the server took it. */
  readonly timings: readonly Timing[];
}

/** The thread of a client: its file, and what it is told at its start. */
export interface ClientThread<Settings = unknown> {
  readonly file: URL;
  readonly settings: Settings;
}

/**
 * Starts the client and the server, each a thread of its own, joins them by a port, and waits for the client's report.
 * @throws what either of them reports, 'aborted'
 */
export async function runClientAndServer<Report>(
  server: ServerSettings,
  client: ClientThread,
  onBatch: (done: number) => void,
  signal: AbortSignal,
): Promise<Run<Report>> {
  await checkpoint(signal);
  const workers = [
    new Worker(new URL('./server-worker.js', import.meta.url), { workerData: server }),
    new Worker(client.file, { workerData: client.settings }),
  ] as const;
  const { port1, port2 } = new MessageChannel();
  const timings: Timing[] = [];
  let batches = 0;
  try {
    return await new Promise<Run<Report>>((resolve, reject) => {
      let report: Report | undefined;
      // The server's last timing was sent before its last answer, but over another channel: it may come later.
      const finish = () => {
        if (report !== undefined && timings.length === batches) resolve({ client: report, timings });
      };
      signal.addEventListener('abort', () => reject(aborted()), { once: true });
      for (const worker of workers) worker.once('error', reject);
      for (const worker of workers)
        worker.once('exit', (code) =>
          reject(failure({ code: 'kernel-failure', message: `a worker ended early with code ${code}` })),
        );
      workers[0].on('message', (m: FromServer) => {
        if (m.type === 'failed') return reject(failure(m.error));
        timings.push(m);
        finish();
      });
      workers[1].on('message', (m: FromClient<Report>) => {
        if (m.type === 'failed') return reject(failure(m.error));
        if (m.type === 'done') report = m.report;
        else {
          batches++;
          onBatch(m.done);
        }
        finish();
      });
      workers[0].postMessage(port1, [port1]);
      workers[1].postMessage(port2, [port2]);
    });
  } finally {
    await Promise.all(workers.map((w) => w.terminate()));
  }
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
