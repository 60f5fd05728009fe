import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { averagePooling2d, dense, flatten, inputLayer, type Sequential, sequential } from 'hesper';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Reproduction, reproductionSchema } from '../src/cli/reproduce/contract.ts';
import { checkAgreement } from '../src/cli/reproduce.ts';

const bin = fileURLToPath(new URL('../bin/hesper.js', import.meta.url));
const hesper = (...args: string[]) =>
  spawnSync(process.execPath, [bin, ...args], { encoding: 'utf8', timeout: 110_000, maxBuffer: 2 ** 26 });

/** Weights 0, 1/2 and -1/2 at random: nobody trains them, but they are integers over a scale. */
function standIn(name: string, poolSize: number, units: number): Sequential {
  const layers = [
    inputLayer({ inputShape: [28, 28, 1], range: [0, 1], scale: 3 }),
    averagePooling2d({ poolSize }),
    flatten(),
    dense({ units, activation: 'square' }),
    dense({ units: 10 }),
  ];
  const model = sequential({ name, seed: 1, layers });
  let state = 7;
  const weight = () => {
    state = (state * 48271) % 2147483647;
    return ((state % 3) - 1) / 2;
  };
  model.setWeights(model.getWeights().map(({ shape, data }) => ({ shape, data: data.map(weight) })));
  return model;
}

let models: string;
beforeAll(async () => {
  models = mkdtempSync(join(tmpdir(), 'hesper-models-'));
  await standIn('dnn-30', 4, 12).save(join(models, 'dnn-30.hesper'));
  await standIn('fcn', 14, 3).save(join(models, 'fcn.hesper'));
});
afterAll(() => rmSync(models, { recursive: true }));

