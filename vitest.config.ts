import { defineConfig } from 'vitest/config';

const slow = process.env.HESPER_SLOW === '1';

const source = (file: string): string => new URL(`./src/${file}.ts`, import.meta.url).pathname;

export default defineConfig({
  // Examples import the package by its name, as users do; here that is the source.
  resolve: {
    alias: [
      { find: /^hesper$/, replacement: source('index') },
      { find: /^hesper\/(.*)$/, replacement: source('$1') },
    ],
  },
  test: {
    include: slow ? ['{src,test,examples}/**/*.slow.test.ts'] : ['{src,test,examples}/**/*.test.ts'],
    exclude: slow ? ['node_modules/**'] : ['node_modules/**', '**/*.slow.test.ts'],
    globalSetup: ['test/build.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: slow ? 1_800_000 : 60_000,
    hookTimeout: 120_000,
  },
});
