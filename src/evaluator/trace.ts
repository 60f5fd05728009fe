import { HesperError } from '../errors.ts';
import { checkConstants, checkLinear, checkPairs, stepByStep } from './check.ts';
import type { Evaluator } from './evaluator.ts';
import {
  addVariance,
  freshVariance,
  multiplyVariance,
  relinearizationVariance,
  roundingVariance,
  scaleVariance,
  type Variance,
} from './noise.ts';
import type { LinearRows } from './verbs.ts';
import {
  addPlainWork,
  addWork,
  linearWork,
  noOperations,
  type OperationCounts,
  type Prices,
  priceOf,
  relinearizeWork,
  rescaleWork,
  type Size,
  squareWork,
  type Work,
} from './work.ts';

/** What a ciphertext weighs. Carries no values. */
export interface Traced {
  /** Primes left - 1. */
  readonly level: number;
  readonly parts: number;
  readonly scale: number;
  /** Largest |message| of any slot. */
  readonly bound: number;
  /** Noise of a slot in scaled units, see noise.ts; sums of ciphertexts are taken as independent. */
  readonly noise: Variance;
}

export interface TraceOptions {
  readonly ringDegree: number;
  readonly primes: readonly number[];
  readonly special?: number;
  /** Largest ciphertext. */
  readonly maxParts?: number;
  /**
   * Largest |message| after each step, in order of execution and with the steps of `pointwise` one by one, known
   * from calibration. Without it the bound of a weighted sum is the worst case.
   */
  readonly bounds?: readonly number[];
  readonly prices?: Prices;
}

export interface Tracer {
  readonly ev: Evaluator<Traced>;
  readonly count: OperationCounts;
  /** Nanoseconds of one thread, by `prices`. */
  cost(): number;
  fresh(scale: number, bound: number, level?: number): Traced;
}

/**
 * Runs circuits on levels, parts, scales, bounds and noise, counts the work, and refuses what a scheme would refuse:
 * 'level-mismatch', 'level-exhausted', 'scale-mismatch', 'scale-overflow', 'parts-mismatch',
 * 'missing-evaluation-key', 'shape-mismatch'. Planner and validator.
 */
export function createTracer(options: TraceOptions): Tracer {
  const { ringDegree: n, primes, special, maxParts = 9, prices } = options;
  const count = noOperations();
  const bits = logModuli(primes);
  let inJob = false;
  let steps = 0;
  const spend = (work: Work): void => addWork(count, work);
  const size = (ct: Traced): Size => ({ n, limbs: ct.level + 1, parts: ct.parts });
  const job = <T>(work: () => T): T => {
    if (inJob) return work();
    spend({ jobs: 1 });
    inJob = true;
    try {
      return work();
    } finally {
      inJob = false;
    }
  };
  const bounded = (cts: Traced[]): Traced[] => {
    const known = options.bounds?.[steps++];
    const out = known === undefined ? cts : cts.map((ct) => ({ ...ct, bound: known }));
    for (const ct of out) checkFits(ct, bits);
    return out;
  };

  const ev: Evaluator<Traced> = {
    slots: n / 2,
    linear: (cts, rows) =>
      job(() => {
        checkLinear(cts.length, rows);
        const first = uniform(cts, 'linear');
        spend(linearWork({ ...rows, weights: rows.values.length, wide: isWide(rows) }, size(first)));
        return bounded(weightedSums(cts, rows));
      }),
    addPlain: (cts, constants) =>
      job(() => {
        checkConstants(cts.length, constants);
        for (const ct of cts) spend(addPlainWork(1, size(ct)));
        return bounded(cts.map((ct, i) => ({ ...ct, bound: ct.bound + Math.abs(constants[i]!) })));
      }),
    squareAll: (cts) =>
      job(() => {
        for (const ct of cts) spend(squareWork(1, size(ct)));
        return bounded(cts.map((ct) => checkParts(multiplied(ct, ct), maxParts)));
      }),
    multiplyPairs: (cts, pairs) =>
      job(() => {
        checkPairs(cts.length, pairs);
        return bounded(
          pairs.map(([i, j]) => {
            const { level } = uniform([cts[i]!, cts[j]!], 'multiplyPairs', []);
            spend({ products: n * (level + 1) * cts[i]!.parts * cts[j]!.parts });
            return checkParts(multiplied(cts[i]!, cts[j]!), maxParts);
          }),
        );
      }),
    relinearizeAll: (cts) =>
      job(() => {
        if (special === undefined && cts.some((ct) => ct.parts > 2)) throw noKey();
        return bounded(
          cts.map((ct) => {
            if (ct.parts === 2) return ct;
            spend(relinearizeWork(1, size(ct)));
            const noise = relinearizationVariance(n, ct.parts, primes.slice(0, ct.level + 1), special!);
            return { ...ct, parts: 2, noise: addVariance(ct.noise, noise) };
          }),
        );
      }),
    rescaleAll: (cts) =>
      job(() =>
        bounded(
          cts.map((ct) => {
            if (ct.level === 0) throw exhausted();
            spend(rescaleWork(1, size(ct)));
            const q = primes[ct.level]!;
            const noise = addVariance(scaleVariance(ct.noise, 1 / q ** 2), roundingVariance(n, ct.parts));
            return { ...ct, level: ct.level - 1, scale: ct.scale / q, noise };
          }),
        ),
      ),
    dropLevelAll: (cts, level) =>
      bounded(
        cts.map((ct) => {
          if (level > ct.level || level < 0) throw levels('dropLevelAll', level, `0 to ${ct.level}`);
          return { ...ct, level };
        }),
      ),
    pointwise: (cts, list) => job(() => stepByStep(ev, cts, list)),
  };
  return {
    ev,
    count,
    cost: () => (prices ? priceOf(count, prices, n) : 0),
    fresh: (scale, bound, level = primes.length - 1) => {
      const ct = { level, parts: 2, scale, bound, noise: freshVariance(n) };
      checkFits(ct, bits);
      return ct;
    },
  };
}

