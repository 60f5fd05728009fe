import { describe, expect, it } from 'vitest';
import { HesperError } from '../errors.ts';
import { createClearEvaluator } from '../evaluator/clear.ts';
import { replay } from '../evaluator/replay.ts';
import { addWork, noOperations } from '../evaluator/work.ts';
import { runClear } from '../graph/run-clear.ts';
import { operators } from '../ops/all.ts';
import { fromColumns, toColumns } from '../packing/batch.ts';
import { maxLogQP } from '../security/check.ts';
import { plan } from './compile.ts';
import type { CkksPlan } from './plan.ts';
import { inputsOf, type PlanCase, planCases } from './plan-cases.conformance.ts';
import { predict } from './predict.ts';
import { retrace } from './retrace.ts';

const CALIBRATION = 1024;
const planOf = ({ graph, options }: PlanCase, extra: Partial<PlanCase['options']> = {}): CkksPlan =>
  plan(graph(), { ...options, ...extra, calibration: inputsOf(graph(), CALIBRATION, 1) });

const simulate = (made: CkksPlan, { graph }: PlanCase, scaleFactor: number, seed: number): number => {
  const { ringDegree, dataPrimes, specialPrimes, input } = made;
  const columns = toColumns(inputsOf(graph(), CALIBRATION, 1), input.ciphertexts, CALIBRATION);
  const inputScale = input.scale * scaleFactor;
  return predict(made.program, columns, { ringDegree, dataPrimes, specialPrimes, inputScale }, seed).bits;
};

/** Without the last prime but `index`, and with nothing dropped before the answer is sent. */
function withoutPrime(made: CkksPlan, index: number): CkksPlan {
  const last = made.program.steps.at(-1)!;
  const program =
    last.verb === 'dropLevelAll'
      ? { ...made.program, steps: made.program.steps.slice(0, -1), results: last.inputs }
      : made.program;
  return { ...made, program, dataPrimes: made.dataPrimes.filter((_, i) => i !== index) };
}

const codeOf = (run: () => unknown): string => {
  try {
    run();
    return 'nothing thrown';
  } catch (error) {
    return error instanceof HesperError ? error.code : `${error}`;
  }
};

describe.each(planCases.filter((one) => !one.impossible).map((one) => [one.name, one] as const))(
  'a plan for %s',
  (_, one) => {
    const made = planOf(one);

    it('is secure, by the table and with all its primes', () => {
      const sum = [...made.dataPrimes, ...made.specialPrimes].reduce((bits, q) => bits + Math.log2(q), 0);
      expect(sum).toBeLessThanOrEqual(maxLogQP(made.ringDegree, made.securityBits)!);
      expect(made.logQP).toBeCloseTo(sum, 9);
      expect(made.securityBits).toBe(one.options.security ?? 128);
      for (const q of made.dataPrimes) expect(q % (2 * made.ringDegree)).toBe(1);
      expect(made.specialPrimes.length).toBe(made.evaluationKeyPowers.length > 0 ? 1 : 0);
    });

    it('holds together: the tracer runs it to the stated level, parts and scale, at the stated work', () => {
      const { tracer, results } = retrace(made);
      const { level, parts, scale, ciphertexts } = made.output;
      expect(results.length).toBe(ciphertexts);
      expect(results[0]).toMatchObject({ level, parts, scale });
      expect({ ...tracer.count }).toEqual(made.operations);
      const layers = noOperations();
      for (const layer of made.layers) addWork(layers, layer.operations);
      expect(layers).toEqual({ ...made.operations, jobs: 0 });
      expect(made.layers.filter((layer) => layer.kind === 'square').length).toBe(one.depth);
    });

    it('states the demanded precision, meets it, and is not padded', () => {
      const { statedBits, predictedBits } = made.precision;
      expect(statedBits).toBe(one.options.precisionBits ?? 12);
      expect(predictedBits).toBeGreaterThanOrEqual(statedBits);
      expect(predictedBits).toBeLessThan(statedBits + 1);
      expect(simulate(made, one, 1, 5)).toBeGreaterThan(statedBits - 1); // another key
      expect(simulate(made, one, 1 / 16, 5)).toBeLessThan(statedBits);
      for (const index of made.dataPrimes.keys()) {
        if (made.dataPrimes.length === 1) continue;
        const fewer = withoutPrime(made, index);
        const code = codeOf(() => retrace(fewer));
        // Either a message no longer fits, or other primes are dropped and the scales are too small.
        if (code === 'nothing thrown') expect(simulate(fewer, one, 1, 5)).toBeLessThan(statedBits);
        else expect(['scale-overflow', 'level-exhausted']).toContain(code);
      }
    });

    it('computes the network, up to the rounding of its weights', () => {
      const graph = one.graph();
      const inputs = inputsOf(graph, 8, 3);
      const columns = replay(createClearEvaluator(8), made.program, toColumns(inputs, made.input.ciphertexts, 8));
      const outputs = fromColumns(columns, 8);
      const loss = made.precision.maxOutput * 2 ** (2 - made.precision.quantizationWorstBits) + 1e-12;
      inputs.forEach((data, i) => {
        const wanted = runClear(graph, operators, { shape: graph.inputShape, data }).data;
        expect(outputs[i]!.length).toBe(wanted.length);
        outputs[i]!.forEach((value, o) => {
          expect(Math.abs(value - wanted[o]!)).toBeLessThan(loss);
        });
      });
    });

    it('is never priced above eager', () => {
      if (one.options.relinearize || one.options.objective) return expect(one.depth).toBeGreaterThan(0);
      const eager = planOf(one, { relinearize: 'eager' });
      const perSlot = ({ cost, slots }: CkksPlan): number => (cost.loadSeconds + cost.evaluateSeconds) / slots;
      expect(perSlot(made)).toBeLessThanOrEqual(perSlot(eager) * 1.05);
    });
  },
);

