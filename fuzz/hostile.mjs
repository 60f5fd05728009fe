// npm run hostile -- [--count N] [--target X]... [--jobs J] [--output FILE] [--json] [--resume] [--fuzzed RESULTS]
//
// N hostile inputs for every way in for bytes: valid objects, changed with and without knowledge of their format. Each has
// to be refused with a type or be another valid object, in time, without memory beyond twice the stated bound, and
// nothing may stay in memory. Ends with 0 if all of them were. --resume goes on with what --output holds of the present
// commit. --fuzzed: inputs of a fuzzing run at this commit count (its --output), and only those that lack are made.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { bundle } from './build.mjs';
import { nativeTargets, typescriptTargets } from './names.mjs';
import { buildNative, missingForNative, runNative } from './native.mjs';
import { inParallel, root, runTarget, work } from './supervise.mjs';

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '1000000' },
    target: { type: 'string', multiple: true, default: [] },
    jobs: { type: 'string', default: '1' },
    output: { type: 'string', default: join(root, 'bench', 'results', 'hostile.json') },
    resume: { type: 'boolean', default: false },
    fuzzed: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const count = Number(values.count);
const all = [...typescriptTargets, ...nativeTargets];
const unknown = values.target.filter((name) => !all.includes(name));
if (!Number.isInteger(count) || count < 1 || unknown.length > 0) {
  console.error(`--count takes a whole number; --target one of ${all.join(', ')}`);
  process.exit(2);
}
const missing = missingForNative();
const chosen = (values.target.length > 0 ? values.target : all).filter(
  (name) => !(missing && nativeTargets.includes(name)),
);
const commit = execFileSync('git', ['rev-parse', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim();
/** With --resume what an earlier run has done at this commit is kept. */
const before = values.resume && existsSync(values.output) ? JSON.parse(readFileSync(values.output, 'utf8')) : undefined;
const results = new Map((before?.commit === commit ? before.targets : []).map((one) => [one.target, one]));
const run = values.fuzzed ? JSON.parse(readFileSync(values.fuzzed, 'utf8')) : undefined;
if (run && run.commit !== commit) {
  console.error(`${values.fuzzed} is of another commit: ${run.commit}`);
  process.exit(2);
}
const fuzzed = new Map((run?.targets ?? []).map(({ target, executions }) => [target, executions]));
const wanted = (name) => Math.max(0, count - (fuzzed.get(name) ?? 0));
const left = chosen.filter((name) => !(results.get(name)?.inputs >= count));

const folder = join(work, 'plain');
await bundle({ out: folder, instrumented: false });
if (left.some((name) => nativeTargets.includes(name))) await buildNative(nativeTargets);

await inParallel(left, Number(values.jobs), async (target) => {
  const seed = 1 + (Date.now() % 1_000_000);
  const isNative = nativeTargets.includes(target);
  const facts = isNative
    ? await runNative(target, { runs: wanted(target), seed })
    : await runTarget(folder, target, { count: wanted(target), seed, goOn: true });
  results.set(target, entry(facts, isNative));
  writeFileSync(values.output, `${JSON.stringify(summary(), null, 2)}\n`);
  if (!values.json) console.log(JSON.stringify(results.get(target)));
});

function entry({ target, executions, seconds, crashes, allocation, outcomes, crashFiles }, isNative) {
  return {
    target,
    kind: isNative ? 'native' : 'typescript',
    inputs: executions + (fuzzed.get(target) ?? 0),
    ...(fuzzed.has(target) ? { fuzzed: fuzzed.get(target) } : {}),
    seconds: Math.round(seconds * 10) / 10,
    inputsPerSecond: Math.round(executions / Math.max(seconds, 0.1)),
    crashes,
    /** The largest share of the stated bound that one input allocated; more than 2 is a crash. */
    ...(allocation === undefined ? {} : { allocationOfBound: Math.round(allocation * 1000) / 1000 }),
    ...(outcomes === undefined ? {} : { outcomes }),
    ...(crashFiles.length > 0 ? { crashFiles } : {}),
  };
}

function summary() {
  const targets = all.filter((name) => results.has(name)).map((name) => results.get(name));
  const total = (key) => targets.reduce((sum, one) => sum + one[key], 0);
  return {
    commit,
    inputs: total('inputs'),
    crashes: total('crashes'),
    fewest: Math.min(...targets.map((one) => one.inputs)),
    ...(missing ? { skipped: { targets: nativeTargets, reason: missing } } : {}),
    targets,
  };
}

if (values.json) console.log(JSON.stringify(summary()));
else console.log(`${summary().inputs} inputs, ${summary().crashes} crashes`);
process.exitCode = summary().crashes > 0 ? 1 : 0;
