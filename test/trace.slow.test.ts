import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultCostModel } from '../src/compiler/cost-model.ts';
import type { Kernel } from '../src/kernel/kernel.ts';
import { loadKernel } from '../src/kernel/load.ts';
import { expectAgreement, runCase, runCircuit, stepsOf, toleranceOf } from './agreement.ts';
import { bitsApart, type Finding } from './lockstep.ts';
import { type Case, messages, openBench, type Ring, STEPS, verbCases } from './trace-cases.ts';
import { circuits } from './trace-circuits.ts';

/**
 * Ten thousand runs of the verbs, every one with new errors and every tenth pass with new keys: the worst case holds in
 * all, the average noise on average. Rings of 1,024 and 2,048, insecure by name, for the many; real ones for a few.
 */
const RUNS = 10_000;

const small: Record<string, Ring> = {
  'one special prime': { n: 1024, data: [45, 40, 40, 40], special: [45] },
  'two special primes': { n: 1024, data: [45, 40, 40, 40, 40], special: [45, 45] },
  'two small special primes': { n: 2048, data: [45, 40, 40, 40], special: [38, 38] },
};
const real: Record<string, Ring> = {
  'n = 8192': { n: 8192, data: [45, 40, 40, 40], special: [48], secure: true },
  'n = 16384': { n: 16384, data: [45, 40, 40, 40, 40, 40], special: [48, 48], secure: true },
};
const deep: Ring = { n: 1024, data: [46, ...new Array<number>(14).fill(40)], special: [45, 45, 45] };
const secure: Ring = { n: 16384, data: [46, ...new Array<number>(7).fill(40)], special: [48, 48], secure: true };
/** Deeper than what is secure at n = 16384. */
const DEEP = ['sign', 'comparison', 'maximum'];

let kernel: Kernel;
beforeAll(async () => {
  kernel = await loadKernel();
});
afterAll(() => kernel.close());

/** Bits off the average, added up over runs, and how near the worst case they came. */
class Tally {
  outputs = 0;
  #traced = 0;
  #simulated = 0;
  nearest = Number.NEGATIVE_INFINITY;

  add(findings: readonly Finding[]): void {
    for (const output of findings.flatMap((finding) => finding.outputs)) {
      this.outputs++;
      this.#traced += bitsApart(output);
      this.#simulated += output.simulated ? bitsApart(output, 'simulated') : 0;
      this.nearest = Math.max(this.nearest, Math.log2(output.largest / output.worst));
    }
  }

  get traced(): number {
    return this.#traced / this.outputs;
  }

  get simulated(): number {
    return this.#simulated / this.outputs;
  }

  toString(): string {
    const [traced, simulated] = [this.traced, this.simulated].map((bits) => bits.toFixed(2));
    return `${this.outputs} outputs, noise off by ${traced} bits (traced) and ${simulated} (simulated), worst case at least ${(-this.nearest).toFixed(1)} bits away`;
  }
}

function expectVerbs(ring: Ring, runs: number, passesPerKey: number): void {
  const cases = verbCases(ring.n / 2);
  const tallies = new Map(cases.map((one) => [one.name, new Tally()]));
  const passes = Math.ceil(runs / cases.length);
  for (let pass = 0; pass < passes; pass += passesPerKey) {
    const bench = openBench(kernel, ring);
    for (let i = pass; i < Math.min(pass + passesPerKey, passes); i++) {
      for (const one of cases) {
        const findings = runCase(bench, one, i);
        // A single run may be far off: few slots, and |s|^8 in some. Their mean may not.
        expectAgreement(findings, { bits: 4 });
        tallies.get(one.name)!.add(findings);
      }
    }
    bench.close();
  }
  for (const [name, tally] of tallies) {
    console.log(`n = ${ring.n}, k = ${ring.special.length}, ${name}: ${tally}`);
    expect(Math.abs(tally.traced), name).toBeLessThan(0.6);
    expect(Math.abs(tally.simulated), name).toBeLessThan(0.6);
  }
}

