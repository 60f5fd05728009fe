import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { planBfv } from '../compiler/bfv/compile.ts';
import { loadShippedModel } from '../heras/shipped.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { loadKernel } from '../kernel/load.ts';
import { verifyPlan } from './verify-plan.ts';

describe('shipped networks on worst-case inputs', () => {
  let kernel: Kernel;
  beforeAll(async () => {
    kernel = await loadKernel();
  });
  afterAll(() => kernel.close());

  it.each([
    ['dnn-30', {}],
    ['dnn-100', {}],
    ['cnn-16', {}],
    ['fcn', { encoding: 'coefficients' }],
  ] as const)('%s: every logit equal, every layer at its bound, noise within half a bit', async (name, options) => {
    const graph = (await loadShippedModel(name)).toGraph();
    const found = verifyPlan(kernel, graph, planBfv(graph, { ...options, exactWeights: true }), options);
    expect(found).toMatchObject({ passed: true, network: { wrong: 0 } });
    for (const { wraps, reach } of found.layers) expect(wraps ? 1 : reach).toBeGreaterThanOrEqual(0.9);
    for (const { predictedBits, measuredBits } of found.network.noise)
      expect(Math.abs(predictedBits - measuredBits)).toBeLessThan(0.5);
  });
});
