import { HesperError } from '../errors.ts';
import { type Argument, type Border, makeBorder, type Name, symbolOf } from './border.ts';

export type WasmExports = Record<string, (...args: number[]) => number>;

/** Arrays travel through memory taken from the kernel's pool for the time of a call, and wiped behind it. */
export function wasmBorder(exports: WasmExports, memory: WebAssembly.Memory): Border {
  return makeBorder((name, kinds) => {
    const call = exports[symbolOf(name)] ?? lacking(name);
    const arrays = [...kinds].some((k) => k !== 'i' && k !== 'f');
    if (!arrays) return (...args) => call(...(args as number[]));
    return (...args) => callWithArrays(exports, memory, call, kinds, args);
  });
}

const aligned = (bytes: number): number => Math.ceil(bytes / 64) * 64;

function callWithArrays(
  exports: WasmExports,
  memory: WebAssembly.Memory,
  call: WasmExports[string],
  kinds: string,
  args: Argument[],
): number {
  let bytes = 64;
  for (const x of args) if (typeof x !== 'number') bytes += aligned(x.byteLength);
  const base = exports.hesper_arguments_take!(bytes) >>> 0;
  if (base === 0) return -3;
  let at = base;
  const flat: number[] = [];
  const outputs: { to: Argument & object; at: number }[] = [];
  for (const [i, x] of args.entries()) {
    if (typeof x === 'number') {
      flat.push(x);
      continue;
    }
    const written = kinds[i] === 'G' || kinds[i] === 'C';
    if (written) outputs.push({ to: x, at });
    else viewLike(memory, x, at).set(x as never);
    flat.push(at, x.length);
    at += aligned(x.byteLength);
  }
  const status = call!(...flat);
  if (status >= 0) for (const { to, at: from } of outputs) to.set(viewLike(memory, to, from) as never);
  exports.hesper_arguments_give!(base, bytes);
  return status;
}

function viewLike(memory: WebAssembly.Memory, x: Int32Array | Float64Array | Uint8Array, at: number) {
  if (x instanceof Float64Array) return new Float64Array(memory.buffer, at, x.length);
  return x instanceof Int32Array
    ? new Int32Array(memory.buffer, at, x.length)
    : new Uint8Array(memory.buffer, at, x.length);
}

/** The kernel of clients has no verbs of evaluation. */
function lacking(name: Name): () => never {
  return () => {
    throw new HesperError('kernel-unavailable', `This kernel is for clients: it has no ${name}`, {
      met: 'the kernel of hesper/client in a browser',
      wanted: 'a kernel that computes on ciphertexts',
      remedy: 'Load the kernel with loadKernel of hesper/he',
    });
  };
}
