import type { BfvTraced } from '../../evaluator/bfv-traced.ts';
import { priceOf, sumOfWork } from '../../evaluator/work.ts';
import { maxLogQP } from '../../security/check.ts';
import type { SecurityBits } from '../../security/tables.ts';
import { type Objective, ringDegrees } from '../choose-parameters.ts';
import type { CostModel } from '../cost-model.ts';
import type { QuantizedStage } from '../stages.ts';
import { isDropPoint, type Relinearize, type Step, walk, widthOf } from '../structure.ts';
import { type LayerBound, widthAt } from './bounds.ts';
import { type BfvRelinearize, type Encoding, MAX_MODULI } from './options.ts';
import { plaintextModuli } from './plaintext-moduli.ts';
import { deviationBits, failureBits, type Gain, gainsOf, noiseAlong } from './stage-noise.ts';
import { bfvLoadCost, type StageShape, shapesOf, stageWork } from './work.ts';

export interface BfvDemand {
  readonly encoding: Encoding;
  readonly security: SecurityBits;
  readonly objective: Objective;
  readonly relinearize: BfvRelinearize;
  readonly ringDegree?: number;
  readonly plaintextModuli?: number;
  readonly costs: CostModel;
}

/** What is fixed for a row of the table. */
export interface Kind {
  readonly n: number;
  readonly moduli: readonly number[];
  readonly relinearize: 'never' | 'lazy';
  /** Largest log QP of the security table. */
  readonly limit: number;
}

/** Primes and payments, with what they come to. */
export interface BfvChoice extends Kind {
  readonly primeBits: readonly number[];
  readonly specialBits: number;
  readonly steps: readonly Step[];
  readonly logQ: number;
  readonly logQP: number;
  /** log2 of what the noise may come to over its standard deviation, at the end. */
  readonly budgetBits: number;
  readonly failureBits: number;
  /** Nanoseconds of one thread, all moduli. */
  readonly loadCost: number;
  readonly evaluateCost: number;
  readonly uploadBytes: number;
  readonly downloadBytes: number;
}

/** A row without numbers that work: how many bits are missing, and at which stage. */
export interface BfvMiss extends Kind {
  readonly reason: 'modulus' | 'parts' | 'degree' | 'moduli';
  readonly missingBits: number;
  readonly stage: number;
}

export type BfvRow = BfvChoice | BfvMiss;

/** Over all coefficients of all outputs of all moduli. */
export const FAILURE_BITS = 128;

export const MAX_PRIME_BITS = 48;
const minPrimeBits = (n: number): number => Math.max(20, Math.log2(2 * n) + 6);

/** Beyond this many times the smallest ring that will do, a ring costs more of everything. */
const LARGER_RINGS = 4;

/** More moduli side by side than the fewest possible, at most. */
const EXTRA_MODULI = 4;

/** One row for each ring degree, number of plaintext moduli and way to relinearise. */
export function bfvRows(stages: readonly QuantizedStage[], bounds: readonly LayerBound[], demand: BfvDemand): BfvRow[] {
  const known = { stages, gains: gainsOf(stages, demand.encoding), shapes: shapesOf(stages, demand.encoding), demand };
  const rows: BfvRow[] = [];
  for (const kind of kindsOf(stages, bounds, demand)) {
    const first = rows.find((row) => !('reason' in row));
    if (first && kind.n > LARGER_RINGS * first.n) break;
    rows.push('reason' in kind ? kind : new Search(known, kind).run());
  }
  return rows;
}

function kindsOf(
  stages: readonly QuantizedStage[],
  bounds: readonly LayerBound[],
  demand: BfvDemand,
): (Kind | BfvMiss)[] {
  const bound = bounds.at(-1)!.plaintext;
  const squares = stages.some((stage) => stage.kind === 'square');
  const all: ('never' | 'lazy')[] = squares ? ['never', 'lazy'] : ['never'];
  const ways = all.filter((way) => demand.relinearize === 'auto' || way === demand.relinearize || !squares);
  return ringDegrees.flatMap((n) => {
    const limit = maxLogQP(n, demand.security);
    if (limit === undefined || (demand.ringDegree !== undefined && n !== demand.ringDegree)) return [];
    const wraps = bounds.findIndex(({ degree }) => degree >= n);
    const none: Kind = { n, moduli: [], relinearize: 'never', limit };
    if (wraps >= 0) return [missOf(none, 'degree', 0, Math.max(0, wraps - 1))];
    const counts = moduliCounts(n, bound, demand);
    if (counts.length === 0) return [missOf(none, 'moduli', 0, stages.length)];
    return counts.flatMap((moduli) => ways.map((relinearize): Kind => ({ n, moduli, relinearize, limit })));
  });
}

const missOf = (kind: Kind, reason: BfvMiss['reason'], missingBits: number, stage: number): BfvMiss => ({
  ...kind,
  reason,
  missingBits,
  stage,
});

