import { HesperError } from '../errors.ts';
import { isNode } from './native.ts';
import type { WasmExports } from './wasm-border.ts';

/** Two builds of one kernel. Static URLs, so that bundlers emit both and a browser downloads the one picked. */
export interface WasmFiles {
  readonly plain: URL;
  readonly relaxed: URL;
}

export interface OpenModule {
  readonly module: WebAssembly.Module;
  readonly exports: WasmExports;
  readonly memory: WebAssembly.Memory;
  /** Why this build: about multiply-adds. */
  readonly reason: string;
}

/** What a module imports, made anew for each try: a module writes its data into the memory given. */
export type MakeMemory = () => WebAssembly.Memory | undefined;

/**
 * The build with relaxed SIMD where the engine has it and its multiply-add is fused, which the loaded module finds out by
 * itself; else the plain one.
 * @throws 'kernel-unavailable' when a file cannot be had
 */
export async function openModule(files: WasmFiles, relaxed: boolean, memory: MakeMemory): Promise<OpenModule> {
  if (!relaxed) return open(files.plain, memory, 'relaxed SIMD not wanted');
  if (!hasRelaxedSimd()) return open(files.plain, memory, 'no relaxed SIMD in this engine');
  const fused = await open(files.relaxed, memory, 'relaxed SIMD with a fused multiply-add');
  if (fused.exports.hesper_fused!() === 1) return fused;
  return open(files.plain, memory, 'the multiply-add of relaxed SIMD is not fused here');
}

async function open(file: URL, makeMemory: MakeMemory, reason: string): Promise<OpenModule> {
  const module = await compile(file);
  const given = makeMemory();
  const { exports } = await WebAssembly.instantiate(module, given ? { env: { memory: given } } : {});
  const memory = given ?? (exports.memory as WebAssembly.Memory);
  return { module, exports: exports as unknown as WasmExports, memory, reason };
}

async function compile(file: URL): Promise<WebAssembly.Module> {
  if (file.protocol === 'file:' && isNode()) {
    const { readFile } = await import('node:fs/promises');
    return WebAssembly.compile(new Uint8Array(await readFile(file)));
  }
  const response = await fetch(file).catch((error) => unreachable(file, String(error)));
  if (!response.ok) unreachable(file, `${response.status} ${response.statusText}`.trim());
  // Compiles while it arrives, and lets the browser keep the code; refuses servers that name another type.
  const typed = response.headers.get('content-type')?.startsWith('application/wasm');
  return typed ? WebAssembly.compileStreaming(response) : WebAssembly.compile(await response.arrayBuffer());
}

function unreachable(file: URL, met: string): never {
  throw new HesperError('kernel-unavailable', `The kernel's file ${file.pathname} cannot be loaded`, {
    met,
    wanted: 'a WebAssembly module',
    remedy: 'Serve the assets that the bundler made beside the page, and see that the address leads to them.',
  });
}

// Modules of one function that gives a v128, up to its body.
const head = [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0];
const zeros = [65, 0, 253, 17]; // i32.const 0, i32x4.splat
const validates = (...body: number[]): boolean =>
  WebAssembly.validate(new Uint8Array([...head, 10, body.length + 4, 1, body.length + 2, 0, ...body, 11]));

/** Does this engine run SIMD128? */
export const hasSimd = (): boolean => validates(...zeros);

/** Does it know f64x2.relaxed_madd? */
export const hasRelaxedSimd = (): boolean => validates(...zeros, ...zeros, ...zeros, 253, 0x87, 2);
