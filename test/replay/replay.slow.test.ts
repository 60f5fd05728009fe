/**
 * The conformance suite writes its calls and the reference's answers to a file, and a small C++ program replays them:
 * on the variants of this machine, and under qemu on those of 64-bit Arm.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { availableKernels } from '../../src/kernel/load.ts';
import { cleanEnvironment, folder, remove, root } from '../faults/build.ts';
import type { Tally } from './twin.ts';

const into = folder();
const cases = join(into, 'cases');
afterAll(() => remove(into));

const ARM = 'aarch64-linux-gnu';
const missing = [`${ARM}-g++`, 'qemu-aarch64'].filter((tool) => spawnSync(tool, ['--version']).status !== 0);
const native = (await availableKernels()).filter((f) => f.available && !['wasm', 'reference'].includes(f.variant));

interface Outcome {
  readonly status: number | null;
  readonly text: string;
}
function run(command: string, args: readonly string[], env: Record<string, string> = {}): Promise<Outcome> {
  const child = spawn(command, args, { cwd: root, env: cleanEnvironment(env) });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (text += data));
  return new Promise((resolve) => child.on('close', (status) => resolve({ status, text: text.trim() })));
}

/** The replaying program; `fault` as in kernel/fault.h. */
async function program(target: string | undefined, fault = 0): Promise<string> {
  const out = join(into, `replay-${target ?? 'here'}-${fault}`);
  const to = target ? ['--target', target] : [];
  const flags = fault ? ['--define', `HESPER_FAULT=${fault}`, '--optimize', '1'] : [];
  const script = join(root, 'scripts', 'build-native.mjs');
  const source = ['--strict', '--program', join(root, 'kernel/tests/replay.cpp'), '--out', out];
  const { status, text } = await run(process.execPath, [script, ...source, ...to, ...flags]);
  if (status !== 0) throw new Error(text);
  return out;
}

const tally = (): Tally => JSON.parse(readFileSync(`${cases}.json`, 'utf8')) as Tally;
function allEqual(variant: string): string {
  const { calls, values } = tally();
  const sum = Object.values(values).reduce((a, b) => a + b);
  return `${variant}: ${calls} calls and ${sum} values equal`;
}

describe.skipIf(native.length === 0)('calls of the conformance suite', () => {
  beforeAll(async () => {
    const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
    const args = [vitest, 'run', '--config', join(root, 'test/replay/vitest.config.ts'), '--root', root];
    const { status, text } = await run(process.execPath, args, { HESPER_CASES: cases });
    expect(status, text).toBe(0);
  }, 900_000);

  it('have answers of the BigInt reference, but for rounded slots and one network', () => {
    const { calls, values } = tally();
    expect(calls).toBeGreaterThan(20_000);
    expect(values.exact + values['order of roots']).toBeGreaterThan(20_000_000);
    expect(values.agreed).toBeLessThan(500_000);
  });

  it('give the same on every variant of this machine', async () => {
    const replay = await program(undefined);
    for (const { variant } of native) {
      const { status, text } = await run(replay, [cases, variant, '2']);
      expect(text).toBe(allEqual(variant));
      expect(status).toBe(0);
    }
  });

  it('find a planted difference', async () => {
    const { status, text } = await run(await program(undefined, 12), [cases, 'scalar']);
    expect(text).toMatch(/^call \d+, hesper_read: value \d+ is -?\d+, not -?\d+$/);
    expect(status).toBe(1);
  });

  describe.skipIf(missing.length > 0)(`on 64-bit Arm (needs ${ARM}-g++ and qemu-aarch64)`, () => {
    it('give the same with NEON, and without', async () => {
      const replay = await program(ARM);
      const runs = ['neon', 'scalar'].map((variant) => run('qemu-aarch64', [replay, cases, variant]));
      const [neon, scalar] = await Promise.all(runs);
      expect(neon).toEqual({ status: 0, text: allEqual('neon') });
      expect(scalar).toEqual({ status: 0, text: allEqual('scalar') });
    });

    it('find a planted difference of the NEON digits', async () => {
      const { status, text } = await run('qemu-aarch64', [await program(ARM, 11), cases, 'neon']);
      expect(text).toMatch(/^call \d+, hesper_read: value \d+ is -?\d+, not -?\d+$/);
      expect(status).toBe(1);
    });

    it('are those of a prebuilt kernel, which can be made here', async () => {
      const prebuilds = join(into, 'prebuilds');
      const script = join(root, 'scripts', 'prebuild.mjs');
      const { status, text } = await run(process.execPath, [script, 'linux-arm64', '--into', prebuilds]);
      expect(status, text).toBe(0);
      const bytes = readFileSync(join(prebuilds, 'linux-arm64/kernel.node'));
      expect(bytes.readUInt16LE(18)).toBe(183); // EM_AARCH64
      const sums = readFileSync(join(prebuilds, 'SHA256SUMS'), 'utf8');
      expect(sums).toBe(`${createHash('sha256').update(bytes).digest('hex')}  linux-arm64/kernel.node\n`);
      const { files } = JSON.parse(readFileSync(join(prebuilds, 'build.json'), 'utf8'));
      expect(Number(files['linux-arm64/kernel.node'].glibc.split('.')[1])).toBeLessThanOrEqual(34);
    });
  });
});
