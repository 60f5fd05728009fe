import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createClearEvaluator } from './clear.ts';
import type { Evaluator } from './evaluator.ts';
import { managed } from './managed.ts';
import { createPairEvaluator, type Pair, pair } from './pair.conformance.ts';
import { createRandom } from './random.ts';
import { linearRows } from './rows.ts';
import { scaleLadder } from './scale-ladder.ts';
import { createTracer } from './trace.ts';
import type { LinearRows } from './verbs.ts';

const slots = 8;
const scale = 2 ** 40;
const primes = [2 ** 47, ...Array.from({ length: 8 }, (_, i) => 2 ** 40 + (i % 2 ? -1 : 1) * (i + 1) * 2 ** 19 + 1)];
const top = primes.length - 1;
const code = (wanted: string) => expect.objectContaining({ code: wanted });

function setUp() {
  const tracer = createTracer({ ringDegree: 2 * slots, primes, special: [2 ** 47 - 1], maxParts: 3 });
  const ev = managed(createPairEvaluator(createClearEvaluator(slots), tracer.ev), { primes, scale });
  const fresh = (values: Float64Array, level = top, at = ev.rungs.find((r) => r.level === level)!.scale): Pair =>
    pair(values, tracer.fresh(at, 1, level));
  return { ev, fresh, count: tracer.count };
}
const column = (seed: number): Float64Array => {
  const random = createRandom(seed);
  return Float64Array.from({ length: slots }, () => 2 * random.uniform() - 1);
};
const sum = linearRows([[1, 1]], 2);
const difference = linearRows([[1, -1]], 2);

describe('ladders of scales', () => {
  it('have exactly the scales of rescaled squares', () => {
    const rungs = scaleLadder(primes, scale);
    expect(rungs.map((r) => r.level)).toEqual([8, 7, 6, 5, 4, 3, 2, 1, 0]);
    for (let i = 1; i < rungs.length; i++)
      expect(rungs[i]!.scale).toBe(rungs[i - 1]!.scale ** 2 / primes[rungs[i - 1]!.level]!);
  });

  it('drop two primes where the scale is that large, and end where products cannot come back', () => {
    const pairs = [2 ** 47, 2 ** 30 + 1, 2 ** 30 + 3, 2 ** 30 + 5, 2 ** 30 + 7, 2 ** 30 + 9];
    expect(scaleLadder(pairs, 2 ** 60).map((r) => r.level)).toEqual([5, 3, 1]);
    expect(scaleLadder(primes, 2 ** 20)).toEqual([{ level: 8, scale: 2 ** 20 }]);
  });
});

