import { HesperError } from '../errors.ts';
import {
  checkConstants,
  checkLinear,
  checkPairs,
  checkPlainRows,
  checkRotateSum,
  checkSteps,
  rotationOf,
  stepByStep,
} from './check.ts';
import { createClearEvaluator } from './clear.ts';
import { createComplexEvaluator } from './clear-complex.ts';
import type { Evaluator } from './evaluator.ts';
import {
  type Encryption,
  freshVariance,
  roundingVariance,
  switchedVariance,
  type Variance,
  varianceAt,
} from './noise.ts';
import { isVector, roundingOf } from './plain.ts';
import { createRandom, type Random } from './random.ts';
import type { ComplexVector, Plain, PlainTerm } from './verbs.ts';

/** Values with the noise that encryption would have left in them. */
export interface Simulated<V = Float64Array> {
  readonly values: V;
  readonly level: number;
  readonly parts: number;
  readonly scale: number;
}

export interface SimulatorOptions {
  readonly ringDegree: number;
  /** Data primes; level = primes left - 1. */
  readonly primes: readonly number[];
  /** Special primes of the evaluation keys, if there are any. */
  readonly special?: readonly number[];
  /**
   * Slots to simulate, at most n / 2; of all slots those where the secret is largest, hence the noisiest. Rotations
   * need all of them.
   */
  readonly slots?: number;
  readonly seed: number;
}

export interface Simulator<V = Float64Array> {
  readonly ev: Evaluator<Simulated<V>>;
  encrypt(values: V, scale: number, level?: number, kind?: Encryption): Simulated<V>;
}

/**
 * The clear interpreter with encryption noise added where a scheme adds it: fresh, by rounding plaintexts, at each
 * rescale and each key switching. Noise runs through the network with all its correlations. |s|^2 is drawn once per
 * slot. Real numbers: only the real part of the noise.
 */
export function createSimulator(options: SimulatorOptions): Simulator {
  const noise = createNoise(options);
  return simulatorOver(options, createClearEvaluator(noise.slots), {
    noisy: noise.add,
    encoded: (plain, scale) => encoded(noise, plain, scale, options.ringDegree),
  });
}

/** The same for complex slots, with complex noise. */
export function createComplexSimulator(options: SimulatorOptions): Simulator<ComplexVector> {
  const noise = createNoise(options);
  return simulatorOver(options, createComplexEvaluator(noise.slots), {
    noisy: ({ re, im }, variance, scale) => ({
      re: noise.add(re, variance, scale),
      im: noise.add(im, variance, scale),
    }),
    encoded: (plain, scale) => encoded(noise, plain, scale, options.ringDegree),
  });
}

/** Plaintexts as they are after rounding at their scale: real constants exactly, vectors by their deviation. */
function encoded(noise: Noise, plain: Plain, scale: number, n: number): Plain {
  if (typeof plain === 'number') return Math.round(plain * scale) / scale;
  if (!isVector(plain)) return { re: Math.round(plain.re * scale) / scale, im: Math.round(plain.im * scale) / scale };
  const variance = Float64Array.of(roundingOf(plain, scale, n).deviation ** 2);
  const whole = (part: Float64Array): Float64Array => {
    const out = new Float64Array(noise.slots);
    out.set(part);
    return noise.add(out, variance, scale);
  };
  return 're' in plain ? { re: whole(plain.re), im: whole(plain.im) } : whole(plain);
}

interface Noise {
  readonly slots: number;
  add(values: Float64Array, variance: Variance, scale: number): Float64Array;
}

function createNoise({ ringDegree: n, slots = n / 2, seed }: SimulatorOptions): Noise {
  const random = createRandom(seed);
  const secret = secretSizes(n / 2, slots, random);
  return { slots, add: (values, variance, scale) => addNoise(values, secret, variance, scale, random) };
}

interface Effects<V> {
  noisy(values: V, variance: Variance, scale: number): V;
  encoded(plain: Plain, scale: number): Plain;
}

