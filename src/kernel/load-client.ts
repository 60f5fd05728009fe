import { BoundKernel, variantNames } from './bound-kernel.ts';
import type { Kernel } from './kernel.ts';
import type { LoadOptions } from './load.ts';
import { isNode } from './native.ts';
import { wasmBorder } from './wasm-border.ts';
import { openModule, type WasmFiles } from './wasm-module.ts';

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
  return openClientKernel(options.features?.relaxed !== false);
}

const files = (): WasmFiles => ({
  plain: new URL('../../kernel/wasm/client.wasm', import.meta.url),
  relaxed: new URL('../../kernel/wasm/client-relaxed.wasm', import.meta.url),
});

/** @internal The same, in Node as well. */
export async function openClientKernel(relaxed: boolean): Promise<Kernel> {
  const opened = await openModule(files(), relaxed, () => undefined);
  const reason = `the kernel of clients: it makes keys, encrypts and decrypts; ${opened.reason}`;
  const border = wasmBorder(opened.exports, opened.memory);
  return new BoundKernel(border, { variant: 'wasm', variantId: variantNames.indexOf('wasm'), threads: 1, reason });
}
