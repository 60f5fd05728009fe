/**
 * One build of the kernel under the conformance suite, started by runConformance (build.ts). HESPER_NODE_FLAGS: flags of
 * the Node that runs it.
 */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/faults/one-build.conformance.ts'],
    pool: 'forks',
    execArgv: process.env.HESPER_NODE_FLAGS?.split(' ') ?? [],
    maxWorkers: 1,
    testTimeout: 120_000,
  },
});
