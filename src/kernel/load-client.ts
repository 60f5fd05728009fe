import { BoundKernel } from './bound-kernel.ts';
import type { Kernel } from './kernel.ts';
import type { LoadOptions } from './load.ts';
import { isNode } from './native.ts';
import { type WasmExports, wasmBorder } from './wasm-border.ts';

/**
 * A kernel to make keys, encrypt and decrypt with. In a browser it is a third of the whole one to download, on one thread,
 * and verbs that compute on ciphertexts are refused ('kernel-unavailable'). In Node, and where a variant or several
 * threads are asked for, it is the whole one.
 * @throws as `loadKernel` of hesper/he
 */
export async function loadClientKernel(options: LoadOptions = {}): Promise<Kernel> {
  if (isNode() || options.variant !== undefined || (options.threads ?? 1) !== 1) {
    const { loadKernel } = await import('./load.ts');
    return loadKernel(options);
  }
  const response = await fetch(new URL('../../kernel/wasm/client.wasm', import.meta.url));
  return openClientKernel(await response.arrayBuffer());
}

/** @internal The same from the bytes of the module. */
export async function openClientKernel(bytes: BufferSource): Promise<Kernel> {
  const { instance } = await WebAssembly.instantiate(bytes, {});
  const exports = instance.exports as unknown as WasmExports & { memory: WebAssembly.Memory };
  const border = wasmBorder(exports, exports.memory);
  const reason = 'the kernel of clients: it makes keys, encrypts and decrypts';
  return new BoundKernel(border, { variant: 'wasm', variantId: 4, threads: 1, reason });
}
