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
  '03-several-moduli.ts': /^turnover: 3998, 29500000, 69299230$/,
  '04-exact-network.ts': /^bfv (-?\d\.\d{3}) .*, every digit equal: true\nckks (-?\d\.\d{2}).*$/,
};

/** One for every circuit: the result, and how many bits of it are right. */
const circuits: Record<string, RegExp> = {
  'compare.ts': /^maximum: 0\.125, 0\.437, 0\.750, 0\.187, (1[89]|2\d) bits; comparison: (1[6-9]|2\d) bits$/,
  'complex.ts': /^complex parts: -?0\.000, 1\.100, 0\.265; -?0\.000, -0\.818, -0\.823; (2[6-9]|3\d) bits$/,
  'inner-sum.ts': /^variance: 0\.500, (2[5-9]|3\d) bits$/,
  'inverse.ts': /^inverse: 1\.000, 0\.999, 0\.998, 0\.997 after 5 iterations, (2[6-9]|3\d) bits$/,
  'linear-transform.ts': /^linear transform: 0\.750, 1\.000, 1\.000, 0\.750, (2[6-9]|3\d) bits$/,
  'matrix-vector.ts': /^matrix times vector: 1\.972, -1\.898, 1\.610, -3\.150, (2[89]|3\d) bits$/,
  'polynomial.ts': /^logistic function: 0\.500, .*, (2[6-9]|3\d) bits, 1\d with the fit's error$/,
  'replicate.ts': /^replicated: 0\.000, 0\.244, (2[89]|3\d) bits$/,
  'rows-and-columns.ts': /^rows, then columns: 6\.171, 2\.143, (2[4-9]|3\d) bits$/,
};

describe('examples of circuits', () => {
  it.each(Object.keys(circuits))('%s runs', async (file) => {
    expect(await printed(`circuits/${file}`)).toMatch(circuits[file]!);
  });

  it('are all listed here', () => {
    const files = readdirSync(`${root}examples/circuits`).filter((file) => file !== 'setup.ts');
    expect(files.sort()).toEqual(Object.keys(circuits));
  });
});

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