/** Sets of plaintext moduli of different sizes: the fewest that will do, and a few more. */
function moduliCounts(n: number, bound: bigint, { encoding, plaintextModuli: wanted }: BfvDemand): number[][] {
  const found: number[][] = [];
  for (let count = 1; count <= MAX_MODULI && found.length <= EXTRA_MODULI; count++) {
    if (wanted !== undefined && count !== wanted) continue;
    const moduli = plaintextModuli(encoding, n, bound, count);
    // More of them serve only while they become smaller.
    if (moduli && (found.length === 0 || moduli.at(-1)! < found.at(-1)!.at(-1)!)) found.push(moduli);
  }
  return found;
}

const TIE = 0.02;

/** The network, as the search needs it. */
interface Known {
  readonly stages: readonly QuantizedStage[];
  readonly gains: readonly (Gain | null)[];
  readonly shapes: readonly StageShape[];
  readonly demand: BfvDemand;
}

class Search {
  readonly known: Known;
  readonly kind: Kind;
  readonly points: readonly number[];
  #missing = Number.POSITIVE_INFINITY;
  #parts = true;
  readonly #tried = new Map<string, BfvChoice | null>();

  constructor(known: Known, kind: Kind) {
    this.known = known;
    this.kind = kind;
    const { stages } = known;
    const first = stages.findIndex((stage) => stage.kind === 'square');
    this.points = stages.flatMap((_, i) =>
      isDropPoint(stages, i) && (i === stages.length - 1 || (first >= 0 && i > first)) ? [i] : [],
    );
  }

  run(): BfvRow {
    const found: BfvChoice[] = [];
    for (let limbs = 1; limbs * minPrimeBits(this.kind.n) <= this.kind.limit && limbs <= MAX_LIMBS; limbs++) {
      found.push(...this.withLimbs(limbs));
      if (!this.#parts) return missOf(this.kind, 'parts', 0, this.known.stages.length - 1);
      if (found.length > 0 && limbs > found[0]!.primeBits.length) break;
    }
    if (found.length === 0) return missOf(this.kind, 'modulus', this.#missing, this.known.stages.length - 1);
    return found.reduce((a, b) => (better(b, a, this.known.demand) ? b : a));
  }

  /**
   * Ways to drop primes that large, medium and small primes allow, as early and as many as can be, each with the smallest
   * primes that still allow it.
   */
  withLimbs(limbs: number): BfvChoice[] {
    const none = this.known.stages.map(() => 0);
    const least = this.leastBits((bits) => this.attempt(equal(limbs, bits), none), this.mostBits(limbs));
    if (least === null) return [];
    const most = this.mostBits(limbs);
    const ways = new Map<string, number[]>();
    for (const bits of [most, Math.ceil((most + least) / 2), least]) {
      const drops = this.earliestDrops(limbs, bits);
      ways.set(drops.join(), drops);
    }
    return [...ways.values()].flatMap((drops) => this.smallest(limbs, drops) ?? []);
  }

  /** Equal primes first; then those that are dropped on the way may be smaller than those that stay. */
  smallest(limbs: number, drops: readonly number[]): BfvChoice | null {
    const bits = this.leastBits((b) => this.attempt(equal(limbs, b), drops), this.mostBits(limbs));
    if (bits === null) return null;
    const dropped = drops.reduce((sum, d) => sum + d, 0);
    const sizes = (b: number): number[] => [...equal(limbs - dropped, bits), ...equal(dropped, b)];
    const smaller = dropped === 0 ? bits : this.leastBits((b) => this.attempt(sizes(b), drops), bits);
    return this.attempt(sizes(smaller ?? bits), drops);
  }

  mostBits(limbs: number): number {
    const primes = limbs + (this.kind.relinearize === 'lazy' ? 1 : 0);
    return Math.min(MAX_PRIME_BITS, Math.floor(this.kind.limit / primes));
  }

  /** By bisection: larger primes never hurt. Null if the largest ones are too small. */
  leastBits(works: (bits: number) => BfvChoice | null, most: number): number | null {
    let [low, high] = [minPrimeBits(this.kind.n), most];
    if (high < low || !works(high)) return null;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (works(middle)) high = middle;
      else low = middle + 1;
    }
    return high;
  }

  earliestDrops(limbs: number, bits: number): number[] {
    const drops = this.known.stages.map(() => 0);
    for (const point of this.points) {
      while (drops.reduce((sum, d) => sum + d, 1) < limbs) {
        const more = drops.with(point, drops[point]! + 1);
        if (!this.attempt(equal(limbs, bits), more)) break;
        drops[point] = more[point]!;
      }
    }
    return drops;
  }

  /** Null where noise could be too large. */
  attempt(primeBits: readonly number[], drops: readonly number[]): BfvChoice | null {
    const key = [...primeBits, '', ...drops].join();
    const tried = this.#tried.get(key);
    if (tried !== undefined) return tried;
    const choice = this.#attempt(primeBits, drops);
    this.#tried.set(key, choice);
    return choice;
  }

  #attempt(primeBits: readonly number[], drops: readonly number[]): BfvChoice | null {
    const { n, moduli, relinearize, limit } = this.kind;
    const { stages, gains, demand } = this.known;
    const ways = stages.map(
      ({ kind }) => (kind === 'square' && relinearize === 'lazy' ? 'lazy' : 'none') as Relinearize,
    );
    const base = primeBits.length - drops.reduce((sum, d) => sum + d, 0);
    const steps = walk(stages, { drops, relinearize: ways, base });
    if (!steps) {
      this.#parts = false;
      return null;
    }
    const room = limit - primeBits.reduce((sum, b) => sum + b, 0);
    const specialBits = relinearize === 'lazy' ? Math.min(MAX_PRIME_BITS, room) : 0;
    const exact = (b: number): number => 2 ** (b - primeSlack(n, b, primeBits.length));
    const primes = primeBits.map(exact);
    const special = specialBits > 0 ? [exact(specialBits)] : [];
    const t = moduli.at(-1)!;
    const last = noiseAlong(gains, steps, { n, t, encoding: demand.encoding, primes, special }).at(-1)!;
    const judged = judge(n, last, primes.slice(0, base), t, widthOf(stages.at(-1)!) * moduli.length);
    if (judged.failureBits >= FAILURE_BITS) return this.priced(primeBits, specialBits, steps, judged);
    this.#missing = Math.min(this.#missing, judged.missingBits);
    return null;
  }

