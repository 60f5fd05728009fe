// The names of all targets, without loading them.
import { readdirSync, readFileSync } from 'node:fs';

const here = (path) => new URL(path, import.meta.url);

/** Of TypeScript: the keys of the registry. */
export const typescriptTargets = [
  ...readFileSync(here('registry.ts'), 'utf8').matchAll(/^ {2}'?([\w-]+)'?: async/gm),
].map((match) => match[1]);

/** Of C++: the files of native/ that define a target. */
export const nativeTargets = readdirSync(here('native'))
  .filter((name) => /^target-.*\.cpp$/.test(name))
  .map((name) => name.slice('target-'.length, -'.cpp'.length));
