// Keeps of the inputs that were found the few that cover as much: the committed corpus.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { nativeTargets } from './names.mjs';
import { mergeNative } from './native.mjs';
import { committed, grown, runTarget, work } from './supervise.mjs';

/** Larger inputs stay out of the repository. */
const MOST_BYTES = 20_000;

export async function minimise(targets, folder) {
  for (const target of targets) {
    mkdirSync(work, { recursive: true });
    const made = mkdtempSync(join(work, 'merge-'));
    const from = [committed(target), grown(target)].filter((path) => existsSync(path));
    if (nativeTargets.includes(target)) await mergeNative(target, made, from);
    else await runTarget(folder, target, { corpus: from, save: made, merge: true, goOn: true });
    for (const name of readdirSync(made)) if (statSync(join(made, name)).size > MOST_BYTES) rmSync(join(made, name));
    rmSync(committed(target), { recursive: true, force: true });
    mkdirSync(join(committed(target), '..'), { recursive: true });
    renameSync(made, committed(target));
  }
}
