import { HesperError } from '../errors.ts';
import { checkPairs, stepByStep } from './check.ts';
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
  /** Scale of fresh ciphertexts at the highest level, near the primes. */
  readonly scale: number;
}

export type ManagedEvaluator<C> = Evaluator<C> & {
  /** Levels where ciphertexts rest and their scales, highest first. Inputs encrypted to a rung need no alignment. */
  readonly rungs: readonly Rung[];
  /** Relinearised and rescaled: what a circuit does to its outputs. */
  settle(cts: readonly C[]): C[];
};

/** Scales that differ by less are equal for all evaluators: they come from the same numbers in another order. */
const TOLERANCE = 2 ** -40;

/** Squaring doubles such differences; sums put the scale right again while they are below this. */
const DRIFT = 2 ** -34;

/**
 * Circuits never say `relinearizeAll`, `rescaleAll` or `dropLevelAll`: this evaluator says it for them.
 *
 * Every ciphertext rests on a rung (`scaleLadder`). Products are relinearised and rescaled when the next product or
 * hoisted rotation asks for it, so sums of products pay once; sums of rotations are taken before rescaling, so that its
 * rounding is not summed. Operands of different levels are brought to the lower one, and
 * their scales made equal exactly, by one multiplication with a constant where there is a level to spare: this costs
 * no level in products, and in sums only where inputs of one level came with different scales. Real weights
 * (`linearPlain`) carry the scale that is missing; where they name one, it is kept if all operands agree.
 * Products of one `multiplyPairs` are made at one level, the lowest of its operands, so that they are summed as they are.
 *
 * What was paid for a ciphertext is remembered as long as that ciphertext lives. It makes intermediate ciphertexts; who
 * evaluates on real ones disposes them by a scope around the circuit.
 *
 * @throws whatever the verbs of `ev` throw, and 'level-exhausted' when a product has no rung left
 */