function simulatorOver<V>(
  { ringDegree: n, primes, special = [] }: SimulatorOptions,
  clear: Evaluator<V>,
  { noisy, encoded }: Effects<V>,
): Simulator<V> {
  const { slots } = clear;
  const switched = (ct: Simulated<V>, components: number): Simulated<V> => {
    if (special.length === 0) throw noKeys();
    const variance = switchedVariance(n, components, { primes: primes.slice(0, ct.level + 1), special });
    return { ...ct, values: noisy(ct.values, variance, ct.scale), parts: 2 };
  };
  const valuesOf = (cts: readonly Simulated<V>[]): V[] => cts.map((ct) => ct.values);
  const turned = (step: number): boolean => rotationOf(step, slots) !== 0;
  const requireAllSlots = (steps: readonly number[]): void => {
    if (slots < n / 2 && steps.some(turned)) throw fewSlots(slots, n / 2);
  };

  const ev: Evaluator<Simulated<V>> = {
    slots,
    linear: (cts, rows) => {
      checkLinear(cts.length, rows);
      if (cts.length === 0) return [];
      const { level, parts, scale } = cts[0]!;
      return clear.linear(valuesOf(cts), rows).map((values) => ({ values, level, parts, scale: scale * rows.scale }));
    },
    linearPlain: (cts, { inputs, rows, scale: given }) => {
      checkPlainRows(cts.length, { inputs, rows, scale: given }, slots);
      const scaleOf = (term: PlainTerm): number => term.scale ?? given ?? primes[cts[term.from]!.level]!;
      const rounded = rows.map((row) => row.map((term) => ({ ...term, weight: encoded(term.weight, scaleOf(term)) })));
      const sums = clear.linearPlain(valuesOf(cts), { inputs, rows: rounded });
      return rows.map((row, r) => {
        const { level, parts, scale } = cts[row[0]!.from]!;
        return { values: sums[r]!, level, parts, scale: scale * scaleOf(row[0]!) };
      });
    },
    addPlain: (cts, plains) => {
      checkConstants(cts.length, plains, slots);
      const rounded = cts.map((ct, i) => encoded(plains[i]!, ct.scale));
      return clear.addPlain(valuesOf(cts), rounded).map((values, i) => ({ ...cts[i]!, values }));
    },
    squareAll: (cts) =>
      clear
        .squareAll(valuesOf(cts), undefined)
        .map((values, i) => ({ ...cts[i]!, values, parts: 2 * cts[i]!.parts - 1, scale: cts[i]!.scale ** 2 })),
    multiplyPairs: (cts, pairs) => {
      checkPairs(cts.length, pairs);
      return clear.multiplyPairs(valuesOf(cts), pairs).map((values, k) => {
        const [a, b] = [cts[pairs[k]![0]]!, cts[pairs[k]![1]]!];
        return { values, level: a.level, parts: a.parts + b.parts - 1, scale: a.scale * b.scale };
      });
    },
    rotateMany: (cts, steps) => {
      checkSteps(steps);
      requireAllSlots(steps);
      const moved = clear.rotateMany(valuesOf(cts), steps);
      return moved.map((values, i) => {
        const ct = { ...cts[Math.floor(i / steps.length)]!, values };
        return turned(steps[i % steps.length]!) ? switched(ct, 1) : ct;
      });
    },
    rotateSum: (cts, steps) => {
      checkRotateSum(cts.length, steps);
      requireAllSlots(steps);
      const [values] = clear.rotateSum(valuesOf(cts), steps);
      const keyed = steps.filter(turned).length;
      const sum = { ...cts[0]!, values: values! };
      return [keyed > 0 ? switched(sum, keyed) : sum];
    },
    conjugateAll: (cts) =>
      clear.conjugateAll(valuesOf(cts), undefined).map((values, i) => switched({ ...cts[i]!, values }, 1)),
    relinearizeAll: (cts) => cts.map((ct) => (ct.parts === 2 ? ct : switched(ct, ct.parts - 2))),
    rescaleAll: (cts) =>
      cts.map((ct) => {
        const scale = ct.scale / primes[ct.level]!;
        const values = noisy(ct.values, roundingVariance(n, ct.parts), scale);
        return { values, level: ct.level - 1, parts: ct.parts, scale };
      }),
    dropLevelAll: (cts, level) => cts.map((ct) => ({ ...ct, level })),
    pointwise: (cts, steps) => stepByStep(ev, cts, steps),
  };
  return {
    ev,
    encrypt: (values, scale, level = primes.length - 1, kind = 'symmetric') => ({
      values: noisy(values, freshVariance(n, kind), scale),
      level,
      parts: 2,
      scale,
    }),
  };
}

/** |s|^2 / (2n/3) of the `kept` largest of `all` slots, in no order that images could notice. */
function secretSizes(all: number, kept: number, random: Random): Float64Array {
  const sizes = Float64Array.from({ length: all }, () => random.exponential());
  return kept >= all
    ? sizes
    : sizes
        .sort()
        .slice(all - kept)
        .reverse();
}

function addNoise(
  values: Float64Array,
  secret: Float64Array,
  v: Variance,
  scale: number,
  random: Random,
): Float64Array {
  const out = new Float64Array(values.length);
  const constant = v.length === 1 ? Math.sqrt(v[0]!) / scale : 0;
  for (let j = 0; j < out.length; j++) {
    const deviation = constant || Math.sqrt(varianceAt(v, secret[j]!)) / scale;
    out[j] = values[j]! + deviation * random.normal();
  }
  return out;
}

const noKeys = (): HesperError =>
  new HesperError('missing-evaluation-key', 'relinearisation, rotation and conjugation need evaluation keys', {
    met: 'no special prime',
    wanted: 'a special prime',
    remedy: 'Plan with evaluation keys, or leave the parts as they are.',
  });

const fewSlots = (met: number, wanted: number): HesperError =>
  new HesperError('invalid-argument', 'Only some slots are simulated, which rotations cannot do with', {
    met,
    wanted,
    remedy: 'Simulate all slots.',
  });
