import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keysNeeded } from '../src/circuits/rotations.ts';
import { managed } from '../src/evaluator/managed.ts';
import { createRandom } from '../src/evaluator/random.ts';
import type { Kernel } from '../src/kernel/kernel.ts';
import { loadKernel } from '../src/kernel/load.ts';
import { bitsApart, type Finding } from './lockstep.ts';
import { type Bench, openBench, type Ring } from './trace-cases.ts';
import { circuits } from './trace-circuits.ts';

const ring: Ring = { n: 1024, data: [46, ...new Array<number>(14).fill(40)], special: [45, 45, 45] };
const slots = ring.n / 2;
const all = circuits(slots);

describe('the trace and real runs of circuits agree', () => {
  let kernel: Kernel;
  let bench: Bench;
  beforeAll(async () => {
    kernel = await loadKernel();
    const steps = all.flatMap(({ run, inputs }) => keysNeeded(slots, inputs, run).rotations);
    bench = openBench(kernel, ring, { seed: 2, steps: [...new Set(steps)] });
  });
  afterAll(() => {
    bench.close();
    kernel.close();
  });

  it.each(all.map((circuit) => [circuit.name, circuit] as const))('%s', (name, circuit) => {
    const random = createRandom(3);
    const [low, high] = circuit.interval;
    const numbers = () => Float64Array.from({ length: slots }, () => low + (high - low) * random.uniform());
    const values = Array.from({ length: circuit.inputs }, () => ({
      re: numbers(),
      im: circuit.complex ? numbers() : new Float64Array(slots),
    }));
    const lockstep = bench.open({
      bounds: circuit.tame ? 'static' : 'calibrated',
      simulate: !circuit.complex && !name.includes('complex'),
    });
    const primes = lockstep.primes;
    const ev = managed(lockstep.ev, { primes, scale: 2 ** 40 });
    const cts = bench.encrypt(lockstep, values, { scale: 2 ** 40 });
    ev.settle(circuit.run(ev, cts));
    const apart = lockstep.findings.flatMap(({ outputs }) => outputs.map((o) => bitsApart(o)));
    const last = lockstep.findings.at(-1)!;
    console.log(
      name,
      lockstep.findings.length,
      'last',
      last.outputs.map((o) => [
        bitsApart(o),
        o.noise.simulated && bitsApart(o, 'simulated'),
        Math.log2(o.worst / o.largest),
      ]),
      'mean',
      apart.reduce((a, b) => a + b, 0) / apart.length,
      'range',
      Math.min(...apart),
      Math.max(...apart),
    );
    lockstep.dispose();
    for (const finding of lockstep.findings) expectAgreement(finding);
  });
});

function expectAgreement({ verb, outputs, work }: Finding): void {
  expect(work.traced, verb).toEqual(work.met);
  for (const output of outputs) {
    expect(output.traced, verb).toEqual(output.met);
    if (output.simulated) expect(output.simulated, verb).toEqual(output.met);
    expect(output.largest).toBeLessThanOrEqual(output.worst);
    expect(output.message).toBeLessThanOrEqual(output.bound * (1 + 2 ** -40));
  }
}
