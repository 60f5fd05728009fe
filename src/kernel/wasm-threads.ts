import { isNode } from './native.ts';
import type { OpenModule } from './wasm-module.ts';

const STACK_BYTES = 512 * 1024;
/** Milliseconds in which a thread of a page has to start. */
const START_LIMIT = 20_000;

/** Why the caller cannot have a kernel of several threads here, if so. */
export function obstacleToThreads(): string | undefined {
  if (isNode()) return undefined;
  if (typeof SharedArrayBuffer === 'undefined' || !globalThis.crossOriginIsolated)
    return 'the page is not cross-origin isolated';
  if (!mayWait()) return 'the main thread of a page may not wait for others; a worker may';
  return undefined;
}

/** Atomics.wait is refused on main threads of pages, whatever the value; elsewhere it sees 0 and not 1, and returns. */
function mayWait(): boolean {
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1, 0);
    return true;
  } catch {
    return false;
  }
}

/** Starts `count` threads on the module's shared memory; the result ends them, after the kernel was closed. */
export async function startThreads(opened: OpenModule, count: number): Promise<() => void> {
  const start = isNode() ? await nodeThread() : pageThread;
  const started = await Promise.allSettled(Array.from({ length: count }, () => start(workOf(opened))));
  const ends = started.flatMap((s) => (s.status === 'fulfilled' ? [s.value] : []));
  const end = (): void => {
    for (const one of ends) one();
  };
  const failed = started.find((s) => s.status === 'rejected');
  if (!failed) return end;
  end();
  throw failed.reason;
}

interface Work {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** End of the thread's stack in the shared memory. */
  readonly stack: number;
}

function workOf({ module, memory, exports }: OpenModule): Work {
  const stack = exports.hesper_worker_stack!(STACK_BYTES);
  if (stack === 0) throw new Error('no memory for the stack of a thread');
  return { module, memory, stack };
}

/** Resolves to the thread's end when it is ready for work. */
type StartThread = (work: Work) => Promise<() => void>;

/** As kernel/wasm/worker.js; Node's workers take the text itself, so no bundler need find a file. */
const NODE_WORKER = `
const { workerData, parentPort } = require('node:worker_threads');
const { exports } = new WebAssembly.Instance(workerData.module, { env: { memory: workerData.memory } });
exports.hesper_set_stack(workerData.stack);
parentPort.postMessage('ready');
exports.hesper_worker_run();
`;

/** Threads of Node do not keep the process alive, and leave by themselves when the kernel is closed. */
async function nodeThread(): Promise<StartThread> {
  const { Worker } = await import('node:worker_threads');
  return (workerData) => {
    const worker = new Worker(NODE_WORKER, { eval: true, execArgv: [], workerData });
    return new Promise((resolve, reject) => {
      worker.once('error', reject);
      worker.once('message', () => {
        worker.unref();
        resolve(() => {});
      });
    });
  };
}

/** Module workers from a file of the page's own origin, as policies for content (worker-src 'self') allow. */
const pageThread: StartThread = (work) => {
  const worker = new Worker(new URL('../../kernel/wasm/worker.js', import.meta.url), { type: 'module' });
  const ready = new Promise<() => void>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error('a worker did not start in time')), START_LIMIT);
    worker.onerror = (event) => reject(new Error(event.message || 'the script of a worker did not load'));
    worker.onmessage = () => {
      clearTimeout(late);
      resolve(() => worker.terminate());
    };
  });
  worker.postMessage(work);
  return ready.catch((error) => {
    worker.terminate();
    throw error;
  });
};
