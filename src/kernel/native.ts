import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { type Border, makeBorder, symbolOf } from './border.ts';

type Addon = Record<string, (...args: unknown[]) => number>;

/** Where the addon may lie, in the order of preference; the same from src/kernel and dist/kernel. */
const places = (): string[] => [
  ...(process.env.HESPER_KERNEL_FILE ? [process.env.HESPER_KERNEL_FILE] : []),
  ...[`prebuilds/${process.platform}-${process.arch}/kernel.node`, 'build/native/kernel.node'].map((path) =>
    fileURLToPath(new URL(`../../${path}`, import.meta.url)),
  ),
];

/** The native border, or why there is none. */
export function loadNative(): { readonly border: Border } | { readonly reason: string } {
  const found = places().filter((path) => existsSync(path));
  const reasons: string[] = [];
  for (const path of found) {
    try {
      const addon = createRequire(import.meta.url)(path) as Addon;
      return { border: makeBorder((name) => addon[symbolOf(name)]!.bind(addon)) };
    } catch (error) {
      reasons.push(`${path}: ${(error as Error).message}`);
    }
  }
  return { reason: reasons.join('; ') || 'no native kernel was built for this machine' };
}
