import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { slotRoots } from './bound-kernel.ts';
import { primesBelow, rootOf } from './tools.conformance.ts';

const addon = fileURLToPath(new URL('../../build/native/kernel.node', import.meta.url));
const script = fileURLToPath(new URL('../../scripts/build-native.mjs', import.meta.url));
const N = 4096;

/** Transforms a list back and forth; leaves the kernel open at the end if told so. */
const WORKER = `
const { workerData: w, parentPort } = require('node:worker_threads');
const k = require(w.addon);
const id = k.hesper_open(0, 2);
const ring = k.hesper_create_ring(id, w.n, w.primes, w.roots, w.slots);
const basis = Int32Array.from(w.primes, (_, i) => i);
const length = w.n * basis.length;
const data = Float64Array.from({ length }, (_, i) => (i * 7919 + w.seed) % 1000003 - 500000);
const list = Int32Array.from({ length: 8 }, () => k.hesper_allocate(id, length));
for (const handle of list) k.hesper_write(handle, 0, data);
let status = Math.min(id, ring, ...list);
for (let round = 0; round < 20; round++)
  status = Math.min(status, k.hesper_ntt_forward(ring, list, basis, 1), k.hesper_ntt_inverse(ring, list, basis, 1));
const back = new Float64Array(length);
const wrong = list.filter((handle) => k.hesper_read(handle, 0, back) < 0 || back.some((x, i) => x !== data[i])).length;
if (!w.leave) k.hesper_close(id);
parentPort.postMessage({ status, wrong });
`;

function runWorker(seed: number, leave: boolean): Promise<{ status: number; wrong: number }> {
  const primes = primesBelow(2 ** 45, N, 3);
  const arrays = { primes: Float64Array.from(primes), roots: Float64Array.from(primes, (p) => rootOf(p, N)) };
  const worker = new Worker(WORKER, {
    eval: true,
    workerData: { addon, n: N, seed, leave, slots: slotRoots(N), ...arrays },
  });
  return new Promise((resolve, reject) => {
    let answer = { status: -1, wrong: -1 };
    worker.once('message', (message) => {
      answer = message;
    });
    worker.once('error', reject);
    worker.once('exit', () => resolve(answer));
  });
}

describe.runIf(existsSync(addon))('native kernel in several worker threads', () => {
  it('runs jobs of two workers at the same time, and ends threads with those that leave', async () => {
    for (let round = 0; round < 2; round++) {
      const answers = await Promise.all([1, 2, 3].map((seed) => runWorker(seed, seed === 2)));
      for (const { status, wrong } of answers) {
        expect(status).toBeGreaterThanOrEqual(0);
        expect(wrong).toBe(0);
      }
    }
  });
});

describe('build script', () => {
  it('does not fail without a compiler, and says which kernel serves', () => {
    const folder = mkdtempSync(join(tmpdir(), 'hesper-build-'));
    const env = { ...process.env, PATH: folder, CXX: '' };
    const { status, stderr } = spawnSync(process.execPath, [script, '--out', join(folder, 'kernel.node')], { env });
    expect(status).toBe(0);
    expect(String(stderr).trim().split('\n')).toHaveLength(1);
    expect(String(stderr)).toContain('WebAssembly kernel');
    rmSync(folder, { recursive: true });
  });
});
