import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { reproductionSchema } from '../src/cli/reproduce/contract.ts';

interface Tables {
  readmeTables(): { wanted: string; present: string };
  readmeReproduced(): { wanted: string; present: string };
  belowFloor(native: { rows: object[] }, wasm?: { rows: object[] }, circuits?: { rows: object[] }): string[];
}
const script = '../bench/table.mjs';
const { readmeTables, readmeReproduced, belowFloor }: Tables = await import(script);

describe("the README's tables of measurements", () => {
  it('are what `node bench/table.mjs --write` makes of bench/results', () => {
    const { wanted, present } = readmeTables();
    expect(wanted).toContain('| rotate |');
    expect(present).toBe(wanted);
  });

  it('of reproductions as well, from whole runs in which every logit is equal', () => {
    const { wanted, present } = readmeReproduced();
    for (const name of ['DNN-30', 'CNN-16', 'FCN']) expect(wanted).toContain(`| ${name} |`);
    expect(wanted).not.toContain('quick');
    expect(present).toBe(wanted);
    for (const system of ['sealion', 'faster-cryptonets']) {
      const file = new URL(`../bench/results/reproduce-${system}.json`, import.meta.url);
      const { rows } = reproductionSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
      for (const { measured } of rows) expect(measured.agreement).toBe(measured.images);
    }
  });

  it('results below their floor are named', () => {
    const row = (op: string, ratio: number) => ({ op, n: 8192, threads: 1, kernel: 'avx512', ratio });
    const threaded = { op: 'rotate', n: 8192, threads: 2, kernel: 'avx512', ratioToOneThread: 1.6 };
    expect(belowFloor({ rows: [row('rotate', 8.1), row('add', 0.5)] })).toEqual([]);
    expect(belowFloor({ rows: [row('rotate', 7.9), threaded] })).toEqual([
      'rotate n = 8192 avx512: 7.9 x of 8 x',
      'rotate n = 8192 2 threads: 1.6 x of 1.7 x',
    ]);
    expect(belowFloor({ rows: [] }, { rows: [row('add', 1.4)] })).toEqual(['add n = 8192 wasm: 1.4 x of 1.5 x']);
    const bfv = { ...row('multiply-relinearize', 13.9), scheme: 'bfv' };
    expect(belowFloor({ rows: [bfv] })).toEqual(['multiply-relinearize n = 8192 avx512: 13.9 x of 14 x']);
    const circuit = { op: 'chebyshev-31', threads: 2, microseconds: 151_000 };
    expect(belowFloor({ rows: [] }, undefined, { rows: [circuit] })).toEqual(['chebyshev-31: 151 ms of 150 ms']);
  });
});
