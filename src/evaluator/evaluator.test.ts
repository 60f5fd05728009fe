import { describe, expect, it } from 'vitest';
import { createClearEvaluator } from './clear.ts';
import { createComplexEvaluator } from './clear-complex.ts';
import { describeEvaluator } from './evaluator.conformance.ts';
import type { Evaluator } from './evaluator.ts';
import { describeComplexEvaluator } from './evaluator-complex.conformance.ts';
import { record } from './record.ts';
import { lastUses, startReplay } from './replay.ts';
import { linearRows } from './rows.ts';
import { createComplexSimulator, createSimulator } from './simulate.ts';
import { createTracer, type TraceOptions } from './trace.ts';
import { createSamplingTracer } from './trace-samples.ts';

const primes = [2 ** 40 + 15, 2 ** 40 - 87, 2 ** 40 - 167];

const code = (wanted: string) => expect.objectContaining({ code: wanted });

describeEvaluator('clear', () => ({
  ev: createClearEvaluator(64),
  encrypt: (columns) => [...columns],
  decrypt: (cts) => [...cts],
  tolerance: 1e-12,
  levels: 2,
}));

describeEvaluator('simulate', () => {
  const { ev, encrypt } = createSimulator({ ringDegree: 1024, primes, special: [2 ** 40], seed: 3 });
  return {
    ev,
    encrypt: (columns) => columns.map((values) => encrypt(values, 2 ** 20)),
    decrypt: (cts) => cts.map((ct) => ct.values),
    tolerance: 2e-2,
    levels: 2,
  };
});

describeComplexEvaluator('clear', () => ({
  ev: createComplexEvaluator(64),
  encrypt: (columns) => [...columns],
  decrypt: (cts) => [...cts],
  tolerance: 1e-12,
}));

describeComplexEvaluator('simulate', () => {
  const { ev, encrypt } = createComplexSimulator({ ringDegree: 1024, primes, special: [2 ** 40], seed: 4 });
  return {
    ev,
    encrypt: (columns) => columns.map((values) => encrypt(values, 2 ** 20)),
    decrypt: (cts) => cts.map((ct) => ct.values),
    tolerance: 2e-2,
  };
});

describe('a simulator of the noisiest slots', () => {
  const few = createSimulator({ ringDegree: 1024, primes, special: [2 ** 40], slots: 16, seed: 5 });
  const x = few.encrypt(new Float64Array(16).fill(1), 2 ** 20);

  it('cannot rotate, nor switch without keys', () => {
    expect(() => few.ev.rotateMany([x], [1])).toThrowError(code('invalid-argument'));
    expect(() => few.ev.rotateSum([x], [3])).toThrowError(code('invalid-argument'));
    expect(few.ev.rotateMany([x], [0, 16])).toHaveLength(2);
    const none = createSimulator({ ringDegree: 1024, primes, seed: 5 });
    const y = none.encrypt(new Float64Array(512), 2 ** 20);
    expect(() => none.ev.rotateMany([y], [1])).toThrowError(code('missing-evaluation-key'));
    expect(() => none.ev.conjugateAll([y], undefined)).toThrowError(code('missing-evaluation-key'));
  });
});

