import type { SeedSource } from '../seeds.ts';

/** The largest deviation: |x| below 64 deviations is then below 2^52, an exact double with a bit to spare. */
export const MAX_DEVIATION = 2 ** 46;

/**
 * Fills `out` with independent draws of the discrete Gaussian of the integers: P(x) proportional to
 * exp(-x^2 / (2 deviation^2)), `deviation` an integer of 1 .. 2^46.
 *
 * Exact: given perfect random bits there is no rounding, no table and no cut of the tail (Karney, "Sampling exactly
 * from the normal distribution", ACM TOMS 42(1), algorithms N and D on integers). |x| = U + deviation * V is drawn as
 * exp(-V^2/2) exp(-f V) exp(-f^2/2), f = U / deviation, each factor decided by comparisons of uniform integers. What 64
 * deviations exceed, with probability below 2^-2900, would be rounded to a double.
 *
 * The time depends on the draws, which are independent of every secret; it tells something of the noise to who can
 * time single values, as a rejection sampler does.
 */
export function discreteGaussian(out: Float64Array, deviation: number, random: RandomIntegers): void {
  for (let i = 0; i < out.length; i++) out[i] = draw(deviation, random);
}

function draw(deviation: number, random: RandomIntegers): number {
  for (;;) {
    const v = wholeDeviations(random);
    const u = random.below(deviation);
    if (!all(v, () => decays(u, deviation, random)) || !decaysSquared(u, deviation, random)) continue;
    const x = u + deviation * v;
    if (random.below(2) === 0) return x;
    if (x > 0) return -x; // zero once only
  }
}

/** V with probability proportional to exp(-V^2 / 2): geometric with exp(-1/2), kept with exp(-V (V - 1) / 2). */
function wholeDeviations(random: RandomIntegers): number {
  for (;;) {
    let v = 0;
    while (decaysHalf(random)) v++;
    if (all(v * (v - 1), () => decaysHalf(random))) return v;
  }
}

/** True with probability exp(-1/2). */
const decaysHalf = (random: RandomIntegers): boolean => oddRun((k) => random.below(2 * k) === 0);

/** True with probability exp(-u / t). */
const decays = (u: number, t: number, random: RandomIntegers): boolean =>
  oddRun((k) => random.below(t) < u && random.below(k) === 0);

/** True with probability exp(-(u / t)^2 / 2). */
const decaysSquared = (u: number, t: number, random: RandomIntegers): boolean =>
  oddRun((k) => random.below(t) < u && random.below(t) < u && random.below(2 * k) === 0);

/** True with probability exp(-g), g of 0 .. 1, if `trial(k)` is true with probability g / k (von Neumann). */
function oddRun(trial: (k: number) => boolean): boolean {
  let k = 1;
  while (trial(k)) k++;
  return k % 2 === 1;
}

function all(times: number, trial: () => boolean): boolean {
  for (let i = 0; i < times; i++) if (!trial()) return false;
  return true;
}

const SEEDS_AT_A_TIME = 512;
const WORD_BYTES = 6;

/** Uniform integers from a seed source; what was drawn is wiped as soon as it is used up, the rest by `dispose()`. */
export class RandomIntegers {
  readonly #source: SeedSource;
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #limit = 1;
  #range = 1;

  constructor(source: SeedSource) {
    this.#source = source;
  }

  /** Uniform of 0 .. limit - 1, `limit` 1 .. 2^48: rejection, no modulo bias. */
  below(limit: number): number {
    return limit <= 256 ? this.#small(limit) : this.#large(limit);
  }

  #small(limit: number): number {
    const end = 256 - (256 % limit);
    for (;;) {
      const x = this.#take(1);
      if (x < end) return x % limit;
    }
  }

  #large(limit: number): number {
    if (limit !== this.#limit) this.#setRange(limit);
    for (;;) {
      const x = this.#take(WORD_BYTES) % this.#range;
      if (x < limit) return x;
    }
  }

  /** The power of two that covers the limit. */
  #setRange(limit: number): void {
    this.#limit = limit;
    this.#range = 1;
    while (this.#range < limit) this.#range *= 2;
  }

  #take(count: number): number {
    if (this.#at + count > this.#bytes.length) this.#refill();
    let x = 0;
    for (let i = 0; i < count; i++) x = x * 256 + this.#bytes[this.#at++]!;
    return x;
  }

  #refill(): void {
    this.dispose();
    this.#bytes = this.#source.next(SEEDS_AT_A_TIME);
    this.#at = 0;
  }

  dispose(): void {
    this.#bytes.fill(0);
    this.#at = this.#bytes.length;
  }
}
