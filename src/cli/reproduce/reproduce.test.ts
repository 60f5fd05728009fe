import { describe, expect, it } from 'vitest';
import { type Reproduction, reproductionSchema, rowNames } from './contract.ts';
import { lineOf, mostLikely } from './logits.ts';
import { printed } from './print.ts';
import { publishedRows } from './published.ts';
import { sample } from './sample.ts';
import { systems } from './systems.ts';

const machine: Reproduction['machine'] = {
  cpu: 'Abacus 3000',
  cores: 2,
  memoryBytes: 2 ** 33,
  os: 'linux 6',
  node: 'v20.20.2',
  fmaGigaPerSecond: 50,
  loadAverage: 0.1,
  kernel: 'scalar',
  threads: 2,
};

const row = (name: keyof typeof publishedRows, quick: boolean): Reproduction['rows'][number] => ({
  name,
  published: publishedRows[name].columns,
  measured: {
    images: 1_000,
    accuracy: 0.975,
    agreement: 1_000,
    batch: 4_096,
    latencySeconds: 0.064,
    imagesPerHour: 230_400_000,
    encryptSeconds: 0.1,
    decryptSeconds: 0.01,
    activations: 30,
    weightDensity: 1,
    operations: {
      plainCipherAdds: 40,
      cipherCipherAdds: 23_780,
      plainCipherMultiplications: 23_820,
      cipherCipherMultiplications: 30,
      total: 47_670,
    },
    messageBytes: 12_345_678,
    ringDegree: 4_096,
    plaintextModuli: ['1032193', '1073479681'],
    logQP: 105.9,
    securityBits: 128,
    logitsSha256: '0'.repeat(64),
  },
  derived: ['imagesPerHour'],
  details: {
    quick,
    publishedHardware: publishedRows[name].hardware,
    publishedSource: publishedRows[name].source,
    publishedNote: publishedRows[name].note,
    encoding: 'slots',
    batches: 1,
    integerImages: 10_000,
    integerAccuracy: 0.9761,
    loadSeconds: 0.01,
    evaluateSeconds: 0.02,
    keySeconds: 0.01,
    evaluationKeyBytes: 0,
    uploadBytes: 12_000_000,
    downloadBytes: 345_678,
    planSeconds: 1,
    peakMemoryBytes: 2 ** 30,
    correctness: 'Exact.',
  },
});

const run = (rows: Reproduction['rows']): Reproduction => ({
  system: 'sealion',
  machine,
  commit: 'unknown',
  startedAt: '2026-11-21T11:00:00.000Z',
  seconds: 12,
  seed: 1,
  rows,
});

describe('reproduction', () => {
  it('published rows have every column of the contract, null where the paper prints nothing', () => {
    for (const name of rowNames) {
      const parsed = reproductionSchema.parse(run([row(name, false)])).rows[0]!;
      expect(Object.keys(parsed.published)).toEqual(Object.keys(parsed.measured));
    }
    expect(publishedRows.FCN.columns.operations!.total).toBe(3_995 + 38_302 + 23_952 + 945);
    expect(publishedRows.FCN.columns.imagesPerHour).toBe(null);
  });

  it("the papers' images per hour are their batch and time, to what they print", () => {
    for (const name of ['DNN-30', 'DNN-100', 'CNN-16'] as const) {
      const { batch, latencySeconds, imagesPerHour } = publishedRows[name].columns;
      expect((batch! * 3600) / latencySeconds! / imagesPerHour!).toBeCloseTo(1, 3);
    }
  });

  it('a row that lacks a column, or has another, is no row', () => {
    const { batch: _, ...less } = row('DNN-30', false).measured;
    expect(reproductionSchema.safeParse(run([{ ...row('DNN-30', false), measured: less as never }])).success).toBe(
      false,
    );
    const more = { ...row('DNN-30', false).measured, more: 1 };
    expect(reproductionSchema.safeParse(run([{ ...row('DNN-30', false), measured: more }])).success).toBe(false);
  });

  it('every network of a system has a published row of its own', () => {
    const names = Object.values(systems).flatMap(({ networks }) => networks.map((n) => n.name));
    expect(names.sort()).toEqual([...rowNames].sort());
  });

  it('prints both columns, the hardware of each, and quick where it was', () => {
    const text = printed('SEALion', { machine, row: row('DNN-30', true) });
    expect(text).toMatch(/^SEALion, DNN-30: 1000 images encrypted, quick, 1000 with every logit equal/);
    expect(text).toMatch(/accuracy +97\.40 % +97\.50 %/);
    expect(text).toMatch(/images per hour \* +12,933,344 +230,400,000/);
    expect(text).toMatch(/ring degree +4,096 +4,096/);
    expect(text).toMatch(/products of ciphertexts +- +30/);
    expect(text).toContain('published on: not stated (SEALion, arXiv 1904.12840; 1 plaintext modulus)');
    expect(text).toContain('here on: Abacus 3000, 2 cores, kernel scalar, 2 threads');
    expect(printed('SEALion', { machine, row: row('DNN-30', false) })).not.toContain('quick');
  });

  it('draws images by a seed, each once, in order', () => {
    const drawn = sample(10_000, 100, 1);
    expect(new Set(drawn).size).toBe(100);
    expect(drawn).toEqual([...drawn].sort((a, b) => a - b));
    expect(drawn).toEqual(sample(10_000, 100, 1));
    expect(drawn).not.toEqual(sample(10_000, 100, 2));
    expect(Math.max(...drawn)).toBeLessThan(10_000);
    expect(sample(5, 10, 1)).toEqual([0, 1, 2, 3, 4]);
  });

  it('compares integers of any size', () => {
    expect(mostLikely([2n ** 80n, 2n ** 80n + 1n, -(2n ** 90n)])).toBe(1);
    expect(mostLikely([5n, 5n, 4n])).toBe(0);
    expect(lineOf([-3n, 2n ** 70n])).toBe('-3 1180591620717411303424');
  });
});
