/** The range tracker of the kernel: every product exact, every value in its proven range, every limit where it is said. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { folder, remove, root } from './build.ts';

const into = folder();
afterAll(() => remove(into));

it('the lazy ranges of the transforms and the limits of the digits', () => {
  const program = join(into, 'range-track');
  const flags = ['-std=c++20', '-O2', '-ffp-contract=off', '-fno-exceptions', '-fno-rtti'];
  const source = join(root, 'kernel', 'tests', 'range_track.cpp');
  const compiler = process.env.CXX ?? 'g++';
  expect(spawnSync(compiler, [...flags, source, '-o', program], { encoding: 'utf8' }).stderr).toBe('');
  const { status, stdout } = spawnSync(program, { encoding: 'utf8' });
  expect(stdout.split('\n').filter((line) => line.includes('FAIL'))).toEqual([]);
  expect(stdout).toContain('range tracker passed');
  expect(status).toBe(0);
});
