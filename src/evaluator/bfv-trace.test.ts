import { describe, expect, it } from 'vitest';
import { failureBits } from './bfv-failure.ts';
import { deviationOf, freshSpectrum, movedSpectrum, type Spectrum } from './bfv-noise.ts';
import { type BfvTraceOptions, createBfvTracer } from './bfv-trace.ts';
import { homomorphicOperations } from './operations.ts';
import { defaultPrices } from './prices.ts';
import { createRandom } from './random.ts';
import { linearRows } from './rows.ts';

const N = 1024;

/** -log2 of the probability that a normal variable is beyond x deviations on either side; x from 1. */
function normalTailBits(x: number): number {
  // Mills' ratio as a continued fraction.
  let ratio = x;
  for (let k = 60; k > 0; k--) ratio = x + k / ratio;
  return (x * x) / 2 / Math.LN2 + Math.log2(Math.sqrt(Math.PI / 2) * ratio);
}

describe('the probability of wrong decryption', () => {
  const flat: Spectrum = [Float64Array.of(1)];

  it.each([4, 6, 9, 13, 15])('of Gaussian noise is bounded, and not by much: %i deviations', (x) => {
    const bits = failureBits(N, [{ noise: flat, limitBits: Math.log2(x) }]);
    const exact = normalTailBits(x) - Math.log2(N);
    expect(bits).toBeLessThanOrEqual(Math.max(0, exact));
    expect(bits).toBeGreaterThan(exact - 5);
  });

  it('sums over ciphertexts, and falls with the limit', () => {
    const one = { noise: flat, limitBits: 3.5 };
    const many = failureBits(N, [...new Array(64).fill(one), { noise: [...flat], limitBits: 3.5 }]);
    expect(failureBits(N, [one]) - many).toBeCloseTo(Math.log2(65), 6);
    expect(failureBits(N, [{ noise: flat, limitBits: 4 }])).toBeGreaterThan(failureBits(N, [one]));
    expect(failureBits(N, [{ noise: flat, limitBits: -1 }])).toBe(0);
    expect(failureBits(N, [{ noise: [Float64Array.of(Number.POSITIVE_INFINITY)], limitBits: 600 }])).toBe(0);
  });

  it('of products is that of a simulation at most, and larger than a Gaussian one', () => {
    // Three Gaussians and X^3, as behind two squares.
    const noise: Spectrum = [new Float64Array(0), new Float64Array(0), Float64Array.of(0, 0, 0, 1)];
    const runs = 3000;
    const random = createRandom(12);
    const deviation = deviationOf(noise);
    const limit = (x: number) => ({ noise, limitBits: Math.log2(x * deviation) });
    const sample = (): number => {
      let sum = 0;
      for (let w = 0; w < N / 2; w++) {
        const [x, a, b] = [random.exponential(), random.exponential(), random.exponential()];
        // The first two by their absolute values, with the phase of the third.
        sum += Math.sqrt((x ** 3 * a * b) / 2) * random.normal();
      }
      return Math.abs((2 * sum) / Math.sqrt(N)) / deviation;
    };
    const samples = Array.from({ length: runs }, sample);
    expect(Math.sqrt(samples.reduce((sum, x) => sum + x * x, 0) / runs)).toBeCloseTo(1, 0);
    for (const x of [6, 7, 8]) {
      const bound = 2 ** -(failureBits(N, [limit(x)]) + Math.log2(N));
      expect(bound).toBeLessThan(2 ** -10);
      const met = samples.filter((value) => value > x).length;
      expect(met).toBeLessThanOrEqual(runs * bound + 3 * Math.sqrt(runs * bound));
    }
    const beyond = samples.filter((value) => value > 4).length / runs;
    expect(-Math.log2(beyond)).toBeLessThan(normalTailBits(4) - 2);
    expect(failureBits(N, [limit(13)])).toBeLessThan(30);
  });

  it('of what was rotated stays the same on average and becomes no smaller', () => {
    const noise: Spectrum = [Float64Array.of(1, 2, 3)];
    const moved = movedSpectrum(noise);
    expect(deviationOf(moved)).toBeCloseTo(deviationOf(noise), 12);
    const at = (spectrum: Spectrum) => failureBits(N, [{ noise: spectrum, limitBits: 6 }]);
    expect(at(moved)).toBeLessThanOrEqual(at(noise));
  });
});

const base: BfvTraceOptions = {
  ringDegree: N,
  primes: [2 ** 45, 2 ** 40, 2 ** 40],
  special: [2 ** 45],
  plaintextModulus: 12289,
  prices: defaultPrices,
};

