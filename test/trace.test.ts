import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Kernel } from '../src/kernel/kernel.ts';
import { loadKernel } from '../src/kernel/load.ts';
import { bitsApart, type Finding } from './lockstep.ts';
import { type Bench, messages, openBench, type Ring, verbCases } from './trace-cases.ts';

const rings: Record<string, Ring> = {
  'one special prime': { n: 1024, data: [45, 40, 40, 40], special: [45] },
  'two special primes, an odd level': { n: 1024, data: [45, 40, 40, 40, 40], special: [45, 45] },
  'three special primes': { n: 1024, data: [40, 40, 40, 40], special: [42, 42, 42] },
  'a small special prime': { n: 2048, data: [45, 40, 40, 40], special: [36] },
  'two small special primes': { n: 2048, data: [45, 40, 40, 40], special: [38, 38] },
};

describe.each(Object.entries(rings))('the trace and real runs agree: %s', (_, ring) => {
  let kernel: Kernel;
  let bench: Bench;
  beforeAll(async () => {
    kernel = await loadKernel();
    bench = openBench(kernel, ring, { seed: 1 });
  });
  afterAll(() => {
    bench.close();
    kernel.close();
  });

  it.each(verbCases(ring.n / 2).map((one) => [one.name, one] as const))('%s', (name, one) => {
    const real = one.message !== 'complex';
    const lockstep = bench.open({ simulate: real });
    const cts = bench.encrypt(lockstep, messages(one.count, ring.n / 2, one.message, 5), one.fresh);
    one.run(lockstep.ev, cts);
    lockstep.dispose();
    for (const finding of lockstep.findings) expectAgreement(finding, name);
  });
});

function expectAgreement({ verb, outputs, work }: Finding, name: string): void {
  if (process.env.SHOW)
    console.log(
      name,
      verb,
      work.met,
      work.traced,
      outputs
        .map((o) =>
          [
            bitsApart(o),
            o.noise.simulated === undefined ? '' : bitsApart(o, 'simulated'),
            Math.log2(o.worst / o.largest),
          ]
            .map(String)
            .map((x) => x.slice(0, 5))
            .join(' '),
        )
        .join(' | '),
    );
  expect(work.traced, verb).toEqual(work.met);
  for (const output of outputs) {
    expect(output.traced, verb).toEqual(output.met);
    if (output.simulated) expect(output.simulated, verb).toEqual(output.met);
    expect(output.largest).toBeLessThanOrEqual(output.worst);
    expect(output.message).toBeLessThanOrEqual(output.bound * (1 + 2 ** -40));
    expect(Math.abs(bitsApart(output)), `${verb}, average noise`).toBeLessThan(1);
    if (output.simulated) expect(Math.abs(bitsApart(output, 'simulated')), `${verb}, simulated`).toBeLessThan(1);
  }
}
