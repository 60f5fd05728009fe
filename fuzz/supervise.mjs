// Runs one target in a process of its own and watches it: a fault that ends the process, or an input that stops it, is
// found by what the process said last.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));
export const work = join(root, 'build', 'fuzz');
export const committed = (target) => join(root, 'fuzz', 'corpus', target);
export const grown = (target) => join(work, 'corpus', target);
const crashes = join(work, 'crashes');

/** Memory of JavaScript, MiB: what asks for more is a bomb, and ends the process. */
const HEAP = 512;
/** Seconds without a word after which an input counts as one that never ends. */
const PATIENCE = 30;

/**
 * Runs the session of a target out of `folder` (see build.mjs). Resolves with what it reported last:
 * { executions, crashes, edges, ..., crashFiles: [{ file, what }] }.
 */
export function runTarget(folder, target, options) {
  mkdirSync(work, { recursive: true });
  const stateFile = join(work, `${target}-${process.pid}.state`);
  const job = { target, crashes, stateFile, corpus: [committed(target)], seed: 1, ...options };
  const child = spawn(
    process.execPath,
    [`--max-old-space-size=${HEAP}`, join(folder, 'fuzz.mjs'), JSON.stringify(job)],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        HESPER_KERNEL_FILE: join(root, 'build', 'native', 'kernel.node'),
        HESPER_THREADS: '1',
        NODE_ENV: 'test',
      },
    },
  );
  return watched(child, target, stateFile);
}

function watched(child, target, stateFile) {
  return new Promise((resolve) => {
    let last = { target, executions: 0, crashes: 0, edges: 0, corpus: 0 };
    const crashFiles = [];
    let rest = '';
    let errors = '';
    let hung = false;
    let timer;
    const wait = () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        hung = true;
        child.kill('SIGKILL');
      }, PATIENCE * 1000);
    };
    const take = (line) => {
      const facts = JSON.parse(line);
      if (facts.crash) crashFiles.push({ file: facts.crash, what: facts.what });
      else last = facts;
    };
    wait();
    child.stdout.on('data', (data) => {
      wait();
      const lines = (rest + data).split('\n');
      rest = lines.pop();
      lines.filter(Boolean).forEach(take);
    });
    child.stderr.on('data', (data) => (errors = (errors + data).slice(-4000)));
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      const { done, ...facts } = last;
      if (!done) {
        const what = hung ? `no end within ${PATIENCE} s` : `ended by ${signal ?? code}: ${errors.trim()}`;
        crashFiles.push({ file: keepState(target, stateFile), what });
        facts.crashes++;
      }
      rmSync(stateFile, { force: true });
      resolve({ ...facts, crashFiles });
    });
  });
}

/** The input that was tried last, saved under its digest. */
function keepState(target, stateFile) {
  if (!existsSync(stateFile)) return null;
  const state = readFileSync(stateFile);
  if (state.length < 4) return null;
  const bytes = state.subarray(4, 4 + state.readUInt32LE(0));
  return keepCrash(target, bytes);
}

export function keepCrash(target, bytes) {
  mkdirSync(crashes, { recursive: true });
  const file = join(crashes, `${target}-${createHash('sha1').update(bytes).digest('hex')}`);
  writeFileSync(file, bytes);
  return file;
}

/** Calls `work` for every item, `jobs` at a time. */
export async function inParallel(items, jobs, body) {
  const queue = [...items];
  const one = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await body(item);
  };
  await Promise.all(Array.from({ length: jobs }, one));
}
