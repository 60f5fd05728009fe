import { describe, expect, it } from 'vitest';
import { benchCircuits } from './circuits.ts';

describe('bench circuits', () => {
  it('times right answers and says on what terms', async () => {
    const { kernel, rows } = await benchCircuits({
      kernel: undefined,
      features: undefined,
      degrees: undefined,
      threads: [1],
      peer: false,
      only: undefined,
      samples: 1,
      signal: new AbortController().signal,
    });
    kernel.close();
    expect(rows).toMatchObject([
      { op: 'matvec-1024', n: 8192, threads: 1, levels: 1, rotations: 32, chain: [48, 45], specialChain: [48] },
      { op: 'chebyshev-31', n: 16384, threads: 1, levels: 5, rotations: 0, logQ: 273 },
    ]);
    for (const row of rows) {
      expect(row.microseconds).toBeGreaterThan(0);
      expect(row.bits).toBeGreaterThan(20);
      expect(row.keyBytes).toBeGreaterThan(1e6);
    }
  });
});