function expectCircuits(ring: Ring, runs: number, left: readonly string[]): void {
  const all = circuits(ring.n / 2).filter(({ name }) => !left.includes(name));
  const bench = openBench(kernel, ring, { steps: stepsOf(all, ring.n / 2) });
  for (const circuit of all) {
    const tally = new Tally();
    for (let run = 0; run < runs; run++) {
      const simulate = circuit.real && !circuit.collapsed;
      const bounds = circuit.tame ? 'static' : 'sampled';
      const findings = runCircuit(bench, circuit, run, { bounds, simulate });
      expectAgreement(findings, toleranceOf(circuit, 4, bounds));
      tally.add(findings);
    }
    console.log(`n = ${ring.n}, ${circuit.name}: ${tally}`);
    expect(Math.abs(tally.traced), circuit.name).toBeLessThan(2);
  }
  bench.close();
}

/** Processor time of verbs on one thread against the planner's prices: all off by about the same factor. */
async function expectCosts(ring: Ring): Promise<void> {
  const single = await loadKernel({ threads: 1 });
  const bench = openBench(single, ring);
  const factors = expensive.map(([name, run]) => {
    const calls = Array.from({ length: 12 }, () => {
      const lockstep = bench.open({ trace: { prices: defaultCostModel } });
      run(lockstep.ev, bench.encrypt(lockstep, messages(2, ring.n / 2, 'real', 1), { scale: 2 ** 30 }));
      lockstep.dispose();
      return lockstep.findings.at(-1)!.cost;
    });
    const least = Math.min(...calls.map(({ met }) => met));
    const cost = calls[0]!.traced;
    console.log(`n = ${ring.n}, ${name}: ${(least / 1e6).toFixed(3)} ms, ${(least / cost).toFixed(2)} times its cost`);
    return least / cost;
  });
  bench.close();
  single.close();
  const median = factors.toSorted((a, b) => a - b)[factors.length >> 1]!;
  for (const factor of factors) expect(Math.abs(Math.log2(factor / median))).toBeLessThan(1.5);
}

const expensive: readonly [string, Case['run']][] = [
  ['relinearizeAll', (ev, cts) => ev.relinearizeAll(ev.squareAll(cts, undefined), undefined)],
  ['rotateMany, one step', (ev, cts) => ev.rotateMany(cts, [1])],
  ['rotateMany, six steps', (ev, cts) => ev.rotateMany(cts, STEPS)],
  ['rotateSum', (ev, cts) => ev.rotateSum(cts, [2, 5])],
  ['conjugateAll', (ev, cts) => ev.conjugateAll(cts, undefined)],
  ['rescaleAll', (ev, cts) => ev.rescaleAll(cts, undefined)],
];

describe('the trace and encrypted runs agree, many times', () => {
  it.each(Object.entries(small))(`verbs, ${RUNS} runs, %s`, (_, ring) => expectVerbs(ring, RUNS, 10));
  it.each(Object.entries(real))('verbs, %s', (_, ring) => expectVerbs(ring, 90, 3));
  it.each(Object.entries(real))('costs are in proportion to time, %s', (_, ring) => expectCosts(ring));
  it('more rotations than share their digits', () => {
    const ring = { n: 32768, data: new Array<number>(8).fill(40), special: new Array<number>(8).fill(42) };
    const steps = Array.from({ length: 65 }, (_, i) => i + 1);
    const bench = openBench(kernel, ring, { steps });
    const lockstep = bench.open({});
    const cts = bench.encrypt(lockstep, messages(1, ring.n / 2, 'real', 1), { scale: 2 ** 20 });
    lockstep.ev.rotateMany(cts, steps);
    lockstep.ev.rotateMany(cts, steps.slice(1));
    expectAgreement(lockstep.findings, { bits: 1 });
    lockstep.dispose();
    bench.close();
  });
  it('circuits', () => expectCircuits(deep, 100, []));
  it('circuits, n = 16384', () => expectCircuits(secure, 2, DEEP));
});
