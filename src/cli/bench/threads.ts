import { type Kernel, loadKernel } from '../../he.ts';
import type { BenchRow } from './harness.ts';
import type { BenchOptions } from './options.ts';

/** Runs a benchmark once for each thread count asked for, each with a kernel of its own. The last kernel stays open. */
export async function perThreads(
  options: BenchOptions,
  defaults: readonly number[],
  measure: (kernel: Kernel) => Promise<BenchRow[]>,
): Promise<{ kernel: Kernel; rows: BenchRow[] }> {
  const rows: BenchRow[] = [];
  let kernel: Kernel | undefined;
  for (const threads of options.threads ?? defaults) {
    kernel?.close();
    kernel = await loadKernel({ variant: options.kernel, threads, features: options.features });
    rows.push(...(await measure(kernel)));
  }
  return { kernel: kernel!, rows };
}
