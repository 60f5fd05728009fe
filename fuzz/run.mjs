// npm run fuzz -- [--seconds N] [--target X]... [--jobs J] [--json] [--output FILE] [--minimise]
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { bundle } from './build.mjs';
import { minimise } from './minimise.mjs';
import { nativeTargets, typescriptTargets } from './names.mjs';
import { buildNative, missingForNative, runNative } from './native.mjs';
import { committed, grown, inParallel, root, runTarget, work } from './supervise.mjs';

const help = `Feeds hostile bytes to every way in for bytes, guided by coverage.

  --seconds N    seconds of fuzzing in all, shared among the targets (default 300); with --jobs J it takes N / J
  --target X     only this target (may be given several times)
  --jobs J       targets at a time (default 1)
  --json         one JSON object on standard output
  --output FILE  the same into a file, written anew after every slice
  --minimise     afterwards: inputs that cover something new go into fuzz/corpus/
  --list         the names of the targets

Inputs that broke a promise are saved in build/fuzz/crashes/. Ends with 0 if there were none.`;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '300' },
    target: { type: 'string', multiple: true, default: [] },
    jobs: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
    output: { type: 'string' },
    minimise: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const SLICE = 60;

const fail = (text) => {
  console.error(text);
  process.exit(2);
};
const all = [...typescriptTargets, ...nativeTargets];
if (values.help) {
  console.log(help);
  process.exit(0);
}
if (values.list) {
  console.log(all.join('\n'));
  process.exit(0);
}
const [seconds, jobs] = [Number(values.seconds), Number(values.jobs)];
if (!(seconds > 0) || !Number.isInteger(jobs) || jobs < 1)
  fail(`--seconds and --jobs take positive numbers\n\n${help}`);
const unknown = values.target.filter((name) => !all.includes(name));
if (unknown.length > 0) fail(`There is no target ${unknown.join(', ')}; there are ${all.join(', ')}`);

const chosen = values.target.length > 0 ? values.target : all;
const missing = missingForNative();
const skipped = missing ? chosen.filter((name) => nativeTargets.includes(name)) : [];
const targets = chosen.filter((name) => !skipped.includes(name));
if (targets.length === 0) fail(`Nothing to do: ${skipped.join(', ')} need ${missing}`);

const commit = execFileSync('git', ['rev-parse', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim();
const folder = join(work, 'instrumented');
await bundle({ out: folder });
if (targets.some((name) => nativeTargets.includes(name)))
  await buildNative(targets.filter((name) => nativeTargets.includes(name)));

const results = new Map(
  targets.map((target) => [
    target,
    {
      target,
      kind: nativeTargets.includes(target) ? 'native' : 'typescript',
      seconds: 0,
      executions: 0,
      edges: 0,
      crashes: 0,
      corpus: 0,
      crashFiles: [],
    },
  ]),
);

const share = seconds / targets.length;
const slices = Math.ceil(share / SLICE);
const queue = Array.from({ length: slices }, (_, round) => targets.map((target) => ({ target, round }))).flat();
await inParallel(queue, jobs, async ({ target, round }) => {
  const known = results.get(target);
  const options = { seconds: share / slices, seed: 1 + round + (Date.now() % 1_000_000) };
  add(known, await (known.kind === 'native' ? runNative(target, options) : runTypescript(target, options)));
  if (!values.json) console.log(line(known));
  save();
});

function runTypescript(target, options) {
  const save = grown(target);
  mkdirSync(save, { recursive: true });
  return runTarget(folder, target, { ...options, corpus: [committed(target), save], save, goOn: true });
}

function add(known, { executions, edges, crashes, corpus, seconds: spent, crashFiles, allocation, outcomes }) {
  known.seconds += spent ?? 0;
  known.executions += executions;
  known.crashes += crashes;
  known.edges = Math.max(known.edges, edges);
  known.corpus = Math.max(known.corpus, corpus);
  if (allocation !== undefined) known.allocation = Math.max(known.allocation ?? 0, allocation);
  for (const [outcome, count] of Object.entries(outcomes ?? {})) {
    known.outcomes ??= {};
    known.outcomes[outcome] = (known.outcomes[outcome] ?? 0) + count;
  }
  known.crashFiles.push(...crashFiles.map(({ file, what }) => ({ file: file && relative(root, file), what })));
}

function line({ target, seconds: spent, executions, edges, crashes, corpus, crashFiles }) {
  const rate = spent > 0 ? Math.round(executions / spent) : 0;
  const found = crashFiles.map(({ file, what }) => `\n    ${file}\n    ${what.split('\n')[0]}`).join('');
  return `${target.padEnd(28)} ${spent.toFixed(0).padStart(6)} s ${String(executions).padStart(11)} executions (${rate}/s) ${String(edges).padStart(6)} edges ${String(corpus).padStart(5)} inputs ${crashes} crashes${found}`;
}

function summary() {
  const list = [...results.values()];
  const total = (key) => list.reduce((sum, one) => sum + one[key], 0);
  return {
    commit,
    seconds: Math.round(total('seconds')),
    executions: total('executions'),
    crashes: total('crashes'),
    ...(skipped.length > 0 ? { skipped: { targets: skipped, reason: missing } } : {}),
    targets: list.map(({ seconds: spent, ...one }) => ({ ...one, seconds: Math.round(spent) })),
  };
}

function save() {
  if (values.output) writeFileSync(values.output, `${JSON.stringify(summary(), null, 2)}\n`);
}

if (values.minimise) await minimise(targets, folder);
save();
if (values.json) console.log(JSON.stringify(summary()));
else {
  if (skipped.length > 0) console.log(`skipped: ${skipped.join(', ')} (no ${missing})`);
  const { seconds: spent, executions, crashes } = summary();
  console.log(`${spent} s, ${executions} executions, ${crashes} crashes`);
}
process.exitCode = summary().crashes > 0 ? 1 : 0;
