import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { maxLogQP } from '../../he.ts';
import { benchEngine } from './engine.ts';
import { bfvOps, clearIntegers, integerSamples, requireEqual } from './engine-bfv-ops.ts';
import { clearResults, engineOps, requireRight, samplesFor } from './engine-ops.ts';
import { requireFair } from './engine-terms.ts';
import type { BenchOptions } from './options.ts';

const quick: BenchOptions = {
  kernel: undefined,
  features: undefined,
  degrees: [4096],
  threads: [1],
  peer: true,
  only: undefined,
  samples: 1,
  signal: new AbortController().signal,
};

const hesper = (...args: string[]) => {
  const bin = fileURLToPath(new URL('../../../bin/hesper.js', import.meta.url));
  const { stdout, status } = spawnSync(process.execPath, [bin, ...args, '--json'], { encoding: 'utf8' });
  return { status, json: JSON.parse(stdout) };
};

describe('bench engine', () => {
  it('has every operation beside node-seal, on fair terms', async () => {
    const { kernel, rows } = await benchEngine(quick);
    kernel.close();
    expect(rows.map((row) => `${row.scheme} ${row.op}`)).toEqual([
      ...engineOps.map((op) => `ckks ${op}`),
      ...bfvOps.map((op) => `bfv ${op}`),
    ]);
    for (const row of rows) {
      requireFair(row as never);
      expect(row).toMatchObject({ n: 4096, threads: 1, peer: 'node-seal', peerVersion: '6.0.3' });
      if (row.scheme === 'bfv') expect((row['plaintextModulus'] as number) % 8192).toBe(1);
      expect(row['logQP']).toBeLessThanOrEqual(maxLogQP(4096)!);
      expect(row.microseconds).toBeGreaterThan(0);
      expect(row.ratio).toBeCloseTo(row.peerMicroseconds! / row.microseconds, 1);
    }
  });

  it('compares two threads with one on lists of 64', async () => {
    const { kernel, rows } = await benchEngine({ ...quick, threads: [2], only: ['rotate', 'ntt-forward'] });
    kernel.close();
    expect(rows.map((row) => `${row.scheme} ${row.op}`)).toEqual(['ckks rotate', 'ckks ntt-forward', 'bfv rotate']);
    for (const row of rows) {
      expect(row).toMatchObject({ threads: 2, list: 64, peer: null, ratio: null });
      expect(row['ratioToOneThread']).toBeCloseTo((row['oneThreadMicroseconds'] as number) / row.microseconds, 1);
    }
  });

  it('prints one JSON object, and refuses what it does not know', () => {
    const { status, json } = hesper(
      'bench',
      'engine',
      '--n',
      '4096',
      '--threads',
      '1',
      '--only',
      'add',
      '--samples',
      '1',
      '--no-peer',
      '--scheme',
      'ckks',
    ); // prettier-ignore
    expect(status).toBe(0);
    expect(json).toMatchObject({ name: 'engine', rows: [{ op: 'add', n: 4096, peer: null, peerLogQ: null }] });
    for (const wrong of [
      ['--only', 'bootstrap'],
      ['--n', '2048'],
      ['--samples', '0'],
      ['--scheme', 'tfhe'],
    ]) {
      const refused = hesper('bench', 'engine', '--n', '4096', '--threads', '1', ...wrong);
      expect(refused).toMatchObject({ status: 2, json: { error: { code: 'wrong-usage' } } });
    }
  });

  it('throws if one integer is wrong', () => {
    const samples = integerSamples(8, 97);
    for (const op of bfvOps) {
      const right = clearIntegers(op, samples);
      expect(() => requireEqual('it', op, [right, right], samples)).not.toThrow();
      for (const wrong of [right.with(7, right[7]! + 97), right.slice(1)])
        expect(() => requireEqual('it', op, [right, wrong], samples)).toThrow(`the result of ${op} is wrong`);
      expect(() => requireEqual('it', op, [], samples)).toThrow(`the result of ${op} is wrong`);
    }
  });

  it('throws if a result is wrong', () => {
    const samples = samplesFor(8);
    for (const op of engineOps) {
      const right = clearResults(op, samples);
      expect(() => requireRight('it', op, right, samples)).not.toThrow();
      for (const slot of [0, 7]) {
        const wrong = right.map((vector, i) =>
          i < right.length - 1 ? vector : vector.with(slot, vector[slot]! + 0.01),
        );
        expect(() => requireRight('it', op, wrong, samples)).toThrow(`the result of ${op} is wrong`);
      }
      const missing = right.map((vector) => vector.with(3, Number.NaN));
      expect(() => requireRight('it', op, missing, samples)).toThrow(`the result of ${op} is wrong`);
      expect(() => requireRight('it', op, [], samples)).toThrow(`the result of ${op} is wrong`);
    }
  });
});
