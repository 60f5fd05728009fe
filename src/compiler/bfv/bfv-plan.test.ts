import { describe, expect, it } from 'vitest';
import { HesperError } from '../../errors.ts';
import { bigintsOf, createIntegerEvaluator } from '../../evaluator/clear-integer.ts';
import { replay } from '../../evaluator/replay.ts';
import { inputIntegers } from '../../graph/input.ts';
import { runClear } from '../../graph/run-clear.ts';
import { operators } from '../../ops/all.ts';
import { toColumns } from '../../packing/batch.ts';
import { isPrime } from '../../ring/primes.ts';
import { maxLogQP } from '../../security/check.ts';
import { clearIntegers, clearOutputs } from '../clear-outputs.ts';
import { loadClientPlan, saveClientPlan } from '../client-plan.ts';
import { comparePlans, compareText } from '../compare-plans.ts';
import { plan } from '../compile.ts';
import { explain } from '../explain.ts';
import { clientPlan } from '../plan.ts';
import { loadPlan, savePlan } from '../save-plan.ts';
import { planBfv } from './compile.ts';
import { chain, deep, dense, drawInputs, networks, quadratic, square, twoLayers } from './networks.conformance.ts';
import type { BfvPlanOptions } from './options.ts';
import type { BfvPlan } from './plan.ts';
import { retraceBfv } from './retrace.ts';

const product = (list: readonly number[]): bigint => list.reduce((all, t) => all * BigInt(t), 1n);
const largest = (values: readonly bigint[]): bigint =>
  values.reduce((most, v) => (v > most ? v : -v > most ? -v : most), 0n);

function errorOf(work: () => unknown): HesperError {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(HesperError);
    return error as HesperError;
  }
  throw new Error('nothing was thrown');
}

const encodings = ['slots', 'coefficients'] as const;
const cases = networks.flatMap((graph) => encodings.map((encoding) => ({ name: graph().name, encoding, graph })));

describe.each(cases)('$name, $encoding', ({ graph, encoding }) => {
  const network = graph();
  const made = planBfv(network, { encoding });
  const inputs = drawInputs(network, 20);

  it('computes in integers what the network computes on rounded inputs', () => {
    const met = clearOutputs(made, Float64Array.from(inputs.flatMap((x) => [...x])));
    const wanted = inputs.flatMap((data) => [...runClear(network, operators, { shape: [data.length], data }).data]);
    met.forEach((value, i) => {
      expect(Math.abs(value - wanted[i]!)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(wanted[i]!)));
    });
  });

  it('has moduli that hold every output, at the ends of the range too', () => {
    const [low, high] = network.input!.range;
    const ends = [low, high].map((x) => Float64Array.from(inputs[0]!, () => x));
    const bound = BigInt(made.layers.at(-1)!.bound);
    for (const row of clearIntegers(made, Float64Array.from([...inputs, ...ends].flatMap((x) => [...x]))))
      expect(largest(row) <= bound).toBe(true);
    const { plaintextModuli: moduli, ringDegree: n } = made;
    expect(Math.log2(Number(product(moduli)))).toBeGreaterThan(made.layers.at(-1)!.plaintextBits + 1);
    for (const t of moduli) expect(isPrime(t) && (encoding === 'coefficients' || t % (2 * n) === 1)).toBe(true);
    expect(new Set([...moduli, ...made.dataPrimes, ...made.specialPrimes]).size).toBe(
      moduli.length + made.dataPrimes.length + made.specialPrimes.length,
    );
  });

  it('is within the security table, decrypts, and its program does what it says', () => {
    expect(made.logQP).toBeLessThanOrEqual(maxLogQP(made.ringDegree, 128)!);
    expect(made.failure.bits).toBeGreaterThanOrEqual(128);
    const { results } = retraceBfv(made);
    expect(results.length).toBe(made.output.ciphertexts);
    for (const { level, parts, scale } of results) expect({ level, parts, scale }).toMatchObject(without(made.output));
  });

  it('comes back from bytes, and says what it is', () => {
    expect(loadPlan(savePlan(made))).toEqual(made);
    expect(loadClientPlan(saveClientPlan(clientPlan(made)))).toEqual(clientPlan(made));
    expect(clientPlan(made)).not.toHaveProperty('program');
    expect(explain(made)).toContain(made.exactness.text);
  });

  it('lists what it was chosen from, with one that was chosen', () => {
    expect(made.candidates.filter(({ chosen }) => chosen)).toHaveLength(1);
    const { ringDegree, plaintextModuli } = made;
    expect(made.candidates.find(({ chosen }) => chosen)).toMatchObject({ ringDegree, plaintextModuli });
    for (const { reason } of made.candidates) expect(reason).not.toBe('');
  });
});

const without = ({ level, parts, scale }: BfvPlan['output']) => ({ level, parts, scale });

