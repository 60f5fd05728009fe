import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { loadShippedModel, shippedModels, shippedModelUrl } from './shipped.ts';

describe('shipped models', () => {
  it.each(shippedModels)('%s loads, and its card tells its digest', async (name) => {
    const model = await loadShippedModel(name);
    expect(model.name).toBe(name);
    const digest = createHash('sha256')
      .update(await readFile(shippedModelUrl(name)))
      .digest('hex');
    expect(await readFile(new URL(`${name}.md`, shippedModelUrl(name)), 'utf8')).toContain(digest);
  });

  it('cryptonets is CryptoNets, with kernels of 4 and 5 bits', async () => {
    const model = await loadShippedModel('cryptonets');
    expect(model.layers.map(({ outputShape }) => outputShape.join('x'))).toEqual([
      '29x29x1',
      '13x13x5',
      '845',
      '100',
      '10',
    ]);
    const kernels = model.getWeights().filter(({ shape }) => shape.length > 1);
    for (const [i, { data }] of kernels.entries()) {
      const integers = Array.from(data, (value) => value * [2 ** 4, 2 ** 5, 2 ** 6][i]!);
      expect(integers.every((value) => Number.isInteger(value) && Math.abs(value) <= [7, 7, 15][i]!)).toBe(true);
    }
  });

  it('others are not there', () =>
    expect(loadShippedModel('../LICENSE' as never)).rejects.toMatchObject({ code: 'missing-data' }));
});
