/** One build of the kernel under the conformance suite; started by faults.slow.test.ts for each fault. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/faults/one-build.conformance.ts'],
    pool: 'forks',
    maxWorkers: 1,
    testTimeout: 120_000,
  },
});
