import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const bin = fileURLToPath(new URL('../bin/hesper.js', import.meta.url));
const hesper = (args: string[], env: Record<string, string> = {}) =>
  spawnSync(process.execPath, [bin, ...args], { encoding: 'utf8', env: { ...process.env, ...env }, timeout: 110_000 });

describe('hesper', () => {
  it.each(['demo', 'train', 'inspect', 'plan', 'bench', 'doctor'])('%s --help shows an example', (command) => {
    const { stdout, status } = hesper([command, '--help']);
    expect(stdout).toContain(`$ hesper ${command}`);
    expect(status).toBe(0);
  });

  it('lists its commands', () => {
    expect(hesper(['--help']).stdout).toMatch(/demo[\s\S]*train[\s\S]*inspect[\s\S]*plan[\s\S]*bench[\s\S]*doctor/);
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
});
