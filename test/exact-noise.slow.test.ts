import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../src/evaluator/random.ts';
import type { Kernel } from '../src/kernel/kernel.ts';
import { loadKernel } from '../src/kernel/load.ts';
import { generatePrimes } from '../src/ring/primes.ts';
import { exactCircuits } from './exact-circuits.ts';
import { type ExactRing, openExactBench } from './exact-lockstep.ts';

let kernel: Kernel;
beforeAll(async () => {
  kernel = await loadKernel();
});
afterAll(() => kernel.close());

const random = createRandom(6);
const columns = (count: number, length: number): Float64Array[] =>
  Array.from({ length: count }, () => Float64Array.from({ length }, () => Math.round(30 * random.uniform() - 15)));

const small: ExactRing = {
  n: 1024,
  data: [46, 40, 40, 40, 40, 40],
  special: [45, 45],
  t: generatePrimes(1024, [20])[0]!,
  encoding: 'slots',
};

describe('over many keys the average noise is the traced one', () => {
  const rings: [string, ExactRing][] = [
    ['slots', small],
    ['coefficients', { ...small, encoding: 'coefficients', t: 2 ** 24 + 1 }],
  ];
  const cases = rings.flatMap(([name, ring]) =>
    exactCircuits.map(([title, circuit]) => [`${name}, ${title}`, ring, circuit] as const),
  );
  it.each(cases)('%s', (_, ring, circuit) => {
    const squares: number[] = [];
    const KEYS = 60;
    for (let key = 0; key < KEYS; key++) {
      const bench = openExactBench(kernel, ring, key);
      const { findings, right } = bench.run(circuit, columns(3, ring.encoding === 'slots' ? ring.n : 1));
      expect(right).toBe(true);
      findings.forEach(({ deviation, largest, worst }, i) => {
        squares[i] = (squares[i] ?? 0) + 4 ** (deviation.met - deviation.traced) / KEYS;
        expect(largest).toBeLessThanOrEqual(worst);
      });
      bench.close();
    }
    for (const square of squares) expect(Math.abs(Math.log2(square) / 2)).toBeLessThan(0.15);
  });
});

/** Two squares without relinearisation: three Gaussians and X^3. */
describe('large noise is as seldom as the tracer says', () => {
  it('on two squares of 2,000 ciphertexts under 40 keys', () => {
    const ring: ExactRing = { ...small, data: [46, 45, 45], special: [45] };
    const met: number[] = [];
    let predicted: (limitBits: number) => number = () => 0;
    for (let key = 0; key < 40; key++) {
      const bench = openExactBench(kernel, ring, key);
      const { largest, failureBitsAt } = bench.extremes(
        (ev, cts) => ev.squareAll(ev.squareAll(cts, undefined), undefined),
        columns(50, ring.n),
      );
      met.push(...largest);
      predicted = failureBitsAt;
      bench.close();
    }
    for (const bits of [3, 5, 7]) {
      const limit = limitOf(predicted, bits);
      const beyond = met.filter((value) => value > limit).length;
      expect(beyond, `beyond 2^${limit.toFixed(1)}`).toBeLessThanOrEqual(met.length * 2 ** -bits * 1.5 + 3);
    }
  });
});

/** The limit that is passed with that probability. */
function limitOf(failureBitsAt: (limitBits: number) => number, bits: number): number {
  let [low, high] = [0, 200];
  while (high - low > 0.01) {
    const middle = (low + high) / 2;
    if (failureBitsAt(middle) < bits) low = middle;
    else high = middle;
  }
  return high;
}

describe('rings of 128-bit security', () => {
  const secure: [string, ExactRing][] = [
    ['n = 4096', { n: 4096, data: [36, 34], special: [35], t: 65537, encoding: 'slots', secure: true }],
    [
      'n = 8192',
      {
        n: 8192,
        data: [46, 42, 42],
        special: [46],
        t: generatePrimes(8192, [20])[0]!,
        encoding: 'slots',
        secure: true,
      },
    ],
    [
      'n = 8192, coefficients',
      { n: 8192, data: [46, 42, 42], special: [46], t: 2 ** 13 + 1, encoding: 'coefficients', secure: true },
    ],
  ]; // prettier-ignore
  it.each(secure)('%s', (_, ring) => {
    const bench = openExactBench(kernel, ring, 3);
    const { findings, right } = bench.run(
      (ev, cts) => ev.rescaleAll(ev.relinearizeAll(ev.squareAll(cts, undefined), undefined), undefined),
      columns(4, ring.encoding === 'slots' ? ring.n : 1),
    );
    expect(right).toBe(true);
    for (const { verb, deviation, largest, worst } of findings) {
      expect(Math.abs(deviation.met - deviation.traced), verb).toBeLessThan(0.1);
      expect(largest).toBeLessThanOrEqual(worst);
    }
    bench.close();
  });
});
