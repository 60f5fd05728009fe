import { describeKernel } from '../../src/kernel/kernel.conformance.ts';
import { type LoadOptions, loadKernel } from '../../src/kernel/load.ts';
import { describe, expect, it, type Outcome, runTests } from './vitest-shim.ts';

export interface KernelSaid {
  readonly features: readonly string[];
  readonly threads: number;
  readonly reason: string;
}

/** What the kernel says of itself. */
export async function said(options: LoadOptions): Promise<KernelSaid> {
  const kernel = await loadKernel(options);
  const { features, threads, reason } = kernel;
  kernel.close();
  return { features, threads, reason };
}

/** Kernels opened and closed one after the other; each has to end its threads and let go of its memory. */
export async function again(options: LoadOptions, times: number): Promise<number> {
  let threads = 0;
  for (let i = 0; i < times; i++) {
    const kernel = await loadKernel(options);
    kernel.release(kernel.allocate(2 ** 20));
    threads += kernel.threads;
    kernel.close();
  }
  return threads;
}

/** The whole conformance suite, oracle included, over a kernel loaded here. */
export async function conformance(options: LoadOptions): Promise<Outcome> {
  const kernel = await loadKernel(options);
  const outcome = await runTests(() => describeKernel('conforms', () => kernel), 120_000);
  kernel.close();
  return outcome;
}

/** A suite of which one test of three must fail, and one is skipped: to see that this is told. */
export const failing = (): Promise<Outcome> =>
  runTests(() => {
    describe('numbers', () => {
      it('fail', () => expect(Float64Array.of(0)).toEqual(Float64Array.of(-0)));
      it('pass', () => expect(() => BigInt(0.5)).toThrow(expect.objectContaining({ name: 'RangeError' })));
      it('leave', ({ skip }) => skip('as asked'));
    });
  }, 1000);
