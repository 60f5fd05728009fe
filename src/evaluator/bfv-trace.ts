import { HesperError } from '../errors.ts';
import { failureBits } from './bfv-failure.ts';
import { deviationOf } from './bfv-noise.ts';
import * as traced from './bfv-traced.ts';
import { auxiliaryCount, scaledProductWork, shiftsWork, switchDownWork, transformWork } from './bfv-work.ts';
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
import { weightScale } from './integer-scales.ts';
import { type IntegerPlain, integersOf, nonAdjacentForm } from './integers.ts';
import type { Encryption } from './noise.ts';
import {
  addPlainOperations,
  linearOperations,
  linearPlainOperations,
  productOperations,
  sumOperations,
} from './operations.ts';
import { isVector } from './plain.ts';
import { identityOf, isWide } from './trace.ts';
import { createTraceChecks, logModuli } from './trace-checks.ts';
import { createTraceKeys, type KeysPresent } from './trace-keys.ts';
import type { PlainRows } from './verbs.ts';
import {
  addPlainWork,
  addWork,
  linearPlainWork,
  linearWork,
  noOperations,
  type OperationCounts,
  type Prices,
  priceOf,
  relinearizeWork,
  rotateSumWork,
  rotateWork,
  type Size,
  type Work,
} from './work.ts';

export type { BfvTraced, IntegerCoding } from './bfv-traced.ts';

type BfvTraced = traced.BfvTraced;

export interface BfvTraceOptions extends KeysPresent {
  readonly ringDegree: number;
  /** Data primes; level = primes left - 1. */
  readonly primes: readonly number[];
  /** Special primes of the evaluation keys; none: there are no such keys. */
  readonly special?: readonly number[];
  /** t: networks of several moduli are traced once for each. */
  readonly plaintextModulus: number;
  /** Default 'slots'. */
  readonly encoding?: traced.IntegerCoding;
  /** Largest ciphertext; factors of products are of 5 parts at most. Default 9. */
  readonly maxParts?: number;
  readonly prices?: Prices;
}

export interface BfvTracer {
  readonly ev: Evaluator<BfvTraced>;
  readonly count: OperationCounts;
  /** Nanoseconds of one thread, by `prices`; without the encoding of vectors, which is done once. */
  cost(): number;
  /** An encryption at the highest level unless another is given. */
  fresh(scale: number, level?: number, kind?: Encryption): BfvTraced;
  /** log2 of Q / (2t), which |noise| must stay below. */
  limitBits(level: number): number;
  /** Bits between the standard deviation of a coefficient's noise and that limit, on average over keys. */
  budgetBits(ct: BfvTraced): number;
  /** -log2 of the probability that any coefficient of any of these decrypts wrongly, on average; see bfv-failure.ts. */
  failureBits(outputs: readonly BfvTraced[]): number;
  /** Whether no randomness whatever can make any of these decrypt wrongly. */
  worstCaseImpossible(outputs: readonly BfvTraced[]): boolean;
}

/**
 * Runs circuits on levels, parts, scales and the noise of BFV ciphertexts, counts the work of the verbs as they are
 * done on ciphertexts, and refuses what they refuse, before the work: 'level-mismatch', 'level-exhausted',
 * 'scale-mismatch', 'parts-mismatch', 'missing-evaluation-key', 'shape-mismatch', 'invalid-argument',
 * 'non-finite-value'. Whether messages fit the plaintext moduli is for intervals to say (interval.ts,
 * interval-coefficients.ts). `rescaleAll` and `dropLevelAll` switch the modulus: work, and the scale is kept.
 */
