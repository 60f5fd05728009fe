import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import * as circuits from '../src/circuits.ts';
import * as he from '../src/he.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const page = readFileSync(`${root}docs/coming-from.md`, 'utf8');
const programs = ['with-node-seal.mjs', 'with-hesper.mjs'].map((name) => `${root}test/coming-from/${name}`);

describe('coming from another library', () => {
  it('one program in both prints the same', async () => {
    const run = async (program: string) =>
      (await promisify(execFile)(process.execPath, [program], { cwd: root })).stdout;
    expect(await Promise.all(programs.map(run))).toEqual(new Array(2).fill('-7 -33 11 budget left: true\n'));
  });

  it('the page shows these programs, word for word', () => {
    const shown = [...page.matchAll(/```js\n([\s\S]*?)```/g)].map((match) => match[1]);
    expect(shown).toEqual(programs.map((program) => readFileSync(program, 'utf8')));
  });

  it('the page names functions that there are', () => {
    const known = new Set([...Object.keys(he), ...Object.keys(circuits)]);
    const ours = page
      .split('\n')
      .filter((line) => line.startsWith('| ') && line.includes('`'))
      .flatMap((line) =>
        [
          ...line
            .split('|')
            .at(-2)!
            .matchAll(/`(?:new )?([A-Za-z]+)\(/g),
        ].map((match) => match[1]!),
      );
    const methods = ['secretKey', 'publicKey', 'relinearizationKey', 'galoisKeys', 'dispose'];
    expect(ours.length).toBeGreaterThan(20);
    expect(ours.filter((name) => !known.has(name) && !methods.includes(name))).toEqual([]);
  });
});
