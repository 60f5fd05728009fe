/** The page's end of a call by name: on the main thread, or passed on to one module worker. */
type Entry = Readonly<Record<string, unknown>>;
type Answer = { readonly value: unknown } | { readonly failure: string };

export type Place = 'main' | 'worker';
export type PageCalls = (place: Place, name: string, args: readonly unknown[]) => Promise<Answer>;

async function answer(entry: Entry, name: string, args: readonly unknown[]): Promise<Answer> {
  try {
    const work = entry[name];
    if (typeof work !== 'function') return { failure: `The entry exports no function ${name}` };
    return { value: await work(...args) };
  } catch (error) {
    return { failure: describe(error) };
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? ` [${String(error.code)}]` : '';
  return `${error.name}${code}: ${error.message}\n${error.stack ?? ''}`;
}

export function serveCalls(entry: Entry, startWorker: () => Worker): PageCalls {
  let worker: Worker | undefined;
  return (place, name, args) => {
    if (place === 'main') return answer(entry, name, args);
    worker ??= startWorker();
    const at = worker;
    return new Promise((resolve) => {
      at.onmessage = ({ data }) => resolve(data as Answer);
      at.onmessageerror = () => resolve({ failure: 'The answer of the worker cannot be passed on' });
      at.onerror = (event) => resolve({ failure: `The worker failed: ${event.message || 'it did not load'}` });
      at.postMessage({ name, args });
    });
  };
}

interface WorkerScope {
  onmessage: ((event: MessageEvent) => void) | null;
  postMessage(message: unknown): void;
}

export function answerCalls(entry: Entry, scope: WorkerScope): void {
  scope.onmessage = async ({ data }) => {
    const { name, args } = data as { readonly name: string; readonly args: readonly unknown[] };
    scope.postMessage(await answer(entry, name, args));
  };
}