export function createBfvTracer(options: BfvTraceOptions): BfvTracer {
  const { ringDegree: n, primes, special = [], plaintextModulus: t, encoding = 'slots', prices } = options;
  const slots = encoding === 'slots' ? n : 1;
  const scheme: traced.BfvScheme = { n, t, encoding, primes, special };
  const check = createTraceChecks(options);
  const keys = createTraceKeys(options);
  const moduli = logModuli(primes);
  const count = noOperations();
  const encoded = new Set<string>();
  const spend = (...works: readonly Work[]): void => {
    for (const work of works) addWork(count, work);
  };
  const size = (ct: BfvTraced): Size => ({ n, limbs: ct.level + 1, parts: ct.parts, special: special.length });
  const limitBits = (level: number): number => moduli[level]! - Math.log2(2 * t);

  /** Work comes after the checks, which are in what makes the outputs. */
  const job = (out: readonly BfvTraced[], ...works: readonly Work[]): BfvTraced[] => {
    spend({ jobs: 1 }, ...works);
    return [...out];
  };
  /** Copies of those that are not in this form: each once. */
  const inForm = <F extends BfvTraced['form']>(cts: readonly BfvTraced[], form: F): BfvTraced[] => {
    const others = [...new Set(cts)].filter((ct) => ct.form !== form);
    for (const ct of others) spend(transformWork(1, size(ct)));
    const copies = new Map(others.map((ct) => [ct, { ...ct, form }]));
    return cts.map((ct) => copies.get(ct) ?? ct);
  };
  const inOneForm = (cts: readonly BfvTraced[]): BfvTraced[] =>
    cts.every((ct) => ct.form === cts[0]!.form) ? [...cts] : inForm(cts, 'coefficient');
  const turnable = (verb: string, cts: readonly BfvTraced[]): void => {
    if (encoding === 'coefficients') throw noSlots(verb);
    check.twoParts(verb, cts);
  };
  /** A vector is encoded once for each use and level, by a transform modulo t, and one of each prime for products. */
  const encodings = (plain: object, use: string, level: number, scale: number): Work[] => {
    const key = `${identityOf(plain)} ${use} ${level} ${scale}`;
    if (encoded.has(key)) return [];
    encoded.add(key);
    return [{ encodings: 1, encodingNtts: use === 'sum' ? 1 : level + 2 }];
  };
  const product = (a: BfvTraced, b: BfvTraced): BfvTraced => {
    for (const { parts } of [a, b]) requireFactor(parts);
    return check.partsFit(traced.multiply(a, b, scheme));
  };
  const productWork = (a: BfvTraced, b: BfvTraced): Work => {
    const auxiliary = auxiliaryCount(n, t, Math.min(a.parts, b.parts), moduli[a.level]!);
    return scaledProductWork(size(a), a === b ? 0 : b.parts, auxiliary);
  };

  const down = (ct: BfvTraced): BfvTraced => {
    spend(switchDownWork(size(ct)));
    return traced.switchDown(ct, scheme);
  };
  const downTo = (ct: BfvTraced, level: number): BfvTraced => (ct.level === level ? ct : downTo(down(ct), level));

  const ev: Evaluator<BfvTraced> = {
    slots,
    linear: (cts, rows) => {
      checkLinear(cts.length, rows);
      const first = check.alike('linear', cts, ['scale', 'parts']);
      if (!first) return [];
      const shape = { ...rows, weights: rows.values.length, wide: isWide(rows) };
      const operations = linearOperations(rows);
      if (encoding === 'slots')
        return job(traced.linear(inOneForm(cts), rows, scheme), linearWork(shape, size(first)), operations);
      const out = traced.linear(inForm(cts, 'coefficient'), rows, scheme);
      return job(out, shiftsWork(digitsIn(rows.values), rows.outputs, size(first)), operations);
    },
    linearPlain: (cts, plainRows) => {
      checkPlainRows(cts.length, plainRows, slots);
      const first = check.alike('linearPlain', cts, ['parts']);
      if (!first || plainRows.rows.length === 0) return [];
      for (const row of plainRows.rows) check.rowScales(cts, row, plainRows.scale ?? 1);
      const weights = weightsOf(plainRows, encoding);
      const vectors = encoding === 'slots' ? vectorsOf(plainRows) : [];
      const list = encoding === 'slots' && vectors.length === 0 ? inOneForm(cts) : inForm(cts, homeOf(encoding));
      const out = plainRows.rows.map((row, r) => {
        const scale = cts[row[0]!.from]!.scale * weightScale(row[0]!, plainRows);
        const terms = row.map(({ from }, k) => ({ ct: list[from]!, weight: weights[r]![k]! }));
        return traced.linearPlain(terms, scale, scheme);
      });
      const prepared = vectors.flatMap(({ vector, scale }) => encodings(vector, 'product', first.level, scale));
      const work =
        encoding === 'slots'
          ? linearPlainWork(weights.flat().length, size(first))
          : shiftsWork(digitsIn(weights.flat()), out.length, size(first));
      return job(out, work, linearPlainOperations(plainRows), ...prepared);
    },
    addPlain: (cts, plains) => {
      checkConstants(cts.length, plains, slots);
      const integers = plains.map((plain, i) => integersOf(plain, cts[i]!.scale, 'addPlain'));
      const prepared = cts.flatMap(({ level, scale }, i) => {
        const plain = plains[i]!;
        return encoding === 'slots' && isVector(plain) ? encodings(plain, 'sum', level, scale) : [];
      });
      const low = (i: number): boolean => encoding === 'coefficients' || isVector(plains[i]!);
      const lowered = inForm(
        cts.filter((_, i) => low(i)),
        'coefficient',
      );
      let next = 0;
      const out = cts.map((ct, i) => traced.addPlain(low(i) ? lowered[next++]! : ct, integers[i]!, scheme));
      return job(out, ...cts.map((ct) => addPlainWork(1, size(ct))), addPlainOperations(plains), ...prepared);
    },
    squareAll: (cts) => {
      const out = cts.map((ct) => product(ct, ct));
      inForm(cts, 'coefficient');
      return job(out, ...cts.map((ct) => productWork(ct, ct)), productOperations(cts.length));
    },
    multiplyPairs: (cts, pairs) => {
      checkPairs(cts.length, pairs);
      const factors = pairs.map(([i, j]) => [cts[i]!, cts[j]!] as const);
      for (const pair of factors) check.alike('multiplyPairs', pair, []);
      const out = factors.map(([a, b]) => product(a, b));
      inForm(factors.flat(), 'coefficient');
      return job(out, ...factors.map(([a, b]) => productWork(a, b)), productOperations(factors.length));
    },
    rotateMany: (cts, list) => {
      checkSteps(list);
      turnable('rotateMany', list.length > 0 ? cts : []);
      const turned = [...new Set(list.map((step) => rotationOf(step, n / 2)))].filter((step) => step !== 0);
      keys.rotations(turned, cts);
      const turn = (ct: BfvTraced) => (step: number) =>
        rotationOf(step, n / 2) === 0 ? ct : traced.rotate(ct, scheme);
      const out = inForm(cts, 'ntt').flatMap((ct) => list.map(turn(ct)));
      return job(out, ...(turned.length === 0 ? [] : cts.map((ct) => rotateWork(turned.length, size(ct)))));
    },
    rotateSum: (cts, list) => {
      checkRotateSum(cts.length, list);
      turnable('rotateSum', cts);
      const turned = list.map((step) => rotationOf(step, n / 2) !== 0);
      keys.rotations(
        list.filter((_, i) => turned[i]),
        cts,
      );
      const first = check.alike('rotateSum', cts, ['scale'])!;
      const keyed = turned.filter(Boolean).length;
      const out = [traced.rotateSum(inForm(cts, 'ntt'), turned, scheme)];
      return job(out, rotateSumWork(cts.length, keyed, size(first)), sumOperations(cts.length));
    },
    conjugateAll: (cts) => {
      turnable('conjugateAll', cts);
      keys.conjugation(cts);
      const out = inForm(cts, 'ntt').map((ct) => traced.conjugate(ct, scheme));
      return job(out, ...cts.map((ct) => ({ ...rotateWork(1, size(ct)), rotations: 0, conjugations: 1 })));
    },
    relinearizeAll: (cts) => {
      const long = cts.filter((ct) => ct.parts > 2);
      keys.relinearization(long);
      const out = cts.map((ct) => (ct.parts === 2 ? ct : traced.switched(ct, ct.parts - 2, scheme)));
      return job(out, ...long.map((ct) => relinearizeWork(1, size(ct))));
    },
    rescaleAll: (cts) => {
      for (const ct of cts) check.primeToDrop(ct);
      return job(inForm(cts, 'coefficient').map(down));
    },
    dropLevelAll: (cts, level) => {
      for (const ct of cts) check.lowerLevel(ct, level);
      const high = inForm(
        cts.filter((ct) => ct.level > level),
        'coefficient',
      );
      let next = 0;
      return job(cts.map((ct) => (ct.level > level ? downTo(high[next++]!, level) : ct)));
    },
    pointwise: (cts, steps) => stepByStep(ev, cts, steps),
  };
  return {
    ev,
    count,
    cost: () => (prices ? priceOf(count, prices, n) : 0),
    fresh: (scale, level = primes.length - 1, kind = 'symmetric') => traced.fresh(scheme, scale, level, kind),
    limitBits,
    budgetBits: (ct) => limitBits(ct.level) - Math.log2(deviationOf(ct.noise)),
    failureBits: (outputs) =>
      failureBits(
        n,
        outputs.map(({ level, noise }) => ({ limitBits: limitBits(level), noise })),
      ),
    worstCaseImpossible: (outputs) => outputs.every((ct) => Math.log2(ct.worst) < limitBits(ct.level)),
  };
}

