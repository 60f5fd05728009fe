/** What the conformance suite takes from 'vitest', over the same runner and the same expectations, for pages. */
import {
  ASYMMETRIC_MATCHERS_OBJECT,
  chai,
  getState,
  JestAsymmetricMatchers,
  JestChaiExpect,
  JestExtend,
  setState,
} from '@vitest/expect';
import {
  afterAll,
  beforeAll,
  describe,
  type File,
  it,
  startTests,
  type Task,
  type VitestRunner,
  type VitestRunnerConfig,
} from '@vitest/runner';

export { afterAll, beforeAll, describe, it };

for (const plugin of [JestExtend, JestChaiExpect, JestAsymmetricMatchers]) chai.use(plugin);
const matchers = (globalThis as unknown as Record<symbol, object>)[ASYMMETRIC_MATCHERS_OBJECT];
const call = (value: unknown, message?: string): unknown => {
  setState({ assertionCalls: (getState(expect).assertionCalls ?? 0) + 1 }, expect);
  return chai.expect(value, message);
};
export const expect = Object.assign(call, chai.expect, matchers) as never as typeof import('vitest').expect;
setState({ assertionCalls: 0 }, expect);

export interface Outcome {
  readonly passed: number;
  readonly skipped: number;
  /** Names with their reasons. */
  readonly failed: readonly string[];
  readonly assertions: number;
}

/** Runs the tests that `register` registers, one after the other. */
export async function runTests(register: () => void, testTimeout: number): Promise<Outcome> {
  const config = {
    root: '/',
    setupFiles: [],
    name: undefined,
    passWithNoTests: false,
    testNamePattern: undefined,
    allowOnly: false,
    sequence: { seed: 1, hooks: 'stack', setupFiles: 'list' },
    chaiConfig: undefined,
    maxConcurrency: 1,
    testTimeout,
    hookTimeout: testTimeout,
    retry: 0,
    includeTaskLocation: undefined,
    tags: [],
    tagsFilter: undefined,
    strictTags: false,
  } as unknown as VitestRunnerConfig;
  const runner: VitestRunner = { config, importFile: () => register() };
  const files = await startTests(['suite'], runner);
  return outcome(files);
}

function outcome(files: readonly File[]): Outcome {
  const tests = files.flatMap((file) => testsOf(file));
  const broken = files
    .filter((file) => file.result?.errors)
    .map((file) => `suite: ${file.result!.errors![0]!.message}`);
  const failed = tests.filter((test) => test.task.result?.state === 'fail');
  return {
    passed: tests.filter((test) => test.task.result?.state === 'pass').length,
    skipped: tests.filter((test) => test.task.mode === 'skip' || test.task.result?.state === 'skip').length,
    failed: [...broken, ...failed.map(({ name, task }) => `${name}: ${task.result!.errors?.[0]?.message}`)],
    assertions: getState(expect).assertionCalls ?? 0,
  };
}

const testsOf = (task: Task, above = ''): { name: string; task: Task }[] => {
  const name = `${above} ${task.name}`.trim();
  return task.type === 'suite' ? task.tasks.flatMap((inner) => testsOf(inner, name)) : [{ name, task }];
};
