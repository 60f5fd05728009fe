import { describe, expect, it } from 'vitest';
import { benchBytes } from './bytes.ts';

describe('bench bytes', () => {
  it('times both ways of every kind of object, and compares sizes', async () => {
    const { kernel, rows } = await benchBytes({
      kernel: undefined,
      features: undefined,
      degrees: [8192],
      threads: [1],
      peer: true,
      only: undefined,
      schemes: ['bfv'],
      samples: 1,
      signal: new AbortController().signal,
    });
    expect(kernel.poolStats().liveBuffers).toBe(0);
    kernel.close();
    const objects = ['rows', 'ciphertexts', 'seeded ciphertexts', 'relinearisation key', 'Galois key'];
    const ways = objects.flatMap((what) =>
      (what.startsWith('seeded') ? ['load'] : ['load', 'store']).map((way) => `${way} ${what}`),
    );
    expect(rows.map(({ op }) => op)).toEqual(ways);
    for (const row of rows) expect(row.gbPerSecond).toBeGreaterThan(0);
    const seeded = rows.find(({ op }) => op === 'load seeded ciphertexts')!;
    expect(seeded.ratioToSeededZstd).toBeLessThan(1);
    expect(seeded.bytes).toBeCloseTo((8192 * 120) / 8 + 32 + 64 / 8, 5);
  });
});
