#!/usr/bin/env node
import { existsSync } from 'node:fs';

const main = new URL('../dist/cli/main.js', import.meta.url);
if (existsSync(main)) {
  const { run } = await import(main.href);
  process.exitCode = await run(process.argv);
} else {
  console.error('hesper: dist/ is not built. Run `npm ci` (or `npm run build`) in the package folder first.');
  process.exitCode = 1;
}