describe('a trained integer network', () => {
  it('is kept as it is, scales and biases exactly', () => {
    const network = deep();
    const made = planBfv(network, { exactWeights: true });
    expect(made.exactness).toMatchObject({ kind: 'declared range', roundedLayers: [] });
    const data = drawInputs(network, 1)[0]!;
    const exact = clearIntegers(made, data)[0]!;
    const rounded = Float64Array.from(inputIntegers(data, network.input!), (x) => x / 3);
    const wanted = runClear({ ...network, input: undefined }, operators, { shape: [8, 8, 1], data: rounded }).data;
    exact.forEach((value, o) => {
      expect(Number(value) / made.output.scale).toBeCloseTo(wanted[o]!, 9);
    });
  });

  it('keeps pooling as a sum of its own where fusing would cost products', () => {
    const layers = planBfv(deep()).layers;
    expect(layers.map(({ names }) => names.join('+'))).toEqual(['c', 's1', 'p+f', 'd1', 's2', 'd2']);
    expect(layers[2]).toMatchObject({ weights: 64, weightBits: 2, weightScale: 4 });
  });
});

describe('programs in tiles', () => {
  const wide = () =>
    chain('wide', [10], [dense('d1', 10, 40), square('s'), dense('d2', 40, 3), square('s2'), dense('d3', 3, 2)]);
  const integersOf = (made: BfvPlan): bigint[][] => {
    const columns = toColumns(
      drawInputs(twoLikeInput(made), 16).map((x) => inputIntegers(x, made.input)),
      made.input.ciphertexts,
      16,
    );
    const ev = createIntegerEvaluator(16);
    return replay(
      ev,
      made.program,
      columns.map((column) => ev.fresh(column, made.input.scale)),
    ).map(bigintsOf);
  };
  const twoLikeInput = ({ inputShape, input }: BfvPlan) => ({ ...twoLayers(), inputShape, input });

  it.each([
    ['sparse second layers in groups', deep],
    ['dense second layers in partial sums', wide],
  ])('%s: the same integers, fewer bytes', (_, graph) => {
    const whole = planBfv(graph());
    const tiled = planBfv(graph(), { workingBytes: 4e6 });
    expect(tiled.program.steps.length).toBeGreaterThan(whole.program.steps.length);
    expect(tiled.memoryBytes).toBeLessThan(whole.memoryBytes);
    expect(integersOf(tiled)).toEqual(integersOf(whole));
    expect(loadPlan(savePlan(tiled))).toEqual(tiled);
  });
});

describe('the search', () => {
  it('is deterministic', () => {
    expect(savePlan(planBfv(deep()))).toEqual(savePlan(planBfv(deep())));
  });

  it.each([128, 192, 256] as const)('keeps to %i bits of security', (security) => {
    const made = planBfv(twoLayers(), { security });
    expect(made.securityBits).toBe(security);
    expect(made.logQP).toBeLessThanOrEqual(maxLogQP(made.ringDegree, security)!);
  });

  it.each(encodings)('serves its objective: %s', (encoding) => {
    const of = (objective: 'latency' | 'bytes') => planBfv(deep(), { encoding, objective });
    const bytes = ({ messages, slots }: BfvPlan) => (messages.uploadBytes + messages.downloadBytes) / slots;
    const seconds = ({ cost }: BfvPlan) => cost.loadSeconds + cost.evaluateSeconds;
    expect(bytes(of('bytes'))).toBeLessThanOrEqual(bytes(of('latency')));
    expect(seconds(of('latency'))).toBeLessThanOrEqual(seconds(of('bytes')) * 1.02);
  });

  it('relinearises where asked to, with keys', () => {
    const lazy = planBfv(deep(), { relinearize: 'lazy' });
    expect(lazy).toMatchObject({ relinearization: 'lazy', evaluationKeyPowers: [2], output: { parts: 2 } });
    expect(lazy.specialPrimes).toHaveLength(1);
    expect(lazy.messages.evaluationKeyBytes).toBeGreaterThan(0);
    const never = planBfv(deep(), { relinearize: 'never' });
    expect(never).toMatchObject({ relinearization: 'never', evaluationKeyPowers: [], output: { parts: 5 } });
  });

  it('takes as many plaintext moduli as asked for', () => {
    const made = planBfv(deep(), { plaintextModuli: 3, encoding: 'coefficients' });
    expect(made.plaintextModuli).toHaveLength(3);
  });
});

describe('plans from elsewhere', () => {
  const made = planBfv(deep());
  it('are refused if their outputs do not fit', () => {
    const small = { ...made, plaintextModuli: [40961] };
    expect(errorOf(() => retraceBfv(small)).code).toBe('plan-mismatch');
    const wide = { ...made, input: { ...made.input, integers: [0, 2 ** 30] as [number, number] } };
    expect(errorOf(() => retraceBfv(wide)).code).toBe('plan-mismatch');
  });

  it('are refused if their noise is too large', () => {
    const dataPrimes = made.dataPrimes.slice(0, -1);
    const cut = { ...made, dataPrimes, input: { ...made.input, level: dataPrimes.length - 1 } };
    expect(['plan-mismatch', 'level-exhausted']).toContain(errorOf(() => retraceBfv(cut)).code);
  });

  it('are refused with any byte changed, or cut', () => {
    const bytes = savePlan(made);
    for (let at = 0; at < bytes.length; at += Math.ceil(bytes.length / 61)) {
      const bad = bytes.slice();
      bad[at] = bad[at]! ^ 0x10;
      expect(['malformed-bytes', 'unsupported-version']).toContain(errorOf(() => loadPlan(bad)).code);
      expect(errorOf(() => loadPlan(bytes.subarray(0, at))).code).toBe('malformed-bytes');
    }
  });
});

