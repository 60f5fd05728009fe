import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { planBfv } from '../compiler/bfv/compile.ts';
import { chain, dense, square, twoLayers } from '../compiler/bfv/networks.conformance.ts';
import { HesperError } from '../errors.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { loadKernel } from '../kernel/load.ts';
import { generatePrimes } from '../ring/primes.ts';
import { verificationText } from './text.ts';
import { verifyPlan } from './verify-plan.ts';

describe('verification of integer plans', () => {
  let kernel: Kernel;
  beforeAll(async () => {
    kernel = await loadKernel();
  });
  afterAll(() => kernel.close());

  it.each([
    ['slots', {}],
    ['coefficients', { encoding: 'coefficients' }],
    ['slots, two moduli', { plaintextModuli: 2 }],
    ['slots, relinearised', { relinearize: 'lazy' }],
    ['slots, in tiles', { workingBytes: 1e6 }],
  ] as const)('%s: every integer is right, bounds are reached, noise is as predicted', (_, options) => {
    const graph = twoLayers();
    const made = planBfv(graph, options);
    const found = verifyPlan(kernel, graph, made, options);
    expect(found.passed).toBe(true);
    expect(found.network).toMatchObject({ wrong: 0 });
    for (const { reach, wraps } of found.layers) expect(wraps || reach >= 0.9).toBe(true);
    expect(found.layers.some(({ wraps }) => !wraps)).toBe(true);
    for (const { predictedBits, measuredBits } of found.network.noise)
      expect(Math.abs(predictedBits - measuredBits)).toBeLessThan(0.5);
    expect(found.network.measuredBudgetBits).toBeGreaterThan(0);
    expect(verificationText(found)).toMatch(/^verified/);
  });

  it('sees a modulus that is too small', () => {
    const graph = chain('one square', [6], [dense('d1', 6, 4), square('s'), dense('d2', 4, 2)]);
    const made = planBfv(graph, { relinearize: 'never' });
    const dataPrimes = generatePrimes(
      made.ringDegree,
      made.dataPrimes.map(() => 22),
    );
    const output = { ...made.output, level: dataPrimes.length - 1 };
    const found = verifyPlan(kernel, graph, { ...made, dataPrimes, output });
    expect(found.passed).toBe(false);
    expect(found.network.wrong).toBeGreaterThan(0);
    expect(verificationText(found)).toMatch(/^NOT VERIFIED/);
  });

  it('refuses the plan of another network', () => {
    const made = planBfv(twoLayers());
    const other = chain('other', [12], [dense('d1', 12, 6, 3, 4, 5)]);
    expect(() => verifyPlan(kernel, other, made)).toThrowError(HesperError);
  });
});