describe('the BFV tracer', () => {
  it('knows levels, parts, scales, and what modulus switching keeps', () => {
    const { ev, fresh, budgetBits, limitBits, worstCaseImpossible } = createBfvTracer(base);
    const [x] = ev.squareAll([fresh(4)], undefined);
    expect(x).toMatchObject({ level: 2, parts: 3, scale: 16, form: 'coefficient' });
    const [low] = ev.dropLevelAll([x!], 1);
    expect(low).toMatchObject({ level: 1, parts: 3, scale: 16 });
    expect(ev.rescaleAll([low!], undefined)[0]).toMatchObject({ level: 0, scale: 16 });
    expect(limitBits(1)).toBeCloseTo(85 - Math.log2(2 * 12289), 10);
    expect(budgetBits(fresh(1))).toBeCloseTo(limitBits(2) - Math.log2(10.5 + 1 / 12) / 2, 10);
    expect(worstCaseImpossible([fresh(1), x!])).toBe(true);
    const small = createBfvTracer({ ...base, primes: [2 ** 30] });
    expect(small.worstCaseImpossible(small.ev.squareAll([small.fresh(1)], undefined))).toBe(false);
    expect(small.failureBits(small.ev.squareAll([small.fresh(1)], undefined))).toBe(0);
  });

  it('a public key is noisier, the same ciphertext twice noisier than two', () => {
    const { ev, fresh } = createBfvTracer(base);
    const [a, b] = [fresh(1), fresh(1)];
    const dev = (ct: { noise: Spectrum }) => deviationOf(ct.noise);
    expect(dev(fresh(1, 2, 'public')) / dev(a)).toBeCloseTo(Math.sqrt((4 * N) / 3 + 1), 0);
    const sum = linearRows([[1, 1]], 2);
    expect(dev(ev.linear([a, b], sum)[0]!) / dev(a)).toBeCloseTo(Math.SQRT2, 10);
    expect(dev(ev.linear([a, a], sum)[0]!) / dev(a)).toBeCloseTo(2, 10);
    expect(dev(ev.linear([a], linearRows([[-7]], 1))[0]!) / dev(a)).toBeCloseTo(7, 10);
    const shifts = createBfvTracer({ ...base, encoding: 'coefficients' });
    expect(dev(shifts.ev.linear([a], linearRows([[-8]], 1))[0]!) / dev(a)).toBe(1);
    expect(dev(shifts.ev.linear([a], linearRows([[7]], 1))[0]!) / dev(a)).toBeCloseTo(Math.SQRT2, 10);
  });

  it('counts what papers count', () => {
    const { ev, fresh, count, cost } = createBfvTracer({ ...base, encoding: 'coefficients' });
    const rows = linearRows(
      [
        [1, -2, 0],
        [3, -1, 4],
        [0, 0, 0],
      ],
      3,
    ); // prettier-ignore
    const hidden = ev.addPlain(ev.linear([fresh(1), fresh(1), fresh(1)], rows), [1, 0, -5]);
    const squares = ev.squareAll(hidden.slice(0, 2), undefined);
    ev.multiplyPairs(ev.relinearizeAll(squares, undefined), [[0, 1]]);
    expect(homomorphicOperations(count)).toEqual({
      plainCipherMultiplications: 5,
      unitMultiplications: 2,
      shiftMultiplications: 2,
      cipherCipherAdds: 3,
      plainCipherAdds: 2,
      cipherCipherMultiplications: 3,
      total: 13,
    });
    // 3 = 4 - 1: six shifts.
    expect([count.shifts, count.relinearizations]).toEqual([6 * 2 * 3 * N, 2]);
    expect(cost()).toBeGreaterThan(0);
  });

  it('refuses what the verbs refuse', () => {
    const { ev, fresh } = createBfvTracer(base);
    const ct = fresh(2);
    expect(() => ev.linear([ct, fresh(4)], linearRows([[1, 1]], 2))).toThrowError(/different scales/);
    expect(() => ev.linear([ct, fresh(2, 1)], linearRows([[1, 1]], 2))).toThrowError(/wrong level/);
    expect(() => ev.addPlain([ct], [0.25])).toThrowError(/not an integer at its scale/);
    expect(() => ev.rescaleAll([fresh(1, 0)], undefined)).toThrowError(/no prime left/);
    expect(() => ev.rotateMany(ev.squareAll([ct], undefined), [1])).toThrowError(/number of ciphertext parts/);
    const nine = ev.squareAll(ev.squareAll(ev.squareAll([ct], undefined), undefined), undefined);
    expect(nine[0]!.parts).toBe(9);
    expect(() => ev.squareAll(nine, undefined)).toThrowError(/No products of ciphertexts with this many parts/);
    const none = createBfvTracer({ ...base, special: [] });
    expect(() => none.ev.relinearizeAll(none.ev.squareAll([ct], undefined), undefined)).toThrowError(/no key/);
    const one = createBfvTracer({ ...base, encoding: 'coefficients' });
    expect(() => one.ev.conjugateAll([ct], undefined)).toThrowError(/have no slots/);
    expect(freshSpectrum(N)).toEqual([Float64Array.of(10.5 + 1 / 12)]);
  });
});