/** log2 of the product of the first primes: index = level. */
export function logModuli(primes: readonly number[]): number[] {
  let sum = 0;
  return primes.map((q) => (sum += Math.log2(q)));
}

/** Weights that the int16 digits cannot hold. */
export const isWide = (rows: LinearRows): boolean => rows.values.some((value) => value > 2047 || value < -2048);

function weightedSums(cts: readonly Traced[], rows: LinearRows): Traced[] {
  const { level, parts, scale } = cts[0]!;
  const degree = Math.max(...cts.map((ct) => ct.noise.length));
  return Array.from({ length: rows.outputs }, (_, r) => {
    const noise = new Float64Array(degree);
    let bound = 0;
    for (let k = rows.rowStart[r]!; k < rows.rowStart[r + 1]!; k++) {
      const ct = cts[rows.columns[k]!]!;
      const weight = rows.values[k]!;
      bound += (Math.abs(weight) / rows.scale) * ct.bound;
      for (let i = 0; i < ct.noise.length; i++) noise[i] = noise[i]! + weight * weight * ct.noise[i]!;
    }
    return { level, parts, scale: scale * rows.scale, bound, noise };
  });
}

/** (x + e)(y + f): noise x f + y e + e f. For a square both cross terms are the same: 2 x e. */
function multiplied(a: Traced, b: Traced): Traced {
  const crossA = scaleVariance(a.noise, (b.scale * b.bound) ** 2);
  const crossB = scaleVariance(b.noise, (a.scale * a.bound) ** 2);
  const cross = a === b ? scaleVariance(crossA, 4) : addVariance(crossA, crossB);
  const both = scaleVariance(multiplyVariance(a.noise, b.noise), a === b ? 2 : 1);
  return {
    level: a.level,
    parts: a.parts + b.parts - 1,
    scale: a.scale * b.scale,
    bound: a.bound * b.bound,
    noise: addVariance(cross, both),
  };
}

type Uniform = 'scale' | 'parts';

/** The first of the list; throws where another one differs in level or one of `keys`. */
function uniform(cts: readonly Traced[], verb: string, keys: readonly Uniform[] = ['scale', 'parts']): Traced {
  const first = cts[0]!;
  for (const ct of cts) {
    if (ct.level !== first.level) throw levels(verb, ct.level, first.level);
    if (keys.includes('parts') && ct.parts !== first.parts) throw partsOf(verb, ct.parts, first.parts);
    if (keys.includes('scale') && Math.abs(ct.scale / first.scale - 1) > 2 ** -40) {
      throw new HesperError('scale-mismatch', `${verb}: ciphertexts of different scales`, {
        met: ct.scale,
        wanted: first.scale,
        remedy: 'Rescale the same way on all branches.',
      });
    }
  }
  return first;
}

function checkFits(ct: Traced, bits: readonly number[]): void {
  const needed = Math.log2(ct.scale) + Math.max(Math.log2(Math.max(ct.bound, 2 ** -60)) + 1, 0);
  const available = bits[ct.level]!;
  if (needed <= available && Math.log2(ct.scale) < available) return;
  throw new HesperError('scale-overflow', 'The message does not fit its modulus', {
    met: `${needed.toFixed(1)} bits`,
    wanted: `at most ${available.toFixed(1)} bits at level ${ct.level}`,
    remedy: 'Rescale earlier, use a smaller input scale, or more primes.',
  });
}

function checkParts(ct: Traced, maxParts: number): Traced {
  if (ct.parts <= maxParts) return ct;
  throw partsOf('product', ct.parts, `at most ${maxParts}`);
}

const partsOf = (verb: string, met: number, wanted: number | string): HesperError =>
  new HesperError('parts-mismatch', `${verb}: wrong number of ciphertext parts`, {
    met,
    wanted,
    remedy: 'Relinearise before.',
  });

const levels = (verb: string, met: number, wanted: number | string): HesperError =>
  new HesperError('level-mismatch', `${verb}: wrong level`, {
    met,
    wanted,
    remedy: 'Bring all operands to one level.',
  });

const exhausted = (): HesperError =>
  new HesperError('level-exhausted', 'rescaleAll: no prime left to drop', {
    met: 'level 0',
    wanted: 'level 1 or more',
    remedy: 'Start with more primes, or rescale less often.',
  });

const noKey = (): HesperError =>
  new HesperError('missing-evaluation-key', 'relinearizeAll needs a relinearisation key', {
    met: 'no key',
    wanted: 'a relinearisation key',
    remedy: 'Make the key, or plan without relinearisation.',
  });