describe('the planner refuses', () => {
  it.each(planCases.filter((one) => one.impossible).map((one) => [one.name, one] as const))(
    'with reason and remedy: %s',
    (_, one) => {
      expect(() => planOf(one)).toThrowError(
        expect.objectContaining({
          code: 'plan-impossible',
          met: expect.anything(),
          remedy: expect.stringMatching(/Ask|Allow/),
        }),
      );
    },
  );

  const one = planCases.find((c) => c.name === 'one square')!;
  const graph = one.graph();
  const calibration = inputsOf(graph, 16, 1);
  it.each([
    ['no calibration', { calibration: [] }, 'invalid-argument'],
    ['a security level of 100', { calibration, security: 100 as 128 }, 'invalid-argument'],
    ['a ring degree that is none', { calibration, ringDegree: 5000 }, 'invalid-argument'],
    ['too many weight bits', { calibration, weightBits: 40 }, 'invalid-argument'],
    ['calibration of another shape', { calibration: [new Float64Array(3)] }, 'shape-mismatch'],
    ['calibration with NaN', { calibration: [new Float64Array(20).fill(Number.NaN)] }, 'non-finite-value'],
    ['outputs that are all zero', { calibration, weightBits: 8 }, 'plan-impossible'],
  ])('%s', (name, options, code) => {
    const zeroed = {
      ...graph,
      nodes: graph.nodes.map((node) => ({
        ...node,
        weights: Object.fromEntries(
          Object.entries(node.weights).map(([key, t]) => [key, { ...t, data: t.data.map(() => 0) as Float64Array }]),
        ),
      })),
    };
    expect(codeOf(() => plan(name.includes('zero') ? zeroed : graph, options))).toBe(code);
  });

  it('a network that computes nothing', () => {
    const flat = {
      name: 'flat',
      inputShape: [4],
      nodes: [{ op: 'flatten', name: 'f', inputs: [-1], attributes: {}, weights: {} }],
    }; // prettier-ignore
    expect(codeOf(() => plan(flat, { calibration: [new Float64Array(4).fill(1)] }))).toBe('invalid-model');
  });
});

describe('the planner', () => {
  it('is deterministic', () => {
    const one = planCases[5]!;
    expect(planOf(one)).toEqual(planOf(one));
  });

  it('makes CryptoNets-like plans without any evaluation key and with one rescaling', () => {
    const made = planOf(planCases.find((c) => c.name === 'two squares, wide')!);
    expect(made).toMatchObject({ relinearization: 'never', evaluationKeyPowers: [], specialPrimes: [] });
    expect(made.messages.evaluationKeyBytes).toBe(0);
    expect(made.layers.map((layer) => layer.drops)).toEqual([0, 0, 1, 0, 0]);
    expect(made.program.steps.map((step) => step.verb)).toEqual(['pointwise', 'rescaleAll', 'pointwise']);
  });

  it('fewest bytes are fewer than those of throughput', () => {
    const one = planCases.find((c) => c.name === 'three squares, fewest bytes')!;
    const bytes = ({ messages, slots }: CkksPlan): number => (messages.uploadBytes + messages.downloadBytes) / slots;
    expect(bytes(planOf(one))).toBeLessThanOrEqual(bytes(planOf(one, { objective: 'throughput' })));
  });
});