  priced(primeBits: readonly number[], specialBits: number, steps: readonly Step[], judged: Judged): BfvChoice {
    const { n, moduli } = this.kind;
    const { costs, encoding } = this.known.demand;
    const t = moduli.at(-1)!;
    const setting = { n, encoding, t, primeBits, special: specialBits > 0 ? 1 : 0 };
    const work = sumOfWork(this.known.shapes.flatMap((shape, i) => stageWork(shape, steps[i]!, setting)));
    const logQ = primeBits.reduce((sum, bits) => sum + bits, 0);
    const left = primeBits.slice(0, steps.at(-1)!.limbs - steps.at(-1)!.drops).reduce((sum, bits) => sum + bits, 0);
    const inputs = widthAt(this.known.stages);
    return {
      ...this.kind,
      primeBits,
      specialBits,
      steps,
      logQ,
      logQP: logQ + specialBits,
      budgetBits: judged.budgetBits,
      failureBits: judged.failureBits,
      loadCost: moduli.length * bfvLoadCost(inputs, primeBits.length, n, costs),
      evaluateCost: moduli.length * priceOf(work, costs, n),
      uploadBytes: moduli.length * inputs * (32 + (n * logQ) / 8),
      downloadBytes: (moduli.length * widthOf(this.known.stages.at(-1)!) * steps.at(-1)!.parts * n * left) / 8,
    };
  }
}

const equal = (count: number, bits: number): number[] => new Array<number>(count).fill(bits);

export interface Judged {
  readonly failureBits: number;
  /** log2 of what the noise may come to, over its standard deviation. */
  readonly budgetBits: number;
  /** Bits of modulus that are missing for FAILURE_BITS; 0 if none. */
  readonly missingBits: number;
  /** Whether noise can never be too large. */
  readonly worstCase: boolean;
}

/** Noise of less than Q / 2t decrypts; `count` ciphertexts, all moduli together, the noisiest of which is given. */
export function judge(n: number, noisiest: BfvTraced, primes: readonly number[], t: number, count: number): Judged {
  const room = primes.reduce((sum, q) => sum + Math.log2(q), 0) - Math.log2(2 * t);
  const deviation = deviationBits(noisiest);
  const needed = Math.log2(Math.sqrt(2 * (FAILURE_BITS + Math.log2(n * count)) * Math.LN2));
  const missing = deviation + needed - room;
  return {
    // Even a normal variable would be too large too often: the model's tails are longer.
    failureBits: missing > 0 ? 0 : failureBits(n, noisiest, room, count),
    budgetBits: room - deviation,
    missingBits: Math.max(0, missing),
    worstCase: Math.log2(noisiest.worst) < room,
  };
}

/** How far the primes generated for a size may be below it, in bits: `count` of them, found in steps of 2n. */
const primeSlack = (n: number, bits: number, count: number): number =>
  -Math.log2(1 - Math.min(0.5, (2 * n * bits * (count + 1)) / 2 ** bits));

const MAX_LIMBS = 24;

/** Nanoseconds, or bytes, per image or per batch. */
export function objectiveOf(choice: BfvChoice, { objective, encoding }: BfvDemand): number {
  const images = encoding === 'slots' ? choice.n : 1;
  if (objective === 'bytes') return (choice.uploadBytes + choice.downloadBytes) / images;
  const total = choice.loadCost + choice.evaluateCost;
  return objective === 'latency' ? total : total / images;
}

/** Within a small share of each other, the fewer bytes decide, then the smaller modulus. */
export function better(a: BfvChoice, b: BfvChoice, demand: BfvDemand): boolean {
  const [x, y] = [objectiveOf(a, demand), objectiveOf(b, demand)];
  if (x < y * (1 - TIE)) return true;
  if (x > y * (1 + TIE)) return false;
  const bytes = (choice: BfvChoice): number => choice.uploadBytes + choice.downloadBytes;
  return bytes(a) < bytes(b);
}
