import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { loadKernel, planBfv } from 'hesper';
import { verifyPlan } from 'hesper/verify';
import { describe, expect, it } from 'vitest';
import { loadModelArgument } from '../src/cli/load-model.ts';
import { type RowName, reproductionSchema } from '../src/cli/reproduce/contract.ts';
import { systems } from '../src/cli/reproduce/systems.ts';

const bin = fileURLToPath(new URL('../bin/hesper.js', import.meta.url));

/** Least accuracy of the integer model on the 10,000 test images. */
const accuracy: Readonly<Record<RowName, number>> = { 'DNN-30': 0.974, 'DNN-100': 0.98, 'CNN-16': 0.989, FCN: 0.975 };

describe.each(Object.keys(systems))('%s', (system) => {
  const { networks } = systems[system]!;

  it('every logit of every encrypted image is the integer model’s', () => {
    const { stdout, status } = spawnSync(process.execPath, [bin, 'reproduce', system, '--json'], {
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
    });
    expect(status).toBe(0);
    const { rows } = reproductionSchema.parse(JSON.parse(stdout));
    expect(rows.map((row) => row.name)).toEqual(networks.map((network) => network.name));
    for (const [i, { name, measured, details }] of rows.entries()) {
      expect(measured.images).toBe(networks[i]!.images.full);
      expect(measured.agreement).toBe(measured.images);
      expect(details.integerImages).toBe(10_000);
      expect(details.integerAccuracy).toBeGreaterThanOrEqual(accuracy[name]);
      expect(measured.securityBits).toBeGreaterThanOrEqual(128);
      if (measured.images === 10_000) expect(measured.accuracy).toBe(details.integerAccuracy);
      if (name === 'FCN') expect(measured.operations.plainCipherMultiplications).toBeLessThanOrEqual(25_000);
      expect(details.peakMemoryBytes).toBeLessThan(3.5e9);
    }
  });

  it.each(networks.map((network) => [network.name, network] as const))(
    '%s: worst-case inputs decrypt to every integer, and reach the bounds of every layer',
    async (_, { model, plan: options }) => {
      const kernel = await loadKernel();
      const graph = (await loadModelArgument(model)).toGraph();
      const { network, layers, passed } = verifyPlan(kernel, graph, planBfv(graph, options), options);
      expect(network.wrong).toBe(0);
      for (const { wrong, reach, wraps } of layers) {
        expect(wrong).toBe(0);
        if (!wraps) expect(reach).toBeGreaterThanOrEqual(0.9);
      }
      expect(passed).toBe(true);
      kernel.close();
    },
  );
});
