import type { Border } from './border.ts';
import { isNode } from './native.ts';
import { type WasmExports, wasmBorder } from './wasm-border.ts';

/** Pages of the shared memory: it starts with the data segments and may grow to 4 GiB. */
const SHARED_PAGES = { initial: 32, maximum: 65536 };
const WORKER_STACK_BYTES = 512 * 1024;

export interface WasmBorder {
  readonly border: Border;
  readonly threads: number;
  readonly onClose: () => void;
}

/** The WebAssembly kernel on one thread (own memory) or several (shared memory, Node's worker threads). */
export async function loadWasm(threads: number): Promise<WasmBorder> {
  return threads > 1 && isNode() ? loadThreaded(threads) : loadSingle();
}

async function loadSingle(): Promise<WasmBorder> {
  const module = await WebAssembly.compile(await readModule('kernel.wasm'));
  const instance = await WebAssembly.instantiate(module, {});
  const exports = instance.exports as unknown as WasmExports & { memory: WebAssembly.Memory };
  return { border: wasmBorder(exports, exports.memory), threads: 1, onClose: () => {} };
}

/** Each worker instantiates the module on the shared memory, takes a stack of its own, and waits for work. */
const WORKER = `
const { workerData, parentPort } = require('node:worker_threads');
const { exports } = new WebAssembly.Instance(workerData.module, { env: { memory: workerData.memory } });
exports.hesper_set_stack(workerData.stack);
parentPort.postMessage('ready');
exports.hesper_worker_run();
`;

async function loadThreaded(threads: number): Promise<WasmBorder> {
  const { Worker } = await import('node:worker_threads');
  const module = await WebAssembly.compile(await readModule('kernel-threads.wasm'));
  const memory = new WebAssembly.Memory({ ...SHARED_PAGES, shared: true });
  const instance = await WebAssembly.instantiate(module, { env: { memory } });
  const exports = instance.exports as unknown as WasmExports;
  const workers = await Promise.all(
    Array.from({ length: threads - 1 }, () => {
      const stack = exports.hesper_worker_stack!(WORKER_STACK_BYTES);
      const worker = new Worker(WORKER, { eval: true, execArgv: [], workerData: { module, memory, stack } });
      return new Promise<typeof worker>((resolve, reject) => {
        worker.once('message', () => resolve(worker));
        worker.once('error', reject);
      });
    }),
  );
  for (const worker of workers) worker.unref();
  return { border: wasmBorder(exports, memory), threads, onClose: () => {} };
}

async function readModule(name: string): Promise<Uint8Array<ArrayBuffer>> {
  const url = new URL(`../../kernel/wasm/${name}`, import.meta.url);
  if (url.protocol !== 'file:') return new Uint8Array(await (await fetch(url)).arrayBuffer());
  const { readFile } = await import('node:fs/promises');
  return new Uint8Array(await readFile(url));
}

/** Does this engine run SIMD128? A module of one instruction, i32x4.splat. */
export function hasSimd(): boolean {
  // (module (func (result v128) i32.const 0 i32x4.splat))
  const probe = [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 8, 1, 6, 0, 65, 0, 253, 17, 11];
  return WebAssembly.validate(new Uint8Array(probe));
}