describe('managed evaluation', () => {
  /** Random circuits: every operand is whatever came before. */
  const operation = fc.record({
    kind: fc.constantFrom('add', 'subtract', 'multiply', 'square', 'weigh', 'mask', 'rotate', 'shift', 'mix', 'drop'),
    left: fc.nat(1000),
    right: fc.nat(1000),
  });
  type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

  function apply<C>(ev: Evaluator<C>, values: readonly C[], { kind, left, right }: Operation, deep: boolean): C[] {
    const [a, b] = [values[left % values.length]!, values[right % values.length]!];
    const half = { inputs: 1, rows: [[{ from: 0, weight: 0.5 + (left % 7) / 16 }]] };
    const mask = { inputs: 1, rows: [[{ from: 0, weight: column(left) }], [{ from: 0, weight: column(right) }]] };
    if (kind === 'add') return ev.linear([a, b], linearRows([[1, 1]], 2, 2));
    if (kind === 'subtract') return ev.linear([a, b], difference);
    if (kind === 'rotate') return ev.rotateSum([a, b], [left, -right]);
    if (kind === 'shift') return ev.addPlain(ev.rotateMany([a], [1, right]), [0.25, column(left)]);
    if (deep) return [];
    if (kind === 'multiply')
      return ev.multiplyPairs(
        [a, b],
        [
          [0, 1],
          [1, 0],
        ],
      ); // prettier-ignore
    if (kind === 'square') return ev.squareAll([a, b], undefined);
    if (kind === 'weigh') return ev.linearPlain([a], half);
    if (kind === 'mask') return ev.linearPlain([a], mask);
    if (kind === 'drop') return ev.dropLevelAll(ev.rescaleAll(ev.relinearizeAll([a], undefined), undefined), 2);
    const row = [
      { from: 0, weight: 0.3 },
      { from: 1, weight: 1 },
    ];
    return ev.linearPlain([a, b], { inputs: 2, rows: [row, [{ from: 1, weight: -0.5 }]] });
  }

  it('random circuits give the clear answer and are never refused', () => {
    fc.assert(
      fc.property(fc.array(operation, { minLength: 1, maxLength: 25 }), (operations) => {
        const { ev, fresh } = setUp();
        const values = [fresh(column(1)), fresh(column(2), 5), fresh(column(3), top, 1.3 * scale)];
        const wanted = values.map((v) => v.values);
        for (const op of operations) {
          const deep = [op.left, op.right].some((i) => values[i % values.length]!.level < 3);
          const made = apply(ev, values, op, deep);
          const clear = apply(createClearEvaluator(slots), wanted, op, deep);
          if (made.some((v) => v.values.some((x) => Math.abs(x) > 4))) continue;
          values.push(...made);
          wanted.push(...clear);
        }
        values.forEach((v, i) => {
          for (let t = 0; t < slots; t++) expect(v.values[t]).toBeCloseTo(wanted[i]![t]!, 10);
        });
        for (const out of ev.settle(values)) {
          expect(out.parts).toBe(2);
          const rung = ev.rungs.find((r) => r.level <= out.level)!;
          expect(out.scale).toBeLessThan(rung.scale ** 1.5);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('relinearises and rescales behind the linear layer, once', () => {
    const random = createRandom(5);
    const dense = (outputs: number, inputs: number): LinearRows =>
      linearRows(
        Array.from({ length: outputs }, () =>
          Array.from({ length: inputs }, () => Math.floor(9 * random.uniform()) - 4),
        ),
        inputs,
        2,
      );
    const layers = [dense(845, 16), dense(100, 845), dense(10, 100)];
    const network = <C>(ev: Evaluator<C>, cts: readonly C[]): C[] =>
      layers.reduce<C[]>((x, rows, i) => ev.linear(i === 0 ? x : ev.squareAll(x, undefined), rows), [...cts]);
    const { ev, fresh, count } = setUp();
    const input = Array.from({ length: 16 }, (_, i) => column(i));
    const out = ev.settle(
      network(
        ev,
        input.map((x) => fresh(x)),
      ),
    );
    expect(count).toMatchObject({ relinearizations: 110, rescalings: 110, linears: 3 });
    expect(out.map((o) => o.values)).toEqual(network(createClearEvaluator(slots), input));
  });

  it('pays once for a ciphertext, however often it is used', () => {
    const { ev, fresh, count } = setUp();
    const [a] = ev.squareAll([fresh(column(1))], undefined);
    for (let i = 0; i < 5; i++) ev.squareAll([a!], undefined);
    ev.rotateMany([a!], [1, 2]);
    expect(count).toMatchObject({ relinearizations: 1, rescalings: 1 });
  });

  it('sums of products of different levels come out on a rung, without a level of their own', () => {
    const { ev, fresh } = setUp();
    const x = fresh(column(1));
    const [square] = ev.squareAll([x], undefined);
    const [fourth] = ev.squareAll([square!], undefined);
    const [mixed] = ev.settle(ev.linear([x, square!, fourth!], linearRows([[1, 1, 1]], 3)));
    expect([mixed!.level, mixed!.scale]).toEqual([top - 2, ev.rungs[2]!.scale]);
    const [product] = ev.settle(ev.multiplyPairs([x, fourth!], [[0, 1]]));
    expect([product!.level, product!.scale]).toEqual([top - 3, ev.rungs[3]!.scale]);
  });

  it('inputs of one level with different scales cost a level, those a whole factor apart do not', () => {
    const { ev, fresh } = setUp();
    const x = fresh(column(1));
    const [odd] = ev.settle(ev.linear([x, fresh(column(2), top, 1.1 * scale)], sum));
    const [even] = ev.settle(ev.linear([x, fresh(column(2), top, 4 * scale)], sum));
    expect([odd!.level, even!.level]).toEqual([top - 1, top]);
  });

  it('keeps the scale that weights name', () => {
    const { ev, fresh } = setUp();
    const x = fresh(column(1));
    const rows = { inputs: 1, rows: [[{ from: 0, weight: column(3) }]], scale: 2 ** 10 };
    expect(ev.linearPlain([x], rows)[0]).toMatchObject({ level: top, scale: scale * 2 ** 10 });
  });

  it('says when the levels are used up', () => {
    const { ev, fresh } = setUp();
    const x = fresh(column(1), 0);
    const once = (): Pair[] => ev.linearPlain([x], { inputs: 1, rows: [[{ from: 0, weight: 0.5 }]] });
    expect(once).toThrowError(code('level-exhausted'));
    const [y] = ev.squareAll([fresh(column(1), 1)], undefined);
    const [z] = ev.settle([y!]);
    expect(z!.level).toBe(0);
    expect(() => ev.squareAll([z!], undefined)).toThrowError(code('level-exhausted'));
    expect(() => ev.multiplyPairs([z!, x], [[0, 1]])).toThrowError(code('level-exhausted'));
  });
});
