import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../src/evaluator/random.ts';
import type { Kernel } from '../src/kernel/kernel.ts';
import { loadKernel } from '../src/kernel/load.ts';
import { generatePrimes } from '../src/ring/primes.ts';
import { type Exactly, exactCircuits } from './exact-circuits.ts';
import { type ExactRing, openExactBench } from './exact-lockstep.ts';

const N = 1024;
const random = createRandom(5);
const integer = (most: number): number => Math.round((2 * random.uniform() - 1) * most);

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
  ['slots', slots, [...exactCircuits, ...inSlots]],
  ['coefficients', { ...slots, encoding: 'coefficients', t: 2 ** 24 + 1, steps: [] }, exactCircuits],
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