/** Weights as integers, row by row; in coefficient encoding that of the only slot. */
const weightsOf = (rows: PlainRows, encoding: traced.IntegerCoding): IntegerPlain[][] =>
  rows.rows.map((row) =>
    row.map((term) => {
      const integers = integersOf(term.weight, weightScale(term, rows), 'linearPlain');
      return encoding === 'slots' || typeof integers === 'bigint' ? integers : (integers[0] ?? 0n);
    }),
  );

const vectorsOf = (rows: PlainRows): { readonly vector: object; readonly scale: number }[] =>
  rows.rows.flatMap((row) =>
    row.flatMap((term) => {
      const { weight } = term;
      return isVector(weight) ? [{ vector: weight, scale: weightScale(term, rows) }] : [];
    }),
  );

/** Where weights that are not all numbers meet ciphertexts. */
const homeOf = (encoding: traced.IntegerCoding): BfvTraced['form'] => (encoding === 'slots' ? 'ntt' : 'coefficient');

function digitsIn(weights: ArrayLike<number> | readonly IntegerPlain[]): number {
  let digits = 0;
  for (let k = 0; k < weights.length; k++) digits += nonAdjacentForm(weights[k] as number | bigint).length;
  return digits;
}

/** Kernels make room for products of this many parts. */
const MAX_FACTOR_PARTS = 5;

function requireFactor(parts: number): void {
  if (parts <= MAX_FACTOR_PARTS) return;
  throw new HesperError('parts-mismatch', 'No products of ciphertexts with this many parts', {
    met: parts,
    wanted: `at most ${MAX_FACTOR_PARTS}`,
    remedy: 'Relinearise before multiplying further.',
  });
}

const noSlots = (verb: string): HesperError =>
  new HesperError('invalid-argument', `${verb}: integers encoded as coefficients have no slots`, {
    met: "encoding 'coefficients'",
    wanted: "encoding 'slots'",
    remedy: 'Use a circuit without rotations, or encode in slots.',
  });