describe('refusals name the layer and what would help', () => {
  const squares = (count: number) =>
    chain(
      'deep',
      [4],
      [
        ...Array.from({ length: count }, (_, i) => [dense(`d${i}`, 4, 4, 200, 1), square(`s${i}`)]).flat(),
        dense('last', 4, 2),
      ],
    );
  const refused = (graph: Parameters<typeof planBfv>[0], options: BfvPlanOptions = {}) =>
    errorOf(() => planBfv(graph, options));

  it('values that fit no parameters', () => {
    const error = refused(squares(3), { ringDegree: 4096 });
    expect(error.code).toBe('plan-impossible');
    expect(error.message).toMatch(/layer 'last'.*bits/);
  });

  it('an activation that is too deep for ciphertexts', () => {
    const error = refused(squares(4), { relinearize: 'never' });
    expect(error.code).toBe('plan-impossible');
    expect(error.message).toMatch(/bits|deep/);
  });

  it('degrees that would wrap', () => {
    const wide = chain(
      'wide',
      [2],
      Array.from({ length: 9 }, (_, i) => square(`s${i}`)),
    );
    const error = refused(wide, { encoding: 'coefficients', ringDegree: 1024 });
    expect(error.code).toBe('plan-impossible');
    expect(error.message).toMatch(/wrap/);
  });

  it('moduli that do not suit batching', () => {
    const error = refused(squares(2), { plaintextModuli: 1 });
    expect(error).toMatchObject({ code: 'plan-impossible' });
    expect(error.message).toMatch(/1 mod/);
  });

  it('weights that are no integers, where they have to be', () => {
    const float = dense('d', 4, 2);
    float.weights['kernel']!.data[0] = Math.PI;
    const network = chain('float', [4], [float]);
    expect(refused(network, { exactWeights: true })).toMatchObject({ code: 'plan-impossible', met: ['d'] });
    expect(planBfv(network).exactness.roundedLayers).toEqual(['d']);
  });

  it('inputs that are not declared', () => {
    const network = chain('undeclared', [4], [dense('d', 4, 2)], null);
    expect(refused(network).code).toBe('invalid-argument');
    expect(refused(network, { inputRange: [0, 1] }).message).toMatch(/scale/);
    expect(planBfv(network, { inputRange: [0, 1], inputScale: 7 }).input).toMatchObject({ integers: [0, 7], scale: 7 });
  });

  it('a calibrated range says so', () => {
    const network = chain('undeclared', [4], [dense('d', 4, 2)], null);
    const calibration = [Float64Array.of(0, 0.5, 0.25, -1)];
    const made = planBfv(network, { calibration, calibratedRange: true, inputScale: 4 });
    expect(made.exactness).toMatchObject({ kind: 'calibrated range' });
    expect(made.exactness.text).toMatch(/^exact only inside the calibrated range/);
    expect(made.input.range).toEqual([-1, 0.5]);
  });

  it.each([
    { encoding: 'diagonal' },
    { security: 100 },
    { ringDegree: 5000 },
    { relinearize: 'eager' },
    { plaintextModuli: 0 },
    { weightBits: 1 },
    { inputRange: [1, 0] },
    { inputScale: -1 },
    { objective: 'beauty' },
    { workingBytes: 0 },
    { calibratedRange: true },
  ])('options out of range: %j', (options) => {
    expect(refused(twoLayers(), options as unknown as BfvPlanOptions).code).toBe('invalid-argument');
  });
});

describe('one network, two schemes', () => {
  const network = chain('both', [10], [dense('d1', 10, 6), quadratic('q', 1, 0.5, 0), dense('d2', 6, 2)]);
  const calibration = drawInputs(network, 300);

  it('takes one word to change', () => {
    expect(plan(network, { scheme: 'ckks', calibration }).scheme).toBe('ckks');
    expect(plan(network, { calibration }).scheme).toBe('ckks');
    expect(plan(network, { scheme: 'bfv', calibration }).scheme).toBe('bfv');
    expect(errorOf(() => plan(network, { scheme: 'bgv' as 'bfv' })).code).toBe('invalid-argument');
  });

  it('can be compared', () => {
    const both = comparePlans(network, { calibration });
    expect(compareText(both)).toMatch(/ckks[\s\S]*bfv, slots[\s\S]*exact/);
    const refused = comparePlans({ ...network, input: undefined }, { calibration });
    expect(refused.bfv).toBeInstanceOf(HesperError);
    expect(compareText(refused)).toContain('bfv: The range of the input is not known');
  });
});
