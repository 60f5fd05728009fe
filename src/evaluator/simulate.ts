import { HesperError } from '../errors.ts';
import { checkConstants, checkLinear, checkPairs, stepByStep } from './check.ts';
import { linearColumns, product, shifted, squared } from './columns.ts';
import type { Evaluator } from './evaluator.ts';
import { freshVariance, relinearizationVariance, roundingVariance, type Variance, varianceAt } from './noise.ts';
import { createRandom, type Random } from './random.ts';

/** Values with the noise that encryption would have left in them. */
export interface Simulated {
  readonly values: Float64Array;
  readonly level: number;
  readonly parts: number;
  readonly scale: number;
}

export interface SimulatorOptions {
  readonly ringDegree: number;
  /** Data primes; level = primes left - 1. */
  readonly primes: readonly number[];
  /** Special prime of the relinearisation key, if there is one. */
  readonly special?: number;
  /** Slots to simulate, at most n / 2; of all slots those where the secret is largest, hence the noisiest. */
  readonly slots?: number;
  readonly seed: number;
}

export interface Simulator {
  readonly ev: Evaluator<Simulated>;
  encrypt(values: Float64Array, scale: number, level?: number): Simulated;
}

/**
 * The clear interpreter with encryption noise added where a scheme adds it: fresh, at each rescale, at each
 * relinearisation. Noise runs through the network with all its correlations. |s|^2 is drawn once per slot.
 */
export function createSimulator(options: SimulatorOptions): Simulator {
  const { ringDegree: n, primes } = options;
  const slots = options.slots ?? n / 2;
  const random = createRandom(options.seed);
  const secret = secretSizes(n / 2, slots, random);
  const noisy = (values: Float64Array, variance: Variance, scale: number): Float64Array =>
    addNoise(values, secret, variance, scale, random);
  const ev: Evaluator<Simulated> = {
    slots,
    linear: (cts, rows) => {
      checkLinear(cts.length, rows);
      const { level, parts, scale } = cts[0]!;
      const columns = cts.map((ct) => ct.values);
      return linearColumns(columns, rows, slots).map((values) => ({ values, level, parts, scale: scale * rows.scale }));
    },
    addPlain: (cts, constants) => {
      checkConstants(cts.length, constants);
      return cts.map((ct, i) => ({ ...ct, values: shifted(ct.values, constants[i]!) }));
    },
    squareAll: (cts) =>
      cts.map((ct) => ({ ...ct, values: squared(ct.values), parts: 2 * ct.parts - 1, scale: ct.scale ** 2 })),
    multiplyPairs: (cts, pairs) => {
      checkPairs(cts.length, pairs);
      return pairs.map(([i, j]) => {
        const [a, b] = [cts[i]!, cts[j]!];
        const values = product(a.values, b.values);
        return { values, level: a.level, parts: a.parts + b.parts - 1, scale: a.scale * b.scale };
      });
    },
    relinearizeAll: (cts) =>
      cts.map((ct) => {
        const variance = relinearizationVariance(n, ct.parts, primes.slice(0, ct.level + 1), wantSpecial(options));
        return { ...ct, values: noisy(ct.values, variance, ct.scale), parts: 2 };
      }),
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
    encrypt: (values, scale, level = primes.length - 1) => ({
      values: noisy(values, freshVariance(n), scale),
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

function wantSpecial({ special }: SimulatorOptions): number {
  if (special !== undefined) return special;
  throw new HesperError('missing-evaluation-key', 'relinearizeAll needs a relinearisation key', {
    met: 'no special prime',
    wanted: 'a special prime',
    remedy: 'Plan with relinearisation, or leave the parts as they are.',
  });
}