describe('trace', () => {
  it('counts work in residues', () => {
    const { ev, fresh, count } = createTracer({ ringDegree: 1024, primes });
    const rows = linearRows(
      [
        [1, 1],
        [0, 1],
      ],
      2,
    ); // prettier-ignore
    ev.rescaleAll(ev.squareAll(ev.linear([fresh(2 ** 30, 1), fresh(2 ** 30, 1)], rows), undefined), undefined);
    expect(count).toMatchObject({
      multiplyAccumulates: 3 * 2 * 3 * 1024,
      products: 2 * (3 * 3 + 3 * 2) * 1024,
      ntts: 2 * 3 * 3,
      rescalings: 2,
      jobs: 3,
    });
  });

  it('refuses what a scheme would refuse', () => {
    const { ev, fresh } = createTracer({ ringDegree: 1024, primes });
    const x = fresh(2 ** 20, 1);
    const deep = ev.squareAll(ev.squareAll([x], undefined), undefined);
    const sum = linearRows([[1, 1]], 2);
    expect(() => ev.relinearizeAll(deep, undefined)).toThrowError(code('missing-evaluation-key'));
    expect(() => ev.linear([x, ...ev.dropLevelAll([x], 1)], sum)).toThrowError(code('level-mismatch'));
    expect(() => ev.linear([x, fresh(2 ** 21, 1)], sum)).toThrowError(code('scale-mismatch'));
    expect(() => ev.linear([x, ...ev.squareAll([fresh(2 ** 10, 1)], undefined)], sum)).toThrowError(
      code('parts-mismatch'),
    );
    expect(() => ev.rescaleAll(ev.dropLevelAll([x], 0), undefined)).toThrowError(code('level-exhausted'));
    expect(() => ev.dropLevelAll([x], 3)).toThrowError(code('level-mismatch'));
    expect(() => fresh(2 ** 100, 2 ** 30)).toThrowError(code('scale-overflow'));
    expect(() => ev.squareAll([fresh(2 ** 61, 1)], undefined)).toThrowError(code('scale-overflow'));
    const tiny = createTracer({ ringDegree: 1024, primes, maxParts: 4 });
    const once = tiny.ev.squareAll([tiny.fresh(2 ** 10, 1)], undefined);
    expect(() => tiny.ev.squareAll(once, undefined)).toThrowError(code('parts-mismatch'));
  });
});

