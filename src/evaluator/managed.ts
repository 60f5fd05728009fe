import { HesperError } from '../errors.ts';
import { stepByStep } from './check.ts';
import type { Evaluator } from './evaluator.ts';
import { type Rung, scaleLadder } from './scale-ladder.ts';
import type { LinearRows, PlainRows, PlainTerm } from './verbs.ts';

/** What the ciphertexts of all interpreters but the clear one say of themselves. */
export interface Metadata {
  readonly level: number;
  readonly parts: number;
  readonly scale: number;
  readonly isDisposed?: boolean;
}

export interface ManagedOptions {
  /** Data primes; level = index. */
  readonly primes: readonly number[];
  /** Scale of fresh ciphertexts at the highest level, near the primes. Default: the last prime. */
  readonly scale?: number;
}

export type ManagedEvaluator<C> = Evaluator<C> & {
  /** Levels where ciphertexts rest and their scales, highest first. Inputs encrypted to a rung need no alignment. */
  readonly rungs: readonly Rung[];
  /** Relinearised and rescaled: what a circuit does to its outputs. */
  settle(cts: readonly C[]): C[];
};

/** Scales that differ by less count as equal: they come from the same numbers in another order. */
const TOLERANCE = 2 ** -40;

/**
 * Circuits never say `relinearizeAll`, `rescaleAll` or `dropLevelAll`: this evaluator says it for them.
 *
 * Every ciphertext rests on a rung (`scaleLadder`). Products are relinearised and rescaled when the next product or
 * rotation asks for it, so sums of products pay once. Operands of different levels are brought to the lower one, and
 * their scales made equal exactly, by one multiplication with a constant where there is a level to spare: this costs
 * no level in products, and in sums only where inputs of one level came with different scales. Real weights
 * (`linearPlain`) carry the scale that is missing; where they name one, it is kept if all operands agree.
 *
 * What was paid for a ciphertext is remembered as long as that ciphertext lives. It makes intermediate ciphertexts; who
 * evaluates on real ones disposes them by a scope around the circuit.
 *
 * @throws whatever the verbs of `ev` throw, and 'level-exhausted' when a product has no rung left
 */
