import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { plan } from '../src/compiler/compile.ts';
import type { CkksPlan } from '../src/compiler/plan.ts';
import { inputsOf, planCases } from '../src/compiler/plan-cases.conformance.ts';
import type { Kernel } from '../src/kernel/kernel.ts';
import { loadKernel } from '../src/kernel/load.ts';
import { measureEncrypted } from './encrypted-plan.ts';

/** Plans run encrypted on a full batch of data drawn like the calibration batch, but not the same. */
describe('plans, encrypted', () => {
  let kernel: Kernel;
  beforeAll(async () => {
    kernel = await loadKernel();
  });
  afterAll(() => kernel.close());

  for (const { name, graph, options, impossible } of planCases) {
    if (impossible) continue;
    it(`${name}: the stated precision holds, and is not padded`, async () => {
      const network = graph();
      const made = plan(network, { ...options, calibration: inputsOf(network, 2048, 1) });
      const { predictedBits, statedBits } = made.precision;
      const images = inputsOf(network, made.slots, 2);
      const measure = (changed: CkksPlan): Promise<number> => measureEncrypted(kernel, changed, images);

      const measured = await measure(made);
      expect(measured).toBeGreaterThanOrEqual(predictedBits - 1); // never optimistic by more than one bit
      expect(measured).toBeLessThanOrEqual(predictedBits + 2);

      expect(await measure({ ...made, input: { ...made.input, scale: made.input.scale / 16 } })).toBeLessThan(
        statedBits,
      );
      for (const index of made.dataPrimes.keys()) {
        const fewer = withoutPrime(made, index);
        if (fewer) expect(await measure(fewer)).toBeLessThan(statedBits);
      }
    });
  }
});

/** The plan with one prime less; its answer keeps all the primes that are left. Null where none would be left. */
function withoutPrime(made: CkksPlan, index: number): CkksPlan | null {
  const dataPrimes = made.dataPrimes.filter((_, i) => i !== index);
  if (dataPrimes.length === 0) return null;
  const last = made.program.steps.at(-1)!;
  const drops = last.verb === 'dropLevelAll';
  const steps = drops ? made.program.steps.slice(0, -1) : made.program.steps;
  const results = drops ? last.inputs : made.program.results;
  return {
    ...made,
    dataPrimes,
    input: { ...made.input, level: dataPrimes.length - 1 },
    program: { ...made.program, steps, results },
  };
}