describe('trace of rotations and plaintext operands', () => {
  const special = [2 ** 41, 2 ** 41 + 1];
  const make = (keys: Partial<TraceOptions> = {}) => createTracer({ ringDegree: 1024, primes, special, ...keys });
  const vector = new Float64Array(512).fill(0.5);

  it('linearPlain: one rescaling gives back the scale of the inputs, exactly', () => {
    const { ev, fresh, count } = make();
    const x = fresh(2 ** 30 + 12345, 1);
    const rows = {
      inputs: 2,
      rows: [
        [
          { from: 0, weight: vector },
          { from: 1, weight: 0.3 },
        ],
      ],
    }; // prettier-ignore
    const [sum] = ev.linearPlain([x, x], rows);
    expect(sum).toMatchObject({ level: 2, parts: 2, scale: x.scale * primes[2]!, bound: 0.8 });
    expect(ev.rescaleAll([sum!], undefined)[0]).toMatchObject({ level: 1, parts: 2, scale: x.scale });
    expect(count).toMatchObject({ plainProducts: 2, encodings: 1, encodingNtts: 3 });
    ev.linearPlain([x, x], rows);
    expect(count).toMatchObject({ plainProducts: 4, encodings: 1, encodingNtts: 3 });
    ev.linearPlain(ev.dropLevelAll([x, x], 1), rows);
    expect(count).toMatchObject({ encodings: 2, encodingNtts: 5 });
  });

  it('shares the digits of a ciphertext among its rotations', () => {
    const { ev, fresh, count } = make();
    const x = fresh(2 ** 30, 1);
    expect(ev.rotateMany([x, x], [1, 0, 2, 3])).toHaveLength(8);
    expect(count).toMatchObject({ rotations: 6, hoistedRotations: 4, conjugations: 0, jobs: 1 });
    ev.conjugateAll([x], undefined);
    ev.rotateSum([x, x, x], [1, 0, -1]);
    expect(count).toMatchObject({ rotations: 8, hoistedRotations: 4, conjugations: 1, jobs: 3 });
  });

  it('refuses what has no key, and says which keys there are', () => {
    const x = make().fresh(2 ** 30, 1);
    const few = make({ rotations: [1, 511], conjugation: false }).ev;
    expect(few.rotateMany([x], [1, -1, 513, 0])).toHaveLength(4);
    const missing = (wanted: string, steps: unknown) =>
      expect.objectContaining({
        code: 'missing-evaluation-key',
        wanted,
        met: { steps, conjugation: false },
      });
    expect(() => few.rotateMany([x], [1, 510])).toThrowError(missing('rotation by -2', [1, -1]));
    expect(() => few.rotateSum([x], [2])).toThrowError(missing('rotation by 2', [1, -1]));
    expect(() => few.conjugateAll([x], undefined)).toThrowError(missing('the conjugation', [1, -1]));
    const none = make({ special: [] }).ev;
    expect(() => none.rotateMany([x], [1])).toThrowError(missing('rotation by 1', []));
    expect(none.rotateMany([x], [0, 512])).toHaveLength(2);
    expect(() => none.conjugateAll([x], undefined)).toThrowError(code('missing-evaluation-key'));
  });

  it('knows keys that were cut, and how many parts they serve', () => {
    const keys = {
      rotations: [{ step: 1, level: 1 }, 2],
      conjugation: { level: 0 },
      relinearization: { level: 1, parts: 3 },
    };
    const { ev, fresh } = make(keys);
    const high = fresh(2 ** 20, 1);
    const [low, lowest] = [ev.dropLevelAll([high], 1)[0]!, ev.dropLevelAll([high], 0)[0]!];
    const missing = code('missing-evaluation-key');
    expect(ev.rotateMany([low], [1, 2])).toHaveLength(2);
    expect(() => ev.rotateMany([high], [2, 1])).toThrowError(missing);
    expect(() => ev.rotateSum([high], [1])).toThrowError(missing);
    expect(ev.rotateMany([high], [2])).toHaveLength(1);
    expect(ev.conjugateAll([lowest], undefined)).toHaveLength(1);
    expect(() => ev.conjugateAll([low], undefined)).toThrowError(missing);
    const [high3, low3] = [ev.squareAll([high], undefined), ev.squareAll([low], undefined)];
    expect(ev.relinearizeAll([...low3, high], undefined)).toHaveLength(2);
    expect(() => ev.relinearizeAll(high3, undefined)).toThrowError(missing);
    const low5 = ev.squareAll(ev.squareAll(ev.dropLevelAll([fresh(2 ** 10, 1)], 1), undefined), undefined);
    expect(() => ev.relinearizeAll(low5, undefined)).toThrowError(missing);
    expect(() => make({ relinearization: false }).ev.relinearizeAll(low3, undefined)).toThrowError(missing);
  });

  it('refuses three parts, mixed levels, mixed scales and what would not fit', () => {
    const { ev, fresh, count } = make();
    const x = fresh(2 ** 30, 1);
    const [low] = ev.dropLevelAll([x], 1);
    const [square] = ev.squareAll([x], undefined);
    const before = { ...count };
    const row = (...weights: [number, number][]) => ({
      inputs: 2,
      rows: [weights.map(([from, scale]) => ({ from, weight: 1, scale }))],
    });
    for (const verb of [() => ev.rotateMany([square!], [1]), () => ev.rotateSum([square!], [1])])
      expect(verb).toThrowError(code('parts-mismatch'));
    expect(() => ev.conjugateAll([square!], undefined)).toThrowError(code('parts-mismatch'));
    expect(() => ev.linearPlain([x, square!], row([0, 1]))).toThrowError(code('parts-mismatch'));
    expect(() => ev.linearPlain([x, low!], row([0, 1]))).toThrowError(code('level-mismatch'));
    expect(() => ev.rotateSum([x, low!], [1, 2])).toThrowError(code('level-mismatch'));
    expect(() => ev.rotateSum([x, fresh(2 ** 31, 1)], [1, 2])).toThrowError(code('scale-mismatch'));
    expect(() => ev.linearPlain([x, x], row([0, 4], [1, 8]))).toThrowError(code('scale-mismatch'));
    expect(() => ev.linearPlain([x, x], row([0, 2 ** 91]))).toThrowError(code('scale-overflow'));
    expect(() => ev.addPlain([x], [2 ** 91])).toThrowError(code('scale-overflow'));
    expect(count).toEqual(before);
  });
});

