import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';

const program = fileURLToPath(new URL('leaks/forget.mjs', import.meta.url));

interface Outcome {
  readonly warnings: readonly string[];
  /** Buffers in use before anything was made, with everything made, and after collection. */
  readonly live: readonly [number, number, number];
  /** Whether what was not forgotten still decrypts. */
  readonly intact: boolean;
}

function run(what: string, environment: Record<string, string> = {}): Outcome {
  const env = { ...process.env, NODE_ENV: undefined, HESPER_DEBUG: undefined, ...environment };
  const child = spawnSync(process.execPath, ['--expose-gc', program, what], { encoding: 'utf8', env });
  expect(child.stderr).toBe('');
  return JSON.parse(child.stdout) as Outcome;
}

describe('objects that nobody disposed of', () => {
  let forgotten: Outcome;
  beforeAll(() => {
    forgotten = run('forget');
  });

  it('give their kernel memory back when they are collected', () => {
    const [before, during, after] = forgotten.live;
    expect(during - before).toBeGreaterThan(5);
    expect(after).toBe(before);
  });

  it('are warned of, once for each kind', () => {
    const kinds = forgotten.warnings.map((text) => text.match(/^A Hesper (.*?) was garbage-collected/)?.[1]);
    expect(kinds.toSorted()).toEqual([
      'ciphertext',
      'context',
      'evaluation key',
      'evaluator',
      'plaintext',
      'public key',
      'secret key',
    ]);
    for (const text of forgotten.warnings) expect(text).toContain('HESPER_DEBUG=1');
  });

  it('are named with the place where they were made, where that is asked for', () => {
    for (const environment of [{ HESPER_DEBUG: '1' }, { NODE_ENV: 'development' }] as Record<string, string>[]) {
      const { warnings } = run('forget', environment);
      expect(warnings.length).toBe(7);
      for (const text of warnings) expect(text).toMatch(/It was made\n {4}at .*forget\.mjs:\d+:\d+/);
    }
  });

  it('are not warned of in production and in tests, and give their memory back all the same', () => {
    for (const NODE_ENV of ['production', 'test']) {
      const { warnings, live } = run('forget', { NODE_ENV });
      expect(warnings).toEqual([]);
      expect(live[2]).toBe(live[0]);
    }
  });

  it('are no leak if they were disposed of, if their memory is shared with a living one, or if the kernel was closed', () => {
    for (const what of ['dispose', 'share', 'close'])
      expect(run(what), what).toMatchObject({ warnings: [], intact: true });
  });

  it('of the service are named by their own names', () => {
    const { warnings, live } = run('service');
    const kinds = warnings.map((text) => text.match(/^A Hesper (.*?) was garbage-collected/)?.[1]);
    expect(kinds).toEqual(expect.arrayContaining(['inference client', 'inference session']));
    expect(kinds).not.toContain('secret key');
    expect(live[2]).toBe(live[0]);
  });
});
