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
import type { Evaluator } from './evaluator.ts';
import {
  addPlainOperations,
  linearOperations,
  linearPlainOperations,
  productOperations,
  sumOperations,
} from './operations.ts';
import { isVector } from './plain.ts';
import { createTraceChecks } from './trace-checks.ts';
import { createTraceKeys, type KeysPresent } from './trace-keys.ts';
import * as traced from './traced.ts';
import type { LinearRows, Plain } from './verbs.ts';
import {
  addPlainWork,
  addWork,
  encodeWork,
  linearPlainWork,
  linearWork,
  multiplyWork,
  noOperations,
  type OperationCounts,
  type Prices,
  priceOf,
  relinearizeWork,
  rescaleWork,
  rotateSumWork,
  rotateWork,
  type Size,
  squareWork,
  type Work,
} from './work.ts';

export { logModuli } from './trace-checks.ts';
export type { FreshOptions, Traced } from './traced.ts';

type Traced = traced.Traced;

/** Ring, primes and keys of the evaluator that is traced. */
export interface TraceOptions extends KeysPresent {
  readonly ringDegree: number;
  /** Data primes; level = primes left - 1. */
  readonly primes: readonly number[];
  /** Special primes of the evaluation keys; none: there are no such keys. */
  readonly special?: readonly number[];
  /** Largest ciphertext. */
  readonly maxParts?: number;
  /**
   * Largest |message| after each step, in order of execution and with the steps of `pointwise` one by one, known
   * from calibration. Without it the bound of a weighted sum is the worst case.
   */
  readonly bounds?: readonly number[];
  /** Root mean square of the messages after each step; default: the bound. For average noise only. */
  readonly rms?: readonly number[];
  readonly prices?: Prices;
}

/** An evaluator on levels, scales, bounds and noise, and what its verbs have cost so far. Made by `createTracer`. */
export interface Tracer {
  readonly ev: Evaluator<Traced>;
  readonly count: OperationCounts;
  /** Nanoseconds of one thread, by `prices`; without the encoding of plaintexts, which is done once. */
  cost(): number;
  /** An encryption at the highest level unless another is given. */
  fresh(scale: number, bound: number, level?: number, options?: traced.FreshOptions): Traced;
}

/**
 * Runs circuits on levels, parts, scales, bounds and noise, counts the work, and refuses what a scheme would refuse,
 * before the work: 'level-mismatch', 'level-exhausted', 'scale-mismatch', 'scale-overflow', 'parts-mismatch',
 * 'missing-evaluation-key', 'shape-mismatch', 'invalid-argument', 'non-finite-value'. Planner and validator.
 */
