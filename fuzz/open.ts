import type { Kernel } from '../src/kernel/kernel.ts';
import { loadKernel } from '../src/kernel/load.ts';
import { registry } from './registry.ts';
import type { Target } from './target.ts';

/** A target by name, with a kernel of its own. */
export async function openTarget(name: string): Promise<{ kernel: Kernel; target: Target }> {
  const make = await registry[name]?.();
  if (!make) throw new Error(`There is no target ${name}; there are ${Object.keys(registry).join(', ')}`);
  const kernel = await loadKernel({ threads: 1 });
  return { kernel, target: await make(kernel) };
}
