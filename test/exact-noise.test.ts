import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Evaluator } from '../src/evaluator/evaluator.ts';
import { createRandom } from '../src/evaluator/random.ts';
import { linearRows } from '../src/evaluator/rows.ts';
import type { Kernel } from '../src/kernel/kernel.ts';
import { loadKernel } from '../src/kernel/load.ts';
import { generatePrimes } from '../src/ring/primes.ts';
import { type Exactly, type ExactRing, openExactBench } from './exact-lockstep.ts';

const N = 1024;
const random = createRandom(4);
const integer = (most: number): number => Math.round((2 * random.uniform() - 1) * most);
const rows = (outputs: number, inputs: number, most: number) =>
  linearRows(
    Array.from({ length: outputs }, () => Array.from({ length: inputs }, () => integer(most))),
    inputs,
    2,
  );
const [first, second, third] = [rows(4, 3, 9), rows(3, 4, 5), rows(2, 3, 3)];

/** Two activations between three linear layers; how the parts and the modulus are kept small differs. */
const network =
  (settle: <C>(ev: Evaluator<C>, cts: readonly C[], depth: number) => readonly C[]): Exactly =>
  (ev, xs) => {
    let cts = ev.addPlain(ev.linear(xs, first), [1, -3, 2.5, 0]);
    cts = [...settle(ev, ev.squareAll(cts, undefined), 1)];
    cts = ev.addPlain(ev.linear(cts, second), [2, 0.125, -4]);
    cts = [...settle(ev, ev.squareAll(cts, undefined), 2)];
    return ev.linear(cts, third);
  };

const circuits: readonly [string, Exactly][] = [
  ['never relinearised', network((_, cts) => cts)],
  ['relinearised', network((ev, cts) => ev.relinearizeAll(cts, undefined))],
  [
    'five parts, relinearised at the end',
    network((ev, cts, depth) => (depth === 2 ? ev.relinearizeAll(cts, undefined) : cts)),
  ],
  ['switched down behind every product', network((ev, cts) => ev.rescaleAll(cts, undefined))],
  ['relinearised and switched down', network((ev, cts) => ev.rescaleAll(ev.relinearizeAll(cts, undefined), undefined))],
  [
    'products of two, three and four parts, dropped to the last level but one',
    (ev, [a, b, c]) => {
      const [ab, cc] = ev.multiplyPairs(
        [a!, b!, c!],
        [
          [0, 1],
          [2, 2],
        ],
      ); // prettier-ignore
      const [abc] = ev.multiplyPairs([ab!, c!], [[0, 1]]);
      const [five] = ev.multiplyPairs([ab!, cc!], [[0, 1]]);
      return ev.dropLevelAll([...ev.multiplyPairs([abc!, a!], [[0, 1]]), five!], 1);
    },
  ],
]; // prettier-ignore

const inSlots: readonly [string, Exactly][] = [
  [
    'rotations, vectors',
    (ev, xs) => {
      const vector = Float64Array.from({ length: N }, () => integer(3000));
      const weighed = ev.linearPlain(xs, {
        inputs: 3,
        rows: [
          [
            { from: 0, weight: vector },
            { from: 1, weight: 7 },
          ],
          [{ from: 2, weight: Float64Array.of(1, 2, 3), scale: 1 }],
        ],
      });
      const turned = ev.rotateMany(ev.addPlain(weighed, [vector, 5]), [0, 1, -3]);
      const [sum] = ev.rotateSum(turned, [1, 0, -3, 1, 1, 0]);
      const swapped = ev.conjugateAll([sum!, turned[1]!], undefined);
      return ev.rescaleAll(ev.relinearizeAll(ev.squareAll(swapped, undefined), undefined), undefined);
    },
  ],
];

const slots: ExactRing = {
  n: N,
  data: [46, 40, 40, 40, 40, 40],
  special: [45, 45],
  t: generatePrimes(N, [20])[0]!,
  encoding: 'slots',
  steps: [1, -3],
};
const settings: readonly [string, ExactRing, readonly [string, Exactly][]][] = [
  ['slots', slots, [...circuits, ...inSlots]],
  ['coefficients', { ...slots, encoding: 'coefficients', t: 2 ** 24 + 1, steps: [] }, circuits],
];

let kernel: Kernel;
beforeAll(async () => {
  kernel = await loadKernel();
});
afterAll(() => kernel.close());

describe.each(settings)('noise of encrypted integers is what the tracer says: %s', (encoding, ring, list) => {
  let bench: ReturnType<typeof openExactBench>;
  beforeAll(() => {
    bench = openExactBench(kernel, ring, 1);
  });
  afterAll(() => bench.close());

  it.each(list.map(([name, circuit]) => [name, circuit] as const))('%s', (_, circuit) => {
    const columns = Array.from({ length: 3 }, () =>
      Float64Array.from({ length: encoding === 'slots' ? N : 1 }, () => integer(15)),
    );
    const { findings, right, failureBits } = bench.run(circuit, columns);
    for (const { verb, deviation, largest, worst, budget, work } of findings) {
      expect(work.traced, `${verb}, work`).toEqual(work.met);
      expect(Math.abs(deviation.met - deviation.traced), `${verb}, average noise`).toBeLessThan(0.5);
      expect(largest, `${verb}, worst case`).toBeLessThanOrEqual(worst);
      expect(budget).toBeGreaterThan(3);
    }
    expect(right).toBe(true);
    expect(failureBits).toBeGreaterThan(3);
  });
});