export function createTracer(options: TraceOptions): Tracer {
  const { ringDegree: n, primes, special = [], prices } = options;
  const slots = n / 2;
  const scheme: traced.Scheme = { n, primes, special };
  const check = createTraceChecks(options);
  const keys = createTraceKeys(options);
  const count = noOperations();
  const encoded = new Set<string>();
  let inJob = false;
  let steps = 0;
  const spend = (...works: readonly Work[]): void => {
    for (const work of works) addWork(count, work);
  };
  const size = (ct: Traced): Size => ({ n, limbs: ct.level + 1, parts: ct.parts, special: special.length });
  /** A verb: `plan` checks and says what comes out and what it costs; nothing is counted of what is refused. */
  const job = (plan: () => { out: Traced[]; work: readonly Work[] }): Traced[] => {
    const { out, work } = plan();
    const made = known(out);
    if (!inJob) spend({ jobs: 1 });
    spend(...work);
    return made;
  };
  const known = (cts: readonly Traced[]): Traced[] => {
    const [bound, rms] = [options.bounds?.[steps], options.rms?.[steps]];
    steps++;
    return cts.map((ct) => check.fits(bound === undefined ? ct : { ...ct, bound, rms: rms ?? bound }));
  };
  /** Vectors are encoded once for each level and scale. */
  const encodings = (plain: Plain, level: number, scale: number): Work[] => {
    if (!isVector(plain)) return [];
    const key = `${identityOf(plain)} ${level} ${scale}`;
    if (encoded.has(key)) return [];
    encoded.add(key);
    return [encodeWork(level + 1)];
  };

  const ev: Evaluator<Traced> = {
    slots,
    linear: (cts, rows) =>
      job(() => {
        checkLinear(cts.length, rows);
        const first = check.alike('linear', cts, ['scale', 'parts']);
        const shape = { ...rows, weights: rows.values.length, wide: isWide(rows) };
        const work = first ? [linearWork(shape, size(first)), linearOperations(rows)] : [];
        return { out: first ? traced.linear(cts, rows) : [], work };
      }),
    linearPlain: (cts, { rows, inputs, scale: given }) =>
      job(() => {
        checkPlainRows(cts.length, { rows, inputs, scale: given }, slots);
        const first = check.alike('linearPlain', cts, ['parts']);
        if (!first || rows.length === 0) return { out: [], work: [] };
        const scale = given ?? primes[first.level]!;
        const terms = rows.flat();
        for (const row of rows) check.rowScales(cts, row, scale);
        const prepared = terms.flatMap((term) => encodings(term.weight, first.level, term.scale ?? scale));
        const work = [
          linearPlainWork(terms.length, size(first)),
          linearPlainOperations({ inputs, rows, scale }),
          ...prepared,
        ];
        return { out: rows.map((row) => traced.linearPlain(cts, row, scale, n)), work };
      }),
    addPlain: (cts, plains) =>
      job(() => {
        checkConstants(cts.length, plains, slots);
        const prepared = cts.flatMap((ct, i) => encodings(plains[i]!, ct.level, ct.scale));
        const out = cts.map((ct, i) => traced.addPlain(ct, plains[i]!, n));
        return { out, work: [...cts.map((ct) => addPlainWork(1, size(ct))), addPlainOperations(plains), ...prepared] };
      }),
    squareAll: (cts) =>
      job(() => ({
        out: cts.map((ct) => check.partsFit(traced.multiply(ct, ct))),
        work: [...cts.map((ct) => squareWork(1, size(ct))), productOperations(cts.length)],
      })),
    multiplyPairs: (cts, pairs) =>
      job(() => {
        checkPairs(cts.length, pairs);
        const factors = pairs.map(([i, j]) => [cts[i]!, cts[j]!] as const);
        for (const pair of factors) check.alike('multiplyPairs', pair, []);
        return {
          out: factors.map(([a, b]) => check.partsFit(traced.multiply(a, b))),
          work: [...factors.map(([a, b]) => multiplyWork(size(a), b.parts)), productOperations(factors.length)],
        };
      }),
    rotateMany: (cts, list) =>
      job(() => {
        checkSteps(list);
        const turned = [...new Set(list.map((step) => rotationOf(step, slots)))].filter((step) => step !== 0);
        keys.rotations(turned, cts);
        if (list.length > 0) check.twoParts('rotateMany', cts);
        const turn = (ct: Traced) => (step: number) => (rotationOf(step, slots) === 0 ? ct : traced.rotate(ct, scheme));
        return {
          out: cts.flatMap((ct) => list.map(turn(ct))),
          work: turned.length === 0 ? [] : cts.map((ct) => rotateWork(turned.length, size(ct))),
        };
      }),
    rotateSum: (cts, list) =>
      job(() => {
        checkRotateSum(cts.length, list);
        const turned = list.map((step) => rotationOf(step, slots) !== 0);
        keys.rotations(
          list.filter((_, i) => turned[i]),
          cts,
        );
        check.twoParts('rotateSum', cts);
        const first = check.alike('rotateSum', cts, ['scale'])!;
        const keyed = turned.filter(Boolean).length;
        return {
          out: [traced.rotateSum(cts, turned, scheme)],
          work: [rotateSumWork(cts.length, keyed, size(first)), sumOperations(cts.length)],
        };
      }),
    conjugateAll: (cts) =>
      job(() => {
        keys.conjugation(cts);
        check.twoParts('conjugateAll', cts);
        const work = cts.map((ct) => ({ ...rotateWork(1, size(ct)), rotations: 0, conjugations: 1 }));
        return { out: cts.map((ct) => traced.conjugate(ct, scheme)), work };
      }),
    relinearizeAll: (cts) =>
      job(() => {
        const long = cts.filter((ct) => ct.parts > 2);
        keys.relinearization(long);
        const out = cts.map((ct) => (ct.parts === 2 ? ct : traced.switched(ct, ct.parts - 2, scheme)));
        return { out, work: long.map((ct) => relinearizeWork(1, size(ct))) };
      }),
    rescaleAll: (cts) =>
      job(() => {
        for (const ct of cts) check.primeToDrop(ct);
        return { out: cts.map((ct) => traced.rescale(ct, scheme)), work: cts.map((ct) => rescaleWork(1, size(ct))) };
      }),
    dropLevelAll: (cts, level) =>
      known(
        cts.map((ct) => {
          check.lowerLevel(ct, level);
          return { ...ct, level };
        }),
      ),
    pointwise: (cts, list) => {
      spend({ jobs: 1 });
      inJob = true;
      try {
        return stepByStep(ev, cts, list);
      } finally {
        inJob = false;
      }
    },
  };
  return {
    ev,
    count,
    cost: () => (prices ? priceOf(count, prices, n) : 0),
    fresh: (scale, bound, level = primes.length - 1, fresh = {}) =>
      check.fits(traced.fresh(n, scale, bound, level, fresh)),
  };
}

const identities = new WeakMap<object, number>();
let identitiesGiven = 0;

/** A number for each object, so that plaintexts can be told apart by identity. */
export function identityOf(plain: object): number {
  const known = identities.get(plain) ?? ++identitiesGiven;
  identities.set(plain, known);
  return known;
}

/** Weights that the int16 digits cannot hold. */
export const isWide = (rows: LinearRows): boolean => rows.values.some((value) => value > 2047 || value < -2048);
