import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const bin = fileURLToPath(new URL('../bin/hesper.js', import.meta.url));
const hesper = (args: string[], env: Record<string, string> = {}) =>
  spawnSync(process.execPath, [bin, ...args], { encoding: 'utf8', env: { ...process.env, ...env }, timeout: 110_000 });

describe('hesper', () => {
  it.each(['demo', 'train', 'inspect', 'plan', 'reproduce', 'bench', 'doctor'])(
    '%s --help shows an example',
    (command) => {
      const { stdout, status } = hesper([command, '--help']);
      expect(stdout).toContain(`$ hesper ${command}`);
      expect(status).toBe(0);
    },
  );

  it('lists its commands', () => {
    expect(hesper(['--help']).stdout).toMatch(
      /demo[\s\S]*train[\s\S]*inspect[\s\S]*plan[\s\S]*reproduce[\s\S]*bench[\s\S]*doctor/,
    );
  });

  it('exits with 2 and one JSON object for wrong usage', () => {
    for (const args of [
      ['demo', '--images', 'many', '--json'],
      ['nonsense', '--json'],
      ['bench', 'nothing', '--json'],
      ['demo', '--kernel', 'abacus', '--json'],
    ]) {
      const { stdout, status } = hesper(args);
      expect(status).toBe(2);
      expect(JSON.parse(stdout).error).toMatchObject({ code: 'wrong-usage', remedy: expect.any(String) });
    }
  });

  it('says on stderr what went wrong, and how to mend it', () => {
    const { stdout, stderr, status } = hesper(['plan', '/no/such/model.hesper']);
    expect(status).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toContain('/no/such/model.hesper');
  });

  it('doctor --json names the kernel and the reason', () => {
    const { stdout, status } = hesper(['doctor', '--json']);
    expect(status).toBe(0);
    const report = JSON.parse(stdout);
    expect(report.kernel.reason.length).toBeGreaterThan(0);
    expect(report.machine.fmaGigaPerSecond).toBeGreaterThan(0);
    expect(report.kernels.find((k: { variant: string }) => k.variant === 'wasm').available).toBe(true);
  });

  it('doctor runs something real, and shows what it took from the pool and gave back', () => {
    const { pool } = JSON.parse(hesper(['doctor', '--json']).stdout);
    expect(pool.precisionBits).toBeGreaterThan(15);
    expect(pool.liveBytes).toBeGreaterThan(8 * 2 * 3 * pool.ringDegree * 8); // the inputs alone
    expect(pool.peakBytes).toBeGreaterThan(pool.liveBytes);
    expect(pool.liveBytesAfter).toBe(0);
    expect(pool.idleBytes).toBeGreaterThan(pool.idleBytesTrimmed);
    expect(hesper(['doctor']).stdout).toMatch(
      /^pool +[\d.]+ MB in \d+ buffers with keys and inputs, [\d.]+ MB at most$/m,
    );
  });

  it('refuses a kernel that there is not by a typed error', () => {
    const { stdout, status } = hesper(['doctor', '--json'], { HESPER_KERNEL: 'abacus' });
    expect(status).toBe(1);
    expect(JSON.parse(stdout).error).toMatchObject({ code: 'invalid-argument', met: 'abacus' });
  });

  it('the WebAssembly kernel gives the same demo as the chosen one', () => {
    const runs = ['', 'wasm'].map((kernel) =>
      hesper(['demo', '--images', '20', '--json'], kernel ? { HESPER_KERNEL: kernel } : {}),
    );
    const reports = runs.map((r) => JSON.parse(r.stdout));
    for (const r of reports) {
      expect(r.images).toBe(20);
      expect(r.agreement).toBe(20);
      expect(r.securityBits).toBeGreaterThanOrEqual(128);
      expect(r.maxLogitError / r.maxLogit).toBeLessThan(2 ** -9);
    }
    expect(reports[1].kernel).toBe('wasm');
    expect(reports[0].accuracyClear).toBe(reports[1].accuracyClear);
    expect(reports[0].uploadBytes).toBe(reports[1].uploadBytes);
  });

  it('classifies one image more than a batch holds', () => {
    const { batch } = JSON.parse(hesper(['demo', '--images', '1', '--json']).stdout);
    const report = JSON.parse(hesper(['demo', '--images', String(batch + 1), '--json']).stdout);
    expect(report).toMatchObject({ images: batch + 1, batches: 2, agreement: batch + 1 });
    expect(report.accuracyEncrypted).toBeGreaterThan(0.98);
  });

  it('refuses damaged model files and leaves nothing behind', () => {
    const dir = mkdtempSync(join(tmpdir(), 'hesper-cli-'));
    const model = readFileSync(new URL('../models/cryptonets.hesper', import.meta.url));
    writeFileSync(join(dir, 'short.hesper'), model.subarray(0, model.length - 7));
    const newer = Uint8Array.from(model);
    newer[4]! ^= 0x40;
    writeFileSync(join(dir, 'other.hesper'), newer);
    for (const file of ['short.hesper', 'other.hesper']) {
      const { stdout, status } = hesper(['inspect', join(dir, file), '--json']);
      expect(status).toBe(1);
      expect(['malformed-bytes', 'unsupported-version']).toContain(JSON.parse(stdout).error.code);
    }
    expect(readdirSync(dir).sort()).toEqual(['other.hesper', 'short.hesper']);
    rmSync(dir, { recursive: true });
  });

  it('refuses to train into a folder that is not there, before it trains', () => {
    const failed = hesper(['train', 'cryptonets', '--out', '/no/such/folder/x.hesper', '--json']);
    expect(failed.status).toBe(1);
    expect(JSON.parse(failed.stdout).error).toMatchObject({ code: 'invalid-argument', remedy: expect.any(String) });
  });

  it('plans at other levels of security and precision', () => {
    const plan = JSON.parse(hesper(['plan', '--security', '192', '--json']).stdout);
    expect(plan.securityBits).toBe(192);
    expect(plan.logQP).toBeLessThan(297);
    const exact = JSON.parse(hesper(['plan', '--precision', '30', '--security', '256', '--json']).stdout);
    expect(exact.precision.predictedBits).toBeGreaterThanOrEqual(30);
    expect(exact.ringDegree).toBeGreaterThan(plan.ringDegree);
  });

  it('stops on request, with exit code 1 and one JSON object', async () => {
    const child = spawn(process.execPath, [bin, 'demo', '--json'], { stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    const closed = new Promise((resolve) => child.once('close', resolve));
    // Its first words: from then on it listens.
    await new Promise((resolve) => child.stderr.once('data', resolve));
    child.kill('SIGINT');
    const code = await closed;
    expect(code).toBe(1);
    expect(JSON.parse(stdout).error.code).toBe('aborted');
  });
});
