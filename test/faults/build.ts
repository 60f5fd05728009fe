/** Builds of the kernel for tests, in a temporary folder, and runs of the conformance suite over them. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));
export const folder = (): string => mkdtempSync(join(tmpdir(), 'hesper-faults-'));
export const remove = (path: string): void => rmSync(path, { recursive: true, force: true });

/** The environment without what the surrounding vitest, npm or user put in for another kernel. */
export function cleanEnvironment(extra: Record<string, string>): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(VITEST|HESPER_|NODE_OPTIONS|TEST$)/.test(name));
  return { ...Object.fromEntries(kept), ...extra };
}

/** Compiles the kernel with fault `id` (0: none) and returns the path of the addon. Throws with the compiler's words. */
export function buildKernel(into: string, id: number): string {
  const out = join(into, `kernel-${id}.node`);
  const script = join(root, 'scripts', 'build-native.mjs');
  const args = [script, '--strict', '--optimize', '1', '--out', out, '--define', `HESPER_FAULT=${id}`];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', env: cleanEnvironment({}) });
  if (status !== 0) throw new Error(`The kernel with fault ${id} was not built: ${stderr.trim()}`);
  return out;
}

export interface Verdict {
  readonly passed: number;
  /** What the kernels said of themselves. */
  readonly kernels: readonly string[];
  /** Names of the tests that failed; with `stopAtFirst` at most a few. */
  readonly failed: readonly string[];
  /** Set when the suite did not run as a suite: the last lines of its output. */
  readonly broken?: string;
}

interface Report {
  numPassedTests: number;
  testResults: { assertionResults: { status: string; fullName: string; ancestorTitles: string[] }[] }[];
}

/** Runs the conformance suite over an addon in a child process. `extra`: more of its environment. */
export function runConformance(
  into: string,
  addon: string,
  kernel: string,
  stopAtFirst: boolean,
  extra: Record<string, string> = {},
): Verdict {
  const report = join(into, 'report.json');
  remove(report);
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const config = ['--config', join(root, 'test', 'faults', 'vitest.config.ts'), '--root', root];
  const output = ['--reporter=json', `--outputFile=${report}`, ...(stopAtFirst ? ['--bail=1'] : [])];
  const { stdout, stderr } = spawnSync(process.execPath, [vitest, 'run', ...config, ...output], {
    encoding: 'utf8',
    cwd: root,
    env: cleanEnvironment({ HESPER_KERNEL_FILE: addon, HESPER_KERNEL: kernel, HESPER_THREADS: '1', ...extra }),
  });
  try {
    const { numPassedTests, testResults } = JSON.parse(readFileSync(report, 'utf8')) as Report;
    const tests = testResults.flatMap((f) => f.assertionResults);
    const failed = tests.filter((t) => t.status === 'failed').map((t) => t.fullName);
    const kernels = [...new Set(tests.map((t) => t.ancestorTitles[0]!))];
    const verdict = { passed: numPassedTests, kernels, failed };
    return tests.length > 0 ? verdict : { ...verdict, broken: stdout + stderr };
  } catch {
    return { passed: 0, kernels: [], failed: [], broken: `${stdout}${stderr}`.slice(-2000) };
  }
}
