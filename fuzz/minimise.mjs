// Keeps of the inputs that were found the few that cover as much: the committed corpus. Inputs that once broke a promise
// bear the name of their target and stay.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { nativeTargets } from './names.mjs';
import { mergeNative } from './native.mjs';
import { committed, grown, runTarget, work } from './supervise.mjs';

/** Bytes of a target's corpus in the repository: the smallest inputs first. Its samples are made anew for every run. */
const MOST_BYTES = 24_000;
/** And so many files, of all sizes. */
const MOST_INPUTS = 48;

export async function minimise(targets, folder) {
  for (const target of targets) {
    mkdirSync(work, { recursive: true });
    const made = mkdtempSync(join(work, 'merge-'));
    const from = [committed(target), grown(target)].filter((path) => existsSync(path));
    if (nativeTargets.includes(target)) await mergeNative(target, made, from);
    else await runTarget(folder, target, { corpus: from, save: made, merge: true, goOn: true });
    replace(target, made);
  }
}

function replace(target, made) {
  const old = committed(target);
  mkdirSync(old, { recursive: true });
  for (const name of readdirSync(old)) if (!name.startsWith(`${target}-`)) rmSync(join(old, name));
  const size = (name) => statSync(join(made, name)).size;
  const all = readdirSync(made).sort((a, b) => size(a) - size(b));
  const step = Math.max(1, all.length / MOST_INPUTS);
  let left = MOST_BYTES;
  for (const name of all.filter((_, i) => Math.floor(i / step) !== Math.floor((i - 1) / step))) {
    left -= size(name);
    if (left < 0) break;
    renameSync(join(made, name), join(old, name));
  }
  rmSync(made, { recursive: true, force: true });
  if (readdirSync(old).length === 0) rmSync(old, { recursive: true });
}
