import type { Border } from './border.ts';
import { isNode } from './native.ts';
import { wasmBorder } from './wasm-border.ts';
import { type OpenModule, openModule, type WasmFiles } from './wasm-module.ts';
import { obstacleToThreads, startThreads } from './wasm-threads.ts';

const single = (): WasmFiles => ({
  plain: new URL('../../kernel/wasm/kernel.wasm', import.meta.url),
  relaxed: new URL('../../kernel/wasm/kernel-relaxed.wasm', import.meta.url),
});
const threaded = (): WasmFiles => ({
  plain: new URL('../../kernel/wasm/kernel-threads.wasm', import.meta.url),
  relaxed: new URL('../../kernel/wasm/kernel-threads-relaxed.wasm', import.meta.url),
});

export interface WasmBorder {
  readonly border: Border;
  readonly threads: number;
  /** Why this build, and why one thread where more were wanted. */
  readonly reason: string;
  readonly onClose: () => void;
}

/**
 * The WebAssembly kernel on one thread (own memory) or several (shared memory and workers). Where there can be no several
 * threads, it has one and says why.
 */
export async function loadWasm(threads: number, relaxed: boolean): Promise<WasmBorder> {
  if (threads === 1) return loadSingle(relaxed);
  const obstacle = obstacleToThreads();
  if (obstacle) return loadSingle(relaxed, obstacle);
  try {
    return await loadThreaded(threads, relaxed);
  } catch (error) {
    if (isNode()) throw error;
    return loadSingle(relaxed, `no threads could be started (${(error as Error).message})`);
  }
}

async function loadSingle(relaxed: boolean, obstacle?: string): Promise<WasmBorder> {
  const opened = await openModule(single(), relaxed, () => undefined);
  const reason = obstacle ? `${opened.reason}; one thread: ${obstacle}` : opened.reason;
  return { border: borderOf(opened), threads: 1, reason, onClose: () => {} };
}

/** The shared memory starts with the data segments and grows; engines may refuse to reserve all of 4 GiB. */
function sharedMemory(): WebAssembly.Memory {
  try {
    return new WebAssembly.Memory({ initial: 32, maximum: 65536, shared: true });
  } catch {
    return new WebAssembly.Memory({ initial: 32, maximum: 16384, shared: true });
  }
}

async function loadThreaded(threads: number, relaxed: boolean): Promise<WasmBorder> {
  const opened = await openModule(threaded(), relaxed, sharedMemory);
  const onClose = await startThreads(opened, threads - 1);
  return { border: borderOf(opened), threads, reason: opened.reason, onClose };
}

const borderOf = ({ exports, memory }: OpenModule): Border => wasmBorder(exports, memory);
