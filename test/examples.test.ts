import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

async function printed(file: string): Promise<string> {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  await import(`${root}examples/${file}`);
  const lines = log.mock.calls.map((call) => call.join(' ')).join('\n');
  log.mockRestore();
  return lines;
}

/** Each example and what it has to print. */
const examples: Record<string, RegExp> = {
  '01-encrypted-digits.ts': /^decrypted 7 2 1 0 4 1 4 9 5 9, true 7 2 1 0 4 1 4 9 5 9$/,
  '02-your-own-model.ts':
    /^(4[6-9]\d|500) of 500 encrypted points classified correctly, 128-bit security, ring degree \d+$/,
  '03-engine.ts': /^3 x\^2 - 1 at 0\.5, -1\.2, 2: -0\.250, 3\.320, 11\.000$/,
};

describe('examples', () => {
  it.each(Object.keys(examples))('%s runs', async (file) => {
    expect(await printed(file)).toMatch(examples[file]!);
  });

  it('are all listed here', () => {
    expect(
      readdirSync(`${root}examples`)
        .filter((f) => f.endsWith('.ts'))
        .sort(),
    ).toEqual(Object.keys(examples));
  });

  it('the README begins with the first one, word for word', () => {
    const readme = readFileSync(`${root}README.md`, 'utf8');
    const program = readFileSync(`${root}examples/01-encrypted-digits.ts`, 'utf8').split('\n').slice(1).join('\n');
    expect(readme.indexOf('```ts')).toBeGreaterThan(0);
    expect(readme.split('```ts\n')[1]!.split('```')[0]).toBe(program);
  });

  it("the README's other programs fit together and type-check", () => {
    const blocks = [...readFileSync(`${root}README.md`, 'utf8').matchAll(/^ *```ts\n([\s\S]*?)^ *```/gm)].map(
      (m) => m[1]!,
    );
    expect(blocks.length).toBe(4);
    const file = `${root}build/readme-check.ts`;
    mkdirSync(`${root}build`, { recursive: true });
    writeFileSync(file, blocks.slice(1).join('\n'));
    writeFileSync(
      `${root}build/tsconfig.readme.json`,
      JSON.stringify({
        extends: '../tsconfig.json',
        compilerOptions: { rootDir: '..' },
        include: [],
        files: ['readme-check.ts'],
      }),
    );
    const tsc = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'build/tsconfig.readme.json'], {
      cwd: root,
      encoding: 'utf8',
    });
    rmSync(file);
    expect(tsc.stdout).toBe('');
  });
});