export function managed<C extends Metadata>(ev: Evaluator<C>, options: ManagedOptions): ManagedEvaluator<C> {
  const { primes, scale = primes.at(-1)! } = options;
  const rungs = scaleLadder(primes, scale);
  const rungOf = (ct: C): number => {
    const rung = rungs.findIndex(({ level }) => level <= ct.level);
    return rung < 0 ? exhausted(primes.length) : rung;
  };
  /** Nearer to the square of the rung's scale than to the scale, in bits. */
  const isPending = (ct: C): boolean => ct.scale > rungs[rungOf(ct)]!.scale ** 1.5;
  const drop = (ct: C, level: number): C => (ct.level === level ? ct : ev.dropLevelAll([ct], level)[0]!);

  const shorten = remembered<C>((cts) => ev.relinearizeAll(cts, undefined));
  const toNextRung = remembered<C>((cts) => {
    const goals = cts.map((ct) => rungBelow(rungOf(ct)).level);
    const out = [...cts];
    for (;;) {
      const above = out.flatMap((ct, i) => (ct.level > goals[i]! ? [i] : []));
      if (above.length === 0) return out;
      const list = above.map((i) => out[i]!);
      ev.rescaleAll(list, undefined).forEach((ct, k) => {
        out[above[k]!] = ct;
      });
    }
  });
  const rungBelow = (rung: number): Rung => rungs[rung + 1] ?? exhausted(primes.length);
  const relinearized = (cts: readonly C[]): C[] => where(cts, (ct) => ct.parts > 2, shorten);
  const rescaled = (cts: readonly C[]): C[] => {
    let out = [...cts];
    while (out.some(isPending)) out = where(out, isPending, toNextRung);
    return out;
  };
  /** Rescaling first: one more part to rescale costs less than one more prime to relinearise. */
  const settle = (cts: readonly C[]): C[] => relinearized(rescaled(cts));

  const lowered = new WeakMap<C, Map<string, C>>();
  /** Exactly to a rung below, at the given scale. `ct` is not pending. */
  const lower = (ct: C, rung: number, wanted: number): C => {
    const known = lowered.get(ct) ?? new Map<string, C>();
    lowered.set(ct, known);
    const key = `${rung} ${wanted}`;
    const before = known.get(key);
    if (before !== undefined && !before.isDisposed) return before;
    const { level } = rungs[rung]!;
    const high = drop(ct, rungs[rung - 1]!.level);
    let factor = wanted / ct.scale;
    for (let l = high.level; l > level; l--) factor *= primes[l]!;
    let [out] = ev.linearPlain([high], { inputs: 1, rows: [[{ from: 0, weight: 1, scale: factor }]] });
    while (out!.level > level) [out] = ev.rescaleAll([out!], undefined);
    known.set(key, out!);
    return out!;
  };
  /** To a rung at or below its own; from above, at the rung's scale. */
  const toRung = (ct: C, rung: number): C =>
    rungOf(ct) < rung ? lower(ct, rung, rungs[rung]!.scale) : drop(ct, rungs[rung]!.level);

  /** Operands of one level; every term has its scale. Sums of three parts are relinearised once, before they meet two. */
  const sumOfParts = (cts: readonly C[], rows: PlainRows): C[] => {
    if (cts.every((ct) => ct.parts === cts[0]!.parts)) return ev.linearPlain(cts, rows);
    const summands = cts.flatMap((ct, i) => (ct.parts > 2 ? [] : [i]));
    const list = summands.map((i) => cts[i]!);
    const renumber = (terms: readonly PlainTerm[], kept: readonly number[]): PlainTerm[] =>
      terms.flatMap((term) => (kept.includes(term.from) ? [{ ...term, from: kept.indexOf(term.from) }] : []));
    const sums = rows.rows.map((terms) => renumber(terms, summands));
    for (const parts of new Set(cts.map((ct) => ct.parts).filter((p) => p > 2))) {
      const long = cts.flatMap((ct, i) => (ct.parts === parts ? [i] : []));
      const subRows = rows.rows.map((terms) => renumber(terms, long));
      const used = subRows.flatMap((terms, r) => (terms.length > 0 ? [r] : []));
      const partial = ev.linearPlain(
        long.map((i) => cts[i]!),
        { inputs: long.length, rows: used.map((r) => subRows[r]!), scale: rows.scale },
      );
      relinearized(partial).forEach((ct, k) => {
        sums[used[k]!]!.push({ from: list.push(ct) - 1, weight: 1, scale: 1 });
      });
    }
    return ev.linearPlain(list, { inputs: list.length, rows: sums, scale: rows.scale });
  };

  /** Sums of ciphertexts that differ in level, scale or parts; rows may carry a scale of their own. */
  const linearUnlike = (all: readonly C[], rows: LinearRows): C[] => {
    const cts = where(all, (ct) => ct.scale > rungs[rungOf(ct)]!.scale ** 2.5, toNextRung);
    const due = cts.map((ct) => rungOf(ct) + (isPending(ct) ? 1 : 0));
    const last = Math.max(...due);
    const lowest = cts.filter((_, i) => due[i] === last);
    if (lowest.every(isPending) && sameScale(lowest)) {
      const level = rungs[last - 1]!.level;
      const operands = where(cts, (ct) => isPending(ct) && !lowest.includes(ct), toNextRung).map((ct) =>
        drop(ct, level),
      );
      return sumOfParts(
        operands,
        plainRows(rows, (from) => lowest[0]!.scale / operands[from]!.scale),
      );
    }
    const operands = rescaled(cts);
    const resting = operands.filter((ct) => rungOf(ct) === last);
    if (!sameScale(resting)) return managedPlain(operands, plainRows(rows));
    const common = operands.map((ct) =>
      rungOf(ct) < last ? lower(ct, last, resting[0]!.scale) : drop(ct, rungs[last]!.level),
    );
    return allEqual(common)
      ? ev.linear(common, rows)
      : sumOfParts(
          common,
          plainRows(rows, () => 1),
        );
  };

  const managedPlain = (all: readonly C[], rows: PlainRows): C[] => {
    if (all.length === 0) return ev.linearPlain(all, rows);
    const operands = rescaled(all);
    const last = Math.max(...operands.map(rungOf));
    const cts = operands.map((ct) => drop(ct, rungs[last]!.level));
    const named = (term: PlainTerm): number | undefined => term.scale ?? rows.scale;
    const wanted = rows.rows.flatMap((terms) =>
      terms.flatMap((term) => (named(term) === undefined ? [] : [named(term)! * cts[term.from]!.scale])),
    );
    if (wanted.length === 0) rungBelow(last);
    const target = wanted.length === 0 ? rungs[last]!.scale ** 2 : Math.max(...wanted);
    const scaled = rows.rows.map((terms) => terms.map((term) => ({ ...term, scale: target / cts[term.from]!.scale })));
    return sumOfParts(cts, { inputs: rows.inputs, rows: scaled });
  };

  /** Equal in level, scale and parts. */
  const aligned = (all: readonly C[]): C[] => {
    const cts = relinearized(all);
    return allEqual(cts) ? cts : relinearized(linearUnlike(cts, identityRows(cts.length)));
  };

  const out: ManagedEvaluator<C> = {
    slots: ev.slots,
    rungs,
    settle,
    linear: (cts, rows) => (allEqual(cts) ? ev.linear(cts, rows) : linearUnlike(cts, rows)),
    linearPlain: managedPlain,
    addPlain: (cts, constants) => ev.addPlain(cts, constants),
    squareAll: (cts) => ev.squareAll(settle(cts), undefined),
    multiplyPairs: (cts, pairs) => {
      const operands = settle(cts);
      const factors = pairs.flatMap(([i, j]) => {
        const [a, b] = [operands[i], operands[j]];
        if (a === undefined || b === undefined) return ev.multiplyPairs(cts, pairs); // throws
        const rung = Math.max(rungOf(a), rungOf(b));
        return [toRung(a, rung), toRung(b, rung)];
      });
      return ev.multiplyPairs(
        factors,
        pairs.map((_, k) => [2 * k, 2 * k + 1]),
      );
    },
    rotateMany: (cts, steps) => ev.rotateMany(settle(cts), steps),
    rotateSum: (cts, steps) => ev.rotateSum(aligned(new Set(cts).size === 1 ? settle(cts) : cts), steps),
    conjugateAll: (cts) => ev.conjugateAll(settle(cts), undefined),
    relinearizeAll: relinearized,
    rescaleAll: rescaled,
    dropLevelAll: (cts, level) => ev.dropLevelAll(cts, level),
    pointwise: (cts, steps) => stepByStep(out, cts, steps),
  };
  return out;
}

