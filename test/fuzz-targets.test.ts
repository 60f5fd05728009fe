/** Nothing that takes bytes or handles from outside is left out of the fuzz targets, and every corpus belongs to one. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { registry } from '../fuzz/registry.ts';
import { type Name, signatures, symbolOf } from '../src/kernel/border.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const names = execFileSync(process.execPath, [`${root}fuzz/run.mjs`, '--list'], { encoding: 'utf8' })
  .trim()
  .split('\n');
const native = readdirSync(`${root}fuzz/native`).flatMap((file) => file.match(/^target-(.*)\.cpp$/)?.[1] ?? []);

it('the runner knows every target', () => {
  expect([...names].sort()).toEqual([...Object.keys(registry), ...native].sort());
});

it('each folder of the corpus is of a target', () => {
  expect(readdirSync(`${root}fuzz/corpus`).filter((name) => !names.includes(name))).toEqual([]);
});

it('the border of the kernel is driven whole, but for the timing loop', () => {
  const text = readFileSync(`${root}fuzz/native/target-border.cpp`, 'utf8');
  const left = (Object.keys(signatures) as Name[]).filter((name) => !text.includes(`${symbolOf(name)}`));
  expect(left).toEqual(['fmaRun']);
});

it('every loader that a door exports is read by a target', () => {
  const targets = readdirSync(`${root}fuzz/targets`).map((file) => readFileSync(`${root}fuzz/targets/${file}`, 'utf8'));
  const doors = ['he', 'client', 'server', 'seal', 'index'].map((door) =>
    readFileSync(`${root}src/${door}.ts`, 'utf8'),
  );
  const loaders = new Set(doors.join('\n').match(/\b(?:load|import|receive)[A-Z]\w+/g));
  for (const other of ['loadKernel', 'loadClientKernel', 'loadModel', 'loadShippedModel']) loaders.delete(other);
  const left = [...loaders].filter(
    (name) => !/Options?$/.test(name) && !targets.some((text) => text.includes(`${name}(`)),
  );
  expect(left).toEqual([]);
});