describe('hesper reproduce', () => {
  it('runs a system and keeps the contract of its JSON', () => {
    const { stdout, stderr, status } = hesper(
      ...['reproduce', 'sealion', '--models', models, '--only', 'DNN-30', '--quick', '--seed', '5', '--json'],
    );
    expect(status).toBe(0);
    const run: Reproduction = reproductionSchema.parse(JSON.parse(stdout));
    expect(run).toMatchObject({ system: 'sealion', seed: 5 });
    const { measured, published, details, derived } = run.rows[0]!;
    expect(measured).toMatchObject({ images: 1_000, agreement: 1_000, activations: 12, securityBits: 128 });
    expect(measured.batch).toBe(measured.ringDegree);
    expect(measured.imagesPerHour).toBeCloseTo((measured.batch * 3600) / measured.latencySeconds, 6);
    expect(measured.weightDensity).toBeGreaterThan(0.5);
    expect(measured.weightDensity).toBeLessThan(0.8);
    const { total, ...four } = measured.operations;
    expect(Object.values(four).reduce((a, b) => a + b, 0)).toBe(total);
    expect(four.cipherCipherMultiplications).toBe(12);
    expect(measured.messageBytes).toBe(details.uploadBytes + details.downloadBytes);
    expect(published).toMatchObject({ accuracy: 0.974, latencySeconds: 1.14, logQP: null });
    expect(derived).toEqual(['imagesPerHour']);
    expect(details).toMatchObject({ quick: true, integerImages: 10_000, encoding: 'slots' });
    expect(stderr).toMatch(/^SEALion, DNN-30: 1000 images encrypted, quick,/m);
  });

  it('one image a request in coefficients; the same logits for the same images, whatever the kernel', () => {
    const runs = ['scalar', 'wasm'].map((kernel) =>
      hesper('reproduce', 'faster-cryptonets', '--models', models, '--quick', '--kernel', kernel, '--json'),
    );
    const [a, b] = runs.map(({ stdout }) => reproductionSchema.parse(JSON.parse(stdout)).rows[0]!);
    expect(a!.measured).toMatchObject({ images: 5, agreement: 5, batch: 1, activations: 3 });
    expect(a!.details).toMatchObject({ batches: 5, encoding: 'coefficients' });
    expect(b!.measured.logitsSha256).toBe(a!.measured.logitsSha256);
    expect(b!.measured.messageBytes).toBe(a!.measured.messageBytes);
  });

  it('is no success if one image differs', () => {
    const rows = [
      { name: 'DNN-30', measured: { agreement: 9, images: 10 } },
      { name: 'FCN', measured: { agreement: 10, images: 10 } },
    ] as unknown as Reproduction['rows'];
    expect(() => checkAgreement(rows)).toThrow(
      expect.objectContaining({ code: 'kernel-failure', met: ['DNN-30: 9 of 10 images equal'] }),
    );
    expect(() => checkAgreement(rows.slice(1))).not.toThrow();
  });

  it('refuses systems and networks that it does not know, and models that are not there', () => {
    for (const args of [['cryptodl'], ['sealion', '--only', 'DNN-30,FCN'], ['sealion', '--seed', '-1'], []]) {
      const { stdout, status } = hesper('reproduce', ...args, '--json');
      expect(status).toBe(2);
      expect(JSON.parse(stdout).error.code).toBe('wrong-usage');
    }
    const { stdout, status } = hesper('reproduce', 'sealion', '--models', '/no/such/folder', '--json');
    expect(status).toBe(1);
    expect(JSON.parse(stdout).error.message).toContain('/no/such/folder');
  });

  it('stops on request, with exit code 1 and one JSON object', async () => {
    const args = ['reproduce', 'sealion', '--models', models, '--only', 'DNN-30', '--json'];
    const child = spawn(process.execPath, [bin, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    await new Promise((resolve) => child.stderr.once('data', resolve));
    child.kill('SIGINT');
    expect(await new Promise((resolve) => child.once('close', resolve))).toBe(1);
    expect(JSON.parse(stdout).error.code).toBe('aborted');
  });
});

describe('hesper inspect --operations', () => {
  const operations = (...args: string[]) =>
    JSON.parse(hesper('inspect', ...args, '--operations', '--json').stdout).operations;

  it('counts every layer of a plan, as the papers do', () => {
    const weights = standIn('dnn-30', 4, 12)
      .getWeights()
      .map(({ data }) => [...data].filter((w) => w !== 0).length);
    const made = operations(join(models, 'dnn-30.hesper'));
    expect(made).toMatchObject({ scheme: 'bfv', encoding: 'slots' });
    const [pool, first, square, last] = made.layers;
    expect(made.layers).toHaveLength(4);
    expect(pool).toMatchObject({ plainCipherMultiplications: 784, unitMultiplications: 784, plainCipherAdds: 0 });
    expect(pool.cipherCipherAdds).toBe(784 - 49);
    expect(first.plainCipherMultiplications).toBe(weights[0]);
    expect(first.cipherCipherAdds).toBe(weights[0]! - 12);
    expect(first.plainCipherAdds).toBe(weights[1]);
    expect(square).toMatchObject({ cipherCipherMultiplications: 12, plainCipherMultiplications: 0, total: 12 });
    expect(last.plainCipherMultiplications).toBe(weights[2]);
    expect(last.unitMultiplications).toBe(weights[2]);
    expect(made.total.total).toBe(pool.total + first.total + square.total + last.total);
    expect(square.ntts).toBeGreaterThan(0);
  });

  it('in coefficients and under CKKS the same products, other work', () => {
    const file = join(models, 'fcn.hesper');
    const [slots, coefficients] = [operations(file), operations(file, '--encoding', 'coefficients')];
    const ckks = operations(file, '--scheme', 'ckks', '--weight-bits', '6');
    expect(coefficients).toMatchObject({ scheme: 'bfv', encoding: 'coefficients' });
    expect(ckks).toMatchObject({ scheme: 'ckks', runs: 1 });
    for (const made of [coefficients, ckks]) {
      expect(made.total.plainCipherMultiplications).toBe(slots.total.plainCipherMultiplications);
      expect(made.total.cipherCipherMultiplications).toBe(3);
    }
    expect(ckks.total.rotations).toBe(0);
  });

  it('shows them as a table', () => {
    const { stdout, status } = hesper('inspect', join(models, 'fcn.hesper'), '--operations');
    expect(status).toBe(0);
    expect(stdout).toMatch(/layer +PT-CT add +CT-CT add +PT-CT mult +CT-CT mult +total +by \+-1 +by \+-2\^k/);
    expect(stdout).toMatch(/^all +/m);
  });
});