export function managed<C extends Metadata>(ev: Evaluator<C>, options: ManagedOptions): ManagedEvaluator<C> {
  const { primes } = options;
  const rungs = scaleLadder(primes, options.scale);
  const rungOf = (ct: C): number => {
    const rung = rungs.findIndex(({ level }) => level <= ct.level);
    return rung < 0 ? exhausted(primes.length) : rung;
  };
  /** Nearer to the square of the rung's scale than to the scale, in bits. */
  const isPending = (ct: C): boolean => ct.scale > rungs[rungOf(ct)]!.scale ** 1.5;
  const drop = (ct: C, level: number): C => (ct.level === level ? ct : ev.dropLevelAll([ct], level)[0]!);

  const shorten = remembered<C>((cts) => ev.relinearizeAll(cts, undefined));
  /** Relinearised before: rounding in a third part would be multiplied by the square of the secret. */
  const toNextRung = remembered<C>((cts) => {
    const goals = cts.map((ct) => rungBelow(rungOf(ct)).level);
    const out = relinearized(cts);
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

  /** Terms whose products all have the scale `target`, at one level. */
  const sumAt = (cts: readonly C[], rows: PlainRows, level: number, target: number): C[] => {
    const factors = cts.map((ct) => target / ct.scale);
    return sumOfParts(
      cts,
      factors.every((f) => f === factors[0]) ? evenly(rows, factors[0]!) : unevenly(rows, factors),
      level,
    );
  };
  /**
   * Every term has its scale. Three parts that meet two are relinearised: the operands, or the sums of them if those
   * are fewer. This happens before levels are dropped, so that it is done once for all uses of an operand.
   */
  const sumOfParts = (all: readonly C[], rows: PlainRows, level: number): C[] => {
    const cts = where(all, shorten.knows, shorten);
    const isLong = cts.map((ct) => ct.parts > 2);
    if (isLong.every((long) => long === isLong[0])) return sum(sameParts(cts), rows, level);
    const [long, short] = [true, false].map((wanted) => cts.map((_, i) => i).filter((i) => isLong[i] === wanted));
    const longRows = rows.rows.map((terms) => renumbered(terms, long!));
    const used = longRows.flatMap((terms, r) => (terms.length > 0 ? [r] : []));
    if (long!.length <= used.length) return sum(relinearized(cts), rows, level);
    const parts = sameParts(long!.map((i) => cts[i]!));
    const partial = sum(parts, { inputs: parts.length, rows: used.map((r) => longRows[r]!) }, level);
    const sums = rows.rows.map((terms) => renumbered(terms, short!));
    used.forEach((r, k) => {
      sums[r]!.push({ from: short!.length + k, weight: 1, scale: 1 });
    });
    const operands = [...short!.map((i) => cts[i]!), ...relinearized(partial)];
    return sum(operands, { inputs: operands.length, rows: sums }, level);
  };
  const sum = (cts: readonly C[], rows: PlainRows, level: number): C[] =>
    ev.linearPlain(
      cts.map((ct) => drop(ct, level)),
      rows,
    );
  const sameParts = (cts: readonly C[]): readonly C[] =>
    cts.every((ct) => ct.parts === cts[0]!.parts) ? cts : relinearized(cts);

  /** Where no term names a scale; `unit` is that of integer weights. */
  const combine = (all: readonly C[], rows: PlainRows, unit: number): C[] => {
    const whole = wholeColumns(rows, unit);
    const low = where(all, (ct) => ct.scale > rungs[rungOf(ct)]!.scale ** 2.5, toNextRung);
    const mergeable = low.map((ct, i) => isPending(ct) && whole[i]!);
    const cts = low.map((ct, i) => (mergeable[i]! ? ct : rescaled([ct])[0]!));
    const due = cts.map((ct, i) => rungOf(ct) + (mergeable[i]! ? 1 : 0));
    const last = Math.max(...due);
    const lowest = cts.filter((_, i) => due[i] === last);
    if (lowest.every(isPending) && sameScale(lowest, DRIFT)) {
      // Unrescaled products are summed as they are; the others get their scale through their weights.
      const operands = where(cts, (ct) => isPending(ct) && !lowest.includes(ct), toNextRung);
      const level = rungs[last - 1]!.level;
      const target = undrifted(lowest[0]!.scale, rungs[last - 1]!.scale ** 2);
      return sumAt(operands, rows, level, target * unit);
    }
    const operands = rescaled(cts);
    const { level, scale: rest } = rungs[last]!;
    const resting = operands.filter((ct) => rungOf(ct) === last);
    const largest = undrifted(
      resting.reduce((max, ct) => Math.max(max, ct.scale), 0),
      rest,
    );
    if (whole.every((w) => w) && resting.every((ct) => isInteger(largest / ct.scale))) {
      const equal = operands.map((ct) => (rungOf(ct) < last ? lower(ct, last, largest) : ct));
      return sumAt(equal, rows, level, largest * unit);
    }
    rungBelow(last);
    return sumAt(operands, rows, level, rest ** 2);
  };

  /** With named scales: kept where the operands agree, raised to the largest product where they do not. */
  const managedPlain = (cts: readonly C[], rows: PlainRows): C[] => {
    const named = rows.rows.flatMap((terms) => terms.filter((term) => (term.scale ?? rows.scale) !== undefined));
    if (cts.length === 0) return ev.linearPlain(cts, rows);
    if (named.length === 0) return combine(cts, rows, 1);
    const operands = rescaled(cts);
    const last = Math.max(...operands.map(rungOf));
    const target = Math.max(...named.map((term) => (term.scale ?? rows.scale)! * operands[term.from]!.scale));
    return sumAt(operands, rows, rungs[last]!.level, target);
  };

  /** Equal in level, scale and parts. */
  const aligned = (all: readonly C[]): C[] => {
    const cts = relinearized(all);
    return allEqual(cts) ? cts : relinearized(combine(cts, identityRows(cts.length), 1));
  };

  const out: ManagedEvaluator<C> = {
    slots: ev.slots,
    rungs,
    settle,
    linear: (cts, rows) => (allEqual(cts) ? ev.linear(cts, rows) : combine(cts, plainRows(rows), rows.scale)),
    linearPlain: managedPlain,
    addPlain: (cts, constants) => ev.addPlain(cts, constants),
    squareAll: (cts) => ev.squareAll(settle(cts), undefined),
    multiplyPairs: (cts, pairs) => {
      checkPairs(cts.length, pairs);
      const used = settle(pairs.flatMap(([i, j]) => [cts[i]!, cts[j]!]));
      const rung = Math.max(...used.map(rungOf));
      return ev.multiplyPairs(
        used.map((ct) => toRung(ct, rung)),
        pairs.map((_, k) => [2 * k, 2 * k + 1]),
      );
    },
    rotateMany: (cts, steps) => ev.rotateMany(settle(cts), steps),
    rotateSum: (cts, steps) => ev.rotateSum(aligned(cts), steps),
    conjugateAll: (cts) => ev.conjugateAll(settle(cts), undefined),
    relinearizeAll: relinearized,
    rescaleAll: rescaled,
    dropLevelAll: (cts, level) => ev.dropLevelAll(cts, level),
    pointwise: (cts, steps) => stepByStep(out, cts, steps),
  };
  return out;
}

/** A list verb whose result for a ciphertext is kept while that ciphertext lives. */
function remembered<C extends Metadata>(verb: (cts: readonly C[]) => C[]): Remembered<C> {
  const known = new WeakMap<C, C>();
  const knows = (ct: C): boolean => known.has(ct) && !known.get(ct)!.isDisposed;
  const run = (cts: readonly C[]): C[] => {
    const missing = [...new Set(cts)].filter((ct) => !knows(ct));
    const made = missing.length > 0 ? verb(missing) : [];
    missing.forEach((ct, i) => {
      known.set(ct, made[i]!);
    });
    return cts.map((ct) => known.get(ct)!);
  };
  return Object.assign(run, { knows });
}

type Remembered<C> = ((cts: readonly C[]) => C[]) & { readonly knows: (ct: C) => boolean };

/** Terms of the kept inputs, which are numbered anew. */
function renumbered(terms: readonly PlainTerm[], kept: readonly number[]): PlainTerm[] {
  return terms.flatMap((term) => (kept.includes(term.from) ? [{ ...term, from: kept.indexOf(term.from) }] : []));
}

/** Replaces those that need it, in one call. */
function where<C>(cts: readonly C[], needs: (ct: C) => boolean, verb: (cts: readonly C[]) => C[]): C[] {
  const made = verb(cts.filter(needs)).values();
  return cts.map((ct) => (needs(ct) ? made.next().value! : ct));
}

const differBy = (a: number, b: number): number => Math.abs(a / b - 1);

const undrifted = (scale: number, wanted: number): number => (differBy(scale, wanted) <= DRIFT ? wanted : scale);

const sameScale = (cts: readonly Metadata[], tolerance = TOLERANCE): boolean =>
  cts.every((ct) => differBy(ct.scale, cts[0]!.scale) <= tolerance);

const allEqual = (cts: readonly Metadata[]): boolean =>
  sameScale(cts) && cts.every((ct) => ct.level === cts[0]!.level && ct.parts === cts[0]!.parts);

/** The rows with one scale for all terms; always the same object, so that evaluators find what they prepared for it. */
const evenly = (() => {
  const known = new WeakMap<PlainRows, Map<number, PlainRows>>();
  return (rows: PlainRows, scale: number): PlainRows => {
    const byScale = known.get(rows) ?? new Map<number, PlainRows>();
    known.set(rows, byScale);
    const before = byScale.get(scale);
    if (before !== undefined) return before;
    const named = rows.rows.some((row) => row.some((term) => term.scale !== undefined));
    const made = named ? unevenly(rows, new Array<number>(rows.inputs).fill(scale)) : { ...rows, scale };
    byScale.set(scale, made);
    return made;
  };
})();

const unevenly = ({ inputs, rows }: PlainRows, scales: readonly number[]): PlainRows => ({
  inputs,
  rows: rows.map((row) => row.map((term) => ({ ...term, scale: scales[term.from]! }))),
});

/** Row-compressed integers as terms. Empty rows get a zero. */
function plainRows({ inputs, outputs, rowStart, columns, values, scale }: LinearRows): PlainRows {
  const row = (start: number, end: number): PlainTerm[] =>
    start === end
      ? [{ from: 0, weight: 0 }]
      : Array.from({ length: end - start }, (_, k) => ({
          from: columns[start + k]!,
          weight: values[start + k]! / scale,
        }));
  return { inputs, rows: Array.from({ length: outputs }, (_, r) => row(rowStart[r]!, rowStart[r + 1]!)) };
}

const identityRows = (n: number): PlainRows => ({
  inputs: n,
  rows: Array.from({ length: n }, (_, from) => [{ from, weight: 1 }]),
});

/** For each input: whether all its weights times `unit` are integers, one for all slots. */
function wholeColumns({ inputs, rows }: PlainRows, unit: number): boolean[] {
  const whole = new Array<boolean>(inputs).fill(true);
  for (const { from, weight } of rows.flat())
    if (typeof weight !== 'number' || !Number.isInteger(weight * unit)) whole[from] = false;
  return whole;
}

const isInteger = (x: number): boolean => Math.abs(x - Math.round(x)) <= DRIFT * x;

function exhausted(primes: number): never {
  throw new HesperError('level-exhausted', 'the circuit is deeper than the primes allow', {
    met: `${primes} data primes`,
    wanted: 'one more level',
    remedy: 'Start with more primes, all but the first of about the size of the scale',
  });
}
