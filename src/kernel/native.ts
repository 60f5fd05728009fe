import { type Border, makeBorder, symbolOf } from './border.ts';

type Addon = Record<string, (...args: unknown[]) => number>;

export type NativeResult = { readonly border: Border } | { readonly reason: string };

export const isNode = (): boolean => typeof process !== 'undefined' && process.versions?.node !== undefined;

/** This module's address, in a variable so that bundlers do not take the addon's paths for assets. */
const here = import.meta.url;

/** Where the addon may lie, in the order of preference; the same from src/kernel and dist/kernel. */
async function places(): Promise<string[]> {
  const { fileURLToPath } = await import('node:url');
  const { existsSync } = await import('node:fs');
  const inPackage = [`prebuilds/${process.platform}-${process.arch}/kernel.node`, 'build/native/kernel.node'];
  const paths = inPackage.map((path) => fileURLToPath(new URL(`../../${path}`, here)));
  return [process.env.HESPER_KERNEL_FILE ?? '', ...paths].filter((path) => path !== '' && existsSync(path));
}

/** The native border, or why there is none. */
export async function loadNative(): Promise<NativeResult> {
  if (!isNode()) return { reason: 'native kernels need Node' };
  const { createRequire } = await import('node:module');
  const reasons: string[] = [];
  for (const path of here.startsWith('file:') ? await places() : []) {
    try {
      const addon = createRequire(here)(path) as Addon;
      return { border: makeBorder((name) => addon[symbolOf(name)]!.bind(addon)) };
    } catch (error) {
      reasons.push(`${path}: ${(error as Error).message}`);
    }
  }
  return { reason: reasons.join('; ') || 'no native kernel was built for this machine' };
}
