import { freshVariance, relinearizationVariance, roundingVariance } from '../evaluator/noise.ts';
import type { NoiseModel } from './noise-model.ts';
import type { Segment, Structure } from './structure.ts';

/** The numbers of a structure. */
export interface Solution {
  /** log2 of the input scale. */
  readonly inputScaleBits: number;
  /** Bits of the data primes, last dropped first. */
  readonly primeBits: readonly number[];
  readonly specialBits: readonly number[];
  readonly logQ: number;
  readonly logQP: number;
  /** Bits that the message needs at the end, margins included. */
  readonly finalBits: number;
  /** The stage where the message is largest against its modulus. */
  readonly tightStage: number;
}

export interface Problem {
  readonly n: number;
  readonly structure: Structure;
  readonly segments: readonly Segment[];
  readonly noise: NoiseModel;
  /** Largest output error that is allowed. */
  readonly maxError: number;
  readonly maxLogQP: number;
  readonly special: boolean;
}

export const MAX_PRIME_BITS = 48;

/** Below this there are too few primes of 1 mod 2n. */
export const minPrimeBits = (n: number): number => Math.max(20, Math.log2(2 * n) + 6);

/** How far above its least value a scale is tried. */
const INPUT_SLACK_BITS = 10;
const DROP_SLACK_BITS = 6;

/** Prepared numbers of a problem: noise of each source at scale 1, over the allowed error. */
interface Prepared {
  readonly fresh: number;
  readonly segments: readonly (Segment & {
    rescale: number;
    switches: readonly { a: number; c: number; m: number }[];
  })[];
}

/**
 * The smallest modulus, then the smallest input scale, at which the output error stays within `maxError` and every
 * message fits. Scales behind rescalings follow from the bits dropped, which are whole. Null if there is none.
 */
export function solve(problem: Problem): Solution | null {
  const prepared = prepare(problem);
  if (lowerBound(problem, prepared) > Math.min(problem.maxLogQP, capacity(problem))) return null;
  const best = search(problem, prepared);
  return best && finish(problem, best);
}

/** The least modulus that the structure could do with, whatever the table says: for messages of refusal. */
export function leastModulus(problem: Problem): { logQP: number; fits: boolean; stage: number } {
  const prepared = prepare(problem);
  const logQP = lowerBound(problem, prepared);
  return { logQP, fits: logQP <= capacity(problem), stage: optimistic(problem, prepared).stage };
}

const capacity = ({ structure, special }: Problem): number =>
  MAX_PRIME_BITS * (structure.base + structure.drops.reduce((sum, r) => sum + r, 0) + (special ? 1 : 0));

function prepare({ n, segments, noise, maxError }: Problem): Prepared {
  return {
    fresh: noise.worst(0, freshVariance(n)) / maxError,
    segments: segments.map((segment) => ({
      ...segment,
      rescale: segment.drops > 0 ? noise.worst(segment.position, roundingVariance(n, segment.parts)) / maxError : 0,
      switches: segment.relinearizations.map(({ a, c, position, parts, limbs }) => {
        const ones = new Array<number>(limbs).fill(1);
        return {
          a,
          c,
          m: noise.worst(position, relinearizationVariance(n, parts, { primes: ones, special: [1] })) / maxError,
        };
      }),
    })),
  };
}

/** Bits dropped at each rescaling if every source had the whole error to itself, and the least scales for them. */
function optimistic({ n }: Problem, { fresh, segments }: Prepared): { drops: number[]; bits: number; stage: number } {
  let [t, dropped, bits, stage] = [Math.log2(fresh), 0, 0, 0];
  const drops = segments.map((segment) => {
    for (const check of segment.checks) {
      const needed = check.a * t + check.c + dropped;
      if (needed > bits) [bits, stage] = [needed, check.stage];
    }
    if (segment.drops === 0) return 0;
    const least = minPrimeBits(n) * segment.drops;
    const scale = Math.max(segment.a * t + segment.c, Math.log2(segment.rescale) + least);
    const most = Math.min(MAX_PRIME_BITS * segment.drops, scale - Math.log2(segment.rescale));
    t = scale - most;
    dropped += most;
    return most;
  });
  return { drops, bits, stage };
}

/** Least and most bits to drop at the end of a segment. */
function dropRange(n: number, segment: Segment & { rescale: number }, scale: number, slack: number): [number, number] {
  if (segment.drops === 0) return [0, 0];
  const most = Math.min(MAX_PRIME_BITS * segment.drops, Math.floor(scale - Math.log2(segment.rescale)));
  return [Math.max(minPrimeBits(n) * segment.drops, most - slack), most];
}

function lowerBound(problem: Problem, prepared: Prepared): number {
  const { drops, bits } = optimistic(problem, prepared);
  const least = minPrimeBits(problem.n);
  const whole = Math.max(bits, drops.reduce((sum, d) => sum + d, 0) + least * problem.structure.base);
  return whole + (problem.special ? Math.max(least, whole / (capacity(problem) / MAX_PRIME_BITS - 1)) : 0);
}

