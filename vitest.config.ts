import { defineConfig } from 'vitest/config';

const slow = process.env.HESPER_SLOW === '1';

export default defineConfig({
  test: {
    include: slow ? ['{src,test,examples}/**/*.slow.test.ts'] : ['{src,test,examples}/**/*.test.ts'],
    exclude: slow ? ['node_modules/**'] : ['node_modules/**', '**/*.slow.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: slow ? 1_800_000 : 60_000,
    hookTimeout: 120_000,
  },
});
