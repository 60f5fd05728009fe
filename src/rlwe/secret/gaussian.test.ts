import { createCipheriv } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type SeedSource, seedSource } from '../seeds.ts';
import { discreteGaussian, RandomIntegers } from './gaussian.ts';

/** The same random integers in every run: AES-CTR of zeros. */
function random(fill: number): RandomIntegers {
  const cipher = createCipheriv('aes-256-ctr', new Uint8Array(32).fill(fill), new Uint8Array(16));
  return new RandomIntegers({ next: (count) => new Uint8Array(cipher.update(new Uint8Array(32 * count))) });
}

function draws(count: number, deviation: number, fill: number): Float64Array {
  const out = new Float64Array(count);
  discreteGaussian(out, deviation, random(fill));
  return out;
}

const moment = (list: Float64Array, k: number): number => list.reduce((sum, x) => sum + x ** k, 0) / list.length;

/** Probabilities of 0, 1, -1, 2, -2 .. by the definition. */
function probabilities(deviation: number, reach: number): Map<number, number> {
  const weight = (x: number): number => Math.exp(-(x * x) / (2 * deviation * deviation));
  let total = 0;
  for (let x = -40 * deviation; x <= 40 * deviation; x++) total += weight(x);
  return new Map(Array.from({ length: 2 * reach + 1 }, (_, i) => [i - reach, weight(i - reach) / total]));
}

/** Pearson's statistic and its degrees of freedom; what is farther than `reach` is one class. */
function chiSquared(list: Float64Array, deviation: number, reach: number): { statistic: number; freedom: number } {
  const counts = new Map<number, number>();
  for (const x of list) counts.set(x + 0, (counts.get(x + 0) ?? 0) + 1);
  let statistic = 0;
  let [met, wanted] = [0, 0];
  for (const [x, p] of probabilities(deviation, reach)) {
    statistic += ((counts.get(x) ?? 0) - p * list.length) ** 2 / (p * list.length);
    met += counts.get(x) ?? 0;
    wanted += p * list.length;
  }
  return { statistic: statistic + (wanted - met) ** 2 / (list.length - wanted), freedom: 2 * reach + 1 };
}

/** Is the statistic within five deviations of its mean? */
const fits = ({ statistic, freedom }: { statistic: number; freedom: number }): boolean =>
  statistic < freedom + 5 * Math.sqrt(2 * freedom);

describe('discrete Gaussian noise', () => {
  it('has the probabilities of the definition', () => {
    for (const deviation of [1, 2, 5])
      expect(fits(chiSquared(draws(60_000, deviation, 1), deviation, 3 * deviation))).toBe(true);
    // The test can fail: the same draws against a deviation that is 2% off, and against rounded uniform numbers.
    expect(fits(chiSquared(draws(60_000, 5, 1), 5.1, 15))).toBe(false);
    const uniform = draws(60_000, 5, 1).map((_, i) => (i % 17) - 8);
    expect(fits(chiSquared(uniform, 5, 15))).toBe(false);
  });

  it('has the stated deviation at every size, no bias and Gaussian tails', () => {
    const count = 40_000;
    for (const deviation of [1000, 2 ** 20 + 1, 2 ** 45 + 12345, 2 ** 46]) {
      const list = draws(count, deviation, 2).map((x) => x / deviation);
      expect(Math.abs(moment(list, 1)) * Math.sqrt(count)).toBeLessThan(5);
      expect(Math.abs(moment(list, 2) - 1) * Math.sqrt(count / 2)).toBeLessThan(5); // 3.5%
      expect(Math.abs(moment(list, 4) - 3) * Math.sqrt(count / 96)).toBeLessThan(5);
      const beyond = list.filter((x) => Math.abs(x) > 2).length / count; // 4.55%
      expect(Math.abs(beyond - 0.0455) / Math.sqrt((0.0455 * 0.9545) / count)).toBeLessThan(5);
    }
  });

  it('uses all low bits of large values', () => {
    const low = draws(20_000, 2 ** 45 + 12345, 3).map((x) => Math.abs(x) % 16);
    const counts = Array.from({ length: 16 }, (_, i) => low.filter((x) => x === i).length);
    const statistic = counts.reduce((sum, c) => sum + (c - 1250) ** 2 / 1250, 0);
    expect(statistic).toBeLessThan(15 + 5 * Math.sqrt(30));
  });

  it('differs from draw to draw', () => {
    const out = new Float64Array(100);
    const source = new RandomIntegers(seedSource());
    discreteGaussian(out, 2 ** 40, source);
    const before = out.slice();
    discreteGaussian(out, 2 ** 40, source);
    expect(out.filter((x, i) => x === before[i]).length).toBe(0);
  });
});

describe('random integers', () => {
  it('are uniform below any limit', () => {
    const source = random(4);
    for (const limit of [1, 3, 200, 256, 257, 1000]) {
      const counts = new Float64Array(limit);
      for (let i = 0; i < 100 * limit; i++) counts[source.below(limit)]!++;
      const statistic = counts.reduce((sum, c) => sum + (c - 100) ** 2 / 100, 0);
      expect(statistic).toBeLessThan(limit + 5 * Math.sqrt(2 * limit));
    }
  });

  it('reach the end of a large limit', () => {
    const limit = 2 ** 47 + 1;
    const source = random(5);
    const list = Array.from({ length: 2000 }, () => source.below(limit));
    expect(Math.max(...list)).toBeLessThan(limit);
    expect(Math.abs(list.filter((x) => x > limit / 2).length - 1000)).toBeLessThan(5 * Math.sqrt(500));
  });

  it('leave nothing of what they drew', () => {
    const given: Uint8Array[] = [];
    const spy: SeedSource = {
      next: (count) => {
        given.push(seedSource().next(count));
        return given.at(-1)!;
      },
    };
    const source = new RandomIntegers(spy);
    for (let i = 0; i < 5000; i++) source.below(2 ** 40);
    expect(given.length).toBeGreaterThan(1);
    expect(given[0]!.every((x) => x === 0)).toBe(true);
    expect(given.at(-1)!.some((x) => x !== 0)).toBe(true);
    source.dispose();
    expect(given.every((bytes) => bytes.every((x) => x === 0))).toBe(true);
  });
});
