import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TraceOptions } from '../src/evaluator/trace.ts';
import type { Kernel } from '../src/kernel/kernel.ts';
import { availableKernels, loadKernel } from '../src/kernel/load.ts';
import { expectAgreement, runCase, runCircuit, stepsOf, toleranceOf } from './agreement.ts';
import { type Bench, openBench, type Ring, verbCases } from './trace-cases.ts';
import { circuits } from './trace-circuits.ts';

/** Small rings, insecure by name: every verb in fractions of a second. Special primes below the digits are noisy. */
const rings: Record<string, Ring> = {
  'one special prime': { n: 1024, data: [45, 40, 40, 40], special: [45] },
  'two special primes, an odd level': { n: 1024, data: [45, 40, 40, 40, 40], special: [45, 45] },
  'three special primes': { n: 1024, data: [40, 40, 40, 40], special: [42, 42, 42] },
  'a small special prime': { n: 2048, data: [45, 40, 40, 40], special: [36] },
  'two small special primes': { n: 2048, data: [45, 40, 40, 40], special: [38, 38] },
};

let kernel: Kernel;
beforeAll(async () => {
  kernel = await loadKernel();
});
afterAll(() => kernel.close());

describe.each(Object.entries(rings))('the trace and encrypted runs of verbs agree: %s', (_, ring) => {
  let bench: Bench;
  beforeAll(() => {
    bench = openBench(kernel, ring, { seed: 1 });
  });
  afterAll(() => bench.close());

  it.each(verbCases(ring.n / 2).map((one) => [one.name, one] as const))('%s', (_, one) => {
    expectAgreement(runCase(bench, one, 5), { bits: 1 });
  });
});

describe('the work traced is that of every kernel', async () => {
  const ring = rings['two special primes, an odd level']!;
  const others = (await availableKernels()).filter(({ variant, available }) => available && variant !== 'reference');
  it.each(others.map(({ variant }) => variant))('%s', async (variant) => {
    const other = await loadKernel({ variant });
    const bench = openBench(other, ring, { seed: 4 });
    for (const one of verbCases(ring.n / 2)) expectAgreement(runCase(bench, one, 7), { bits: 1 });
    bench.close();
    other.close();
  });
});

describe('the trace and encrypted runs of circuits agree', () => {
  const ring: Ring = { n: 1024, data: [46, ...new Array<number>(14).fill(40)], special: [45, 45, 45] };
  const all = circuits(ring.n / 2);
  let bench: Bench;
  beforeAll(() => {
    bench = openBench(kernel, ring, { seed: 2, steps: stepsOf(all, ring.n / 2) });
  });
  afterAll(() => bench.close());

  it.each(all.map((circuit) => [circuit.name, circuit] as const))('%s', (_, circuit) => {
    const simulate = circuit.real && !circuit.collapsed;
    expectAgreement(runCircuit(bench, circuit, 3, { bounds: 'sampled', simulate }), toleranceOf(circuit, 2, 'sampled'));
  });

  it.each(all.filter(({ tame }) => tame).map((circuit) => [circuit.name, circuit] as const))(
    '%s, without samples',
    (_, circuit) => expectAgreement(runCircuit(bench, circuit, 4, {}), toleranceOf(circuit, 1, 'static')),
  );
});

describe('a trace that is wrong is found out', () => {
  const ring = rings['two small special primes']!;
  const cases = new Map(verbCases(ring.n / 2).map((one) => [one.name, one]));
  let bench: Bench;
  let right: { primes: readonly number[]; special: readonly number[] };
  beforeAll(() => {
    bench = openBench(kernel, ring, { seed: 3 });
    right = bench.primes;
  });
  afterAll(() => bench.close());

  const wrong: readonly [string, string, () => Partial<TraceOptions>, RegExp][] = [
    ['larger special primes', 'rotateMany', () => ({ special: right.special.map((p) => 4 * p) }), /average noise/],
    ['smaller special primes', 'relinearizeAll', () => ({ special: right.special.map((p) => p / 4) }), /average noise/],
    ['fewer special primes', 'rotateSum', () => ({ special: right.special.slice(1) }), /work/],
    ['other data primes', 'rescaleAll, two parts', () => ({ primes: right.primes.map((q) => q + 2) }), /rescaleAll/],
    ['another ring', 'squareAll', () => ({ ringDegree: 4 * ring.n }), /average noise/],
  ];
  it.each(wrong)('%s', (_, name, trace, complaint) => {
    const one = cases.get(name)!;
    expectAgreement(runCase(bench, one, 6), { bits: 1 });
    expect(() =>
      expectAgreement(runCase(bench, one, 6, { simulate: false, trace: trace() }), { bits: 1 }),
    ).toThrowError(complaint);
  });
});
