/** Every deliberate fault has its place in the sources of the kernel; faults.slow.test.ts builds and catches them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root } from './build.ts';
import { faults } from './faults.ts';

it('FAULT(id) stands in the kernel for each fault of the list, and for no other', () => {
  const folder = join(root, 'kernel');
  const sources = readdirSync(folder).filter((name) => /\.(h|cpp)$/.test(name));
  const text = sources.map((name) => readFileSync(join(folder, name), 'utf8')).join('\n');
  const found = new Set([...text.matchAll(/FAULT\((\d+)\)/g)].map((match) => Number(match[1])));
  expect([...found].sort((a, b) => a - b)).toEqual(faults.map((f) => f.id));
});
