import { expect } from 'vitest';
import { keysNeeded } from '../src/circuits/rotations.ts';
import { managed } from '../src/evaluator/managed.ts';
import { createRandom } from '../src/evaluator/random.ts';
import type { ComplexVector } from '../src/evaluator/verbs.ts';
import { bitsApart, type Finding, type LockstepOptions } from './lockstep.ts';
import { type Bench, type Case, messages } from './trace-cases.ts';
import type { Circuit } from './trace-circuits.ts';

/** Primes of 40 bits above the first, as circuits under management want them. */
export const CIRCUIT_SCALE = 2 ** 40;

export interface Tolerance {
  /** Bits that an output's noise may be off its average, traced or simulated. */
  readonly bits: number;
  /** Where sums of what hangs together are traced as independent, noise may be less than that. */
  readonly bitsBelow?: number;
}

/**
 * One normal number for all slots is within 3 bits above its deviation, and seldom 12 below; where samples give the
 * deviation, it is such a number too.
 */
export const toleranceOf = ({ collapsed }: Circuit, bits: number, bounds: 'static' | 'sampled'): Tolerance =>
  collapsed ? { bits: bounds === 'static' ? Math.max(bits, 3) : 12, bitsBelow: 12 } : { bits };

/**
 * Level, parts and scale equal; the work equal to what the kernel counted; the message within its bound, the error
 * within the worst case, the noise near its average.
 */
export function expectAgreement(findings: readonly Finding[], { bits, bitsBelow = bits }: Tolerance): void {
  for (const { verb, outputs, work } of findings) {
    expect(work.traced, `${verb}, work`).toEqual(work.met);
    for (const output of outputs) {
      expect(output.traced, verb).toEqual(output.met);
      expect(output.message, `${verb}, message`).toBeLessThanOrEqual(output.bound * (1 + 2 ** -40));
      expect(output.largest, `${verb}, worst case`).toBeLessThanOrEqual(output.worst);
      expect(bitsApart(output), `${verb}, average noise`).toBeLessThan(bits);
      expect(bitsApart(output), `${verb}, average noise`).toBeGreaterThan(-bitsBelow);
      if (!output.simulated) continue;
      expect(output.simulated, `${verb}, simulated`).toEqual(output.met);
      expect(Math.abs(bitsApart(output, 'simulated')), `${verb}, simulated noise`).toBeLessThan(bits);
    }
  }
}

/** One case on fresh ciphertexts; disposed of when it comes back. */
export function runCase(bench: Bench, one: Case, seed: number, options: Partial<LockstepOptions> = {}): Finding[] {
  const lockstep = bench.open({ simulate: one.message !== 'complex', ...options });
  try {
    one.run(lockstep.ev, bench.encrypt(lockstep, messages(one.count, bench.ring.n / 2, one.message, seed), one.fresh));
    return lockstep.findings;
  } finally {
    lockstep.dispose();
  }
}

/** One circuit under management on fresh ciphertexts. */
export function runCircuit(
  bench: Bench,
  { inputs, interval: [low, high], complex, run }: Circuit,
  seed: number,
  options: Partial<LockstepOptions>,
): Finding[] {
  const slots = bench.ring.n / 2;
  const random = createRandom(seed);
  const numbers = () => Float64Array.from({ length: slots }, () => low + (high - low) * random.uniform());
  const values = Array.from({ length: inputs }, (): ComplexVector => {
    return { re: numbers(), im: complex ? numbers() : new Float64Array(slots) };
  });
  const lockstep = bench.open(options);
  try {
    const ev = managed(lockstep.ev, { primes: lockstep.primes, scale: CIRCUIT_SCALE });
    ev.settle(run(ev, bench.encrypt(lockstep, values, { scale: CIRCUIT_SCALE })));
    return lockstep.findings;
  } finally {
    lockstep.dispose();
  }
}

/** Steps that circuits take, for their keys. */
export const stepsOf = (circuits: readonly Circuit[], slots: number): number[] => [
  ...new Set(circuits.flatMap(({ run, inputs }) => keysNeeded(slots, inputs, run).rotations)),
];