describe('tracing with samples', () => {
  const double = linearRows([[2]], 1);
  /** T_8 by doubling: 2 T^2 - 1, with and without pointwise. */
  const chebyshev = <C>(ev: Evaluator<C>, x: readonly C[]): C[] => {
    const steps = [
      { verb: 'squareAll', argument: undefined },
      { verb: 'linear', argument: double },
      { verb: 'addPlain', argument: [-1] },
    ] as const;
    const short = (cts: readonly C[]): C[] => ev.rescaleAll(ev.relinearizeAll(cts, undefined), undefined);
    const two = short(ev.addPlain(ev.linear(ev.squareAll(x, undefined), double), [-1]));
    return short(ev.pointwise(short(ev.pointwise(two, steps)), steps));
  };
  const many = [2 ** 45, ...primes, ...primes];
  const setting = { ringDegree: 1024, primes: many, special: [2 ** 41] };
  const x = Float64Array.from({ length: 512 }, (_, j) => Math.cos((Math.PI * j) / 511));

  it('bounds messages by what they are, where verbs alone would let them grow', () => {
    const plain = createTracer(setting);
    const sampling = createSamplingTracer({ ...setting, margin: 2 });
    const [wild] = chebyshev(plain.ev, [plain.fresh(2 ** 40, 1)]);
    const [tame] = chebyshev(sampling.ev, [sampling.fresh(2 ** 40, x)]);
    expect(wild!.bound).toBe(2 * 19 ** 2 + 1);
    expect(tame!.bound).toBeCloseTo(2, 9);
    expect(tame!.rms).toBeLessThan(1.5);
    expect(tame!.values.re[100]).toBeCloseTo(Math.cos((8 * Math.PI * 100) / 511), 9);
    expect(tame!.worst).toBeLessThan(wild!.worst / 10);
    expect(sampling.count).toEqual(plain.count);
    expect(tame).toMatchObject({ level: wild!.level, parts: wild!.parts, scale: wild!.scale });
  });
});

describe('simulated and traced noise', () => {
  it('agree on a chain of square, sum, relinearise and rescale', () => {
    const n = 2048;
    const special = [2 ** 40];
    const rows = linearRows([[3, -2, 1]], 3);
    const chain = <C>(ev: Evaluator<C>, x: readonly C[]): C[] =>
      ev.rescaleAll(ev.relinearizeAll(ev.linear(ev.squareAll(x, undefined), rows), undefined), undefined);
    const tracer = createTracer({ ringDegree: n, primes, special });
    const traced = chain(
      tracer.ev,
      [1, 1, 1].map(() => tracer.fresh(2 ** 26, 1)),
    )[0]!;
    const simulator = createSimulator({ ringDegree: n, primes, special, seed: 9 });
    const one = new Float64Array(n / 2).fill(1);
    const out = chain(
      simulator.ev,
      [one, one, one].map((x) => simulator.encrypt(x, 2 ** 26)),
    )[0]!;
    const rms = Math.sqrt(out.values.reduce((sum, v) => sum + (v - 2) ** 2, 0) / (n / 2));
    const predicted = Math.sqrt(traced.noise.reduce((sum, v) => sum + v, 0)) / traced.scale; // mean of u, u = 1
    expect(rms / predicted).toBeGreaterThan(0.9);
    expect(rms / predicted).toBeLessThan(1.1);
    expect(out.scale).toBe(traced.scale);
  });
});

describe('replay', () => {
  const program = record(1, 2, (ev, cts) => ev.linear(ev.squareAll(cts, undefined), linearRows([[1, 1]], 2)));

  it('knows the last use of every value', () => {
    expect(lastUses(program)).toEqual([
      [0, 1],
      [2, 3],
    ]);
  });

  it('releases everything that it holds when abandoned', () => {
    const released: number[] = [];
    const ev = createClearEvaluator(1);
    const inputs = [Float64Array.of(2), Float64Array.of(3)];
    const options = { release: (ct: Float64Array) => released.push(ct[0]!), releaseInputs: true };
    const run = startReplay(ev, program, inputs, options);
    run.step();
    run.abandon();
    expect(released).toEqual([2, 3, 4, 9]);
    expect(() => startReplay(ev, program, [])).toThrowError(code('shape-mismatch'));
  });
});