/** A list verb whose result for a ciphertext is kept while that ciphertext lives. */
function remembered<C extends Metadata>(verb: (cts: readonly C[]) => C[]): (cts: readonly C[]) => C[] {
  const known = new WeakMap<C, C>();
  const isKnown = (ct: C): boolean => known.has(ct) && !known.get(ct)!.isDisposed;
  return (cts) => {
    const missing = [...new Set(cts)].filter((ct) => !isKnown(ct));
    const made = missing.length > 0 ? verb(missing) : [];
    missing.forEach((ct, i) => {
      known.set(ct, made[i]!);
    });
    return cts.map((ct) => known.get(ct)!);
  };
}

/** Replaces those that need it, in one call. */
function where<C>(cts: readonly C[], needs: (ct: C) => boolean, verb: (cts: readonly C[]) => C[]): C[] {
  const made = verb(cts.filter(needs)).values();
  return cts.map((ct) => (needs(ct) ? made.next().value! : ct));
}

const sameScale = (cts: readonly Metadata[]): boolean =>
  cts.every((ct) => Math.abs(ct.scale / cts[0]!.scale - 1) <= TOLERANCE);

const allEqual = (cts: readonly Metadata[]): boolean =>
  sameScale(cts) && cts.every((ct) => ct.level === cts[0]!.level && ct.parts === cts[0]!.parts);

/** Each weight of row-compressed integers as a term, `factor` times as large in scale. Empty rows get a zero. */
function plainRows(rows: LinearRows, factor?: (from: number) => number): PlainRows {
  const term = (k: number): PlainTerm => {
    const from = rows.columns[k]!;
    return { from, weight: rows.values[k]! / rows.scale, scale: factor && factor(from) * rows.scale };
  };
  return {
    inputs: rows.inputs,
    rows: Array.from({ length: rows.outputs }, (_, r) => {
      const [start, end] = [rows.rowStart[r]!, rows.rowStart[r + 1]!];
      if (start === end) return [{ from: 0, weight: 0, scale: factor && factor(0) * rows.scale }];
      return Array.from({ length: end - start }, (_, k) => term(start + k));
    }),
  };
}

const identityRows = (n: number): LinearRows => ({
  outputs: n,
  inputs: n,
  rowStart: Int32Array.from({ length: n + 1 }, (_, i) => i),
  columns: Int32Array.from({ length: n }, (_, i) => i),
  values: new Int32Array(n).fill(1),
  scale: 1,
});

function exhausted(primes: number): never {
  throw new HesperError('level-exhausted', 'the circuit is deeper than the primes allow', {
    met: `${primes} data primes`,
    wanted: 'one more level',
    remedy: 'Start with more primes, all but the first of about the size of the scale',
  });
}
