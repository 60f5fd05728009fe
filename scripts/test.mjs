// Runs the tests and closes with one line: `N passed, N failed` (and `, N skipped` where a test was).
// `--slow` runs the *.slow.test.ts files instead of the ordinary ones; anything else goes to vitest.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';

const args = process.argv.slice(2);
const slow = args.includes('--slow');
const rest = args.filter((a) => a !== '--slow');
const report = new URL(`../build/test-${slow ? 'slow' : 'fast'}.json`, import.meta.url).pathname;
mkdirSync(new URL('../build/', import.meta.url), { recursive: true });
rmSync(report, { force: true });

const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
const run = spawnSync(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', ...reporters, ...rest], {
  stdio: ['ignore', 'inherit', 'inherit'],
  env: { ...process.env, HESPER_SLOW: slow ? '1' : '0' },
});

const { passed, failed, skipped } = count(report);
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exitCode = run.status === 0 && failed === 0 && passed > 0 ? 0 : 1;

/** A file that did not load counts as one failure: it has no test of its own to fail. */
function count(path) {
  try {
    const { numPassedTests, numFailedTests, numPendingTests, testResults } = JSON.parse(readFileSync(path, 'utf8'));
    const broken = testResults.filter((f) => f.status === 'failed' && f.assertionResults.length === 0).length;
    return { passed: numPassedTests, failed: numFailedTests + broken, skipped: numPendingTests };
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}