/** log2 of the whole modulus that the messages need for these drops, and where. */
function required(
  segments: readonly Segment[],
  drops: readonly number[],
  inputBits: number,
): { bits: number; stage: number; last: number } {
  let [t, dropped, bits, stage, last] = [inputBits, 0, 0, 0, 0];
  segments.forEach((segment, i) => {
    for (const check of segment.checks) {
      last = check.a * t + check.c;
      if (last + dropped > bits) [bits, stage] = [last + dropped, check.stage];
    }
    t = segment.a * t + segment.c - drops[i]!;
    dropped += drops[i]!;
    last -= drops[i]!;
  });
  return { bits, stage, last };
}

interface Best {
  inputBits: number;
  drops: number[];
  logQ: number;
}

function search(problem: Problem, prepared: Prepared): Best | null {
  const { n, structure, special } = problem;
  const { segments } = prepared;
  const slack = segments.length > 4 ? 3 : DROP_SLACK_BITS;
  const step = segments.length > 3 ? 1 : 0.5;
  const least = minPrimeBits(n);
  const drops: number[] = segments.map(() => 0);
  let best: Best | null = null;

  const leaf = (inputBits: number, needed: number, dropped: number): void => {
    const base = Math.max(Math.ceil(needed - dropped - 1e-9), least * structure.base);
    if (base > MAX_PRIME_BITS * structure.base) return;
    const logQ = dropped + base;
    if (best && logQ >= best.logQ) return;
    if (logQ + (special ? largestPrime(structure, drops, base) : 0) > problem.maxLogQP) return;
    best = { inputBits, drops: [...drops], logQ };
  };
  const descend = (at: number, inputBits: number, t: number, error: number, needed: number, dropped: number): void => {
    const segment = segments[at]!;
    let most = needed;
    let sum = error;
    for (const check of segment.checks) most = Math.max(most, check.a * t + check.c + dropped);
    if (best && most >= best.logQ) return;
    for (const { a, c, m } of segment.switches) sum += (m * 2 ** -(a * t + c)) ** 2;
    const scale = segment.a * t + segment.c;
    const [low, high] = dropRange(n, segment, scale, slack);
    for (let bits = high; bits >= low; bits--) {
      const total = sum + (segment.rescale * 2 ** -(scale - bits)) ** 2;
      if (total > 1) continue;
      drops[at] = bits;
      if (at + 1 === segments.length) leaf(inputBits, most, dropped + bits);
      else descend(at + 1, inputBits, scale - bits, total, most, dropped + bits);
    }
  };
  const start = Math.ceil(Math.log2(prepared.fresh) * 4) / 4;
  for (let t = start; t <= start + INPUT_SLACK_BITS; t += step) {
    descend(0, t, t, (prepared.fresh * 2 ** -t) ** 2, 0, 0);
  }
  return best && { ...(best as Best), inputBits: lowestInput(prepared, best) };
}

/** With the bits dropped fixed, a smaller input scale only lets the noise grow: down to where it just fits. */
function lowestInput(prepared: Prepared, { inputBits, drops }: Best): number {
  let bits = inputBits;
  while (errorAt(prepared, drops, bits - 0.125) <= 1) bits -= 0.125;
  return bits;
}

function errorAt({ fresh, segments }: Prepared, drops: readonly number[], inputBits: number): number {
  let t = inputBits;
  let sum = (fresh * 2 ** -t) ** 2;
  segments.forEach((segment, i) => {
    for (const { a, c, m } of segment.switches) sum += (m * 2 ** -(a * t + c)) ** 2;
    t = segment.a * t + segment.c - drops[i]!;
    if (segment.drops > 0) sum += (segment.rescale * 2 ** -t) ** 2;
  });
  return sum;
}

function finish(problem: Problem, { inputBits, drops, logQ }: Best): Solution {
  const { structure, segments } = problem;
  const base = logQ - drops.reduce((sum, d) => sum + d, 0);
  const dropped = segments.flatMap((segment, i) => split(drops[i]!, segment.drops)).reverse();
  const primeBits = [...split(base, structure.base), ...dropped];
  const specialBits = problem.special ? [Math.max(...primeBits)] : [];
  const { last, stage } = required(segments, drops, inputBits);
  return {
    inputScaleBits: inputBits,
    primeBits,
    specialBits,
    logQ,
    logQP: logQ + (specialBits[0] ?? 0),
    finalBits: last,
    tightStage: stage,
  };
}

const largestPrime = (structure: Structure, drops: readonly number[], base: number): number => {
  const counts = structure.drops.filter((r) => r > 0);
  const dropped = drops.filter((d) => d > 0).map((d, i) => Math.ceil(d / counts[i]!));
  return Math.max(Math.ceil(base / structure.base), ...dropped);
};

/** A total of bits over `count` primes, as even as whole bits allow, larger ones first. */
const split = (bits: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => Math.floor(bits / count) + (i < bits % count ? 1 : 0));
