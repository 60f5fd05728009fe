import { allEqual, type Debts, DRIFT, isInteger, type Metadata, sameScale, undrifted, where } from './debts.ts';
import type { Evaluator } from './evaluator.ts';
import { identityRows, renumbered, wholeColumns, withScales } from './row-terms.ts';
import type { PlainRows } from './verbs.ts';

/** Weighted sums of ciphertexts that differ in level, scale or parts. */
export function createSums<C extends Metadata>(ev: Evaluator<C>, debts: Debts<C>) {
  const { rungs, rungOf, rungBelow, isPending, drop, relinearized, rescaled, toNextRung, lower, shorten } = debts;

  /** Terms whose products all have the scale `target`, at one level. */
  const sumAt = (cts: readonly C[], rows: PlainRows, level: number, target: number): C[] => {
    const scales = cts.map((ct) => target / ct.scale);
    return sumOfParts(cts, withScales(rows, scales), level);
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
    const cts = where(low, (ct, i) => isPending(ct) && !whole[i]!, rescaled);
    const due = cts.map((ct) => rungOf(ct) + (isPending(ct) ? 1 : 0));
    const last = Math.max(...due);
    const lowest = cts.filter((_, i) => due[i] === last);
    return lowest.every(isPending) && sameScale(lowest, DRIFT)
      ? sumOfProducts(cts, lowest, rows, unit)
      : sumAtRest(rescaled(cts), last, rows, whole.every(Boolean) ? unit : undefined);
  };
  /** Unrescaled products are summed as they are; the others get their scale through their weights. */
  const sumOfProducts = (cts: readonly C[], products: readonly C[], rows: PlainRows, unit: number): C[] => {
    const rung = rungs[rungOf(products[0]!)]!;
    const operands = where(cts, (ct) => isPending(ct) && !products.includes(ct), toNextRung);
    return sumAt(operands, rows, rung.level, undrifted(products[0]!.scale, rung.scale ** 2) * unit);
  };
  /** Integer weights take no level if the scales can be made equal; real ones do. */
  const sumAtRest = (cts: readonly C[], last: number, rows: PlainRows, unit: number | undefined): C[] => {
    const { level, scale } = rungs[last]!;
    const resting = cts.filter((ct) => rungOf(ct) === last);
    const largest = undrifted(Math.max(...resting.map((ct) => ct.scale)), scale);
    if (unit !== undefined && resting.every((ct) => isInteger(largest / ct.scale))) {
      const equal = cts.map((ct) => (rungOf(ct) < last ? lower(ct, last, largest) : ct));
      return sumAt(equal, rows, level, largest * unit);
    }
    rungBelow(last);
    return sumAt(cts, rows, level, scale ** 2);
  };

  /** With named scales: kept where the operands agree, raised to the largest product where they do not. */
  const linearPlain = (cts: readonly C[], rows: PlainRows): C[] => {
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

  return { combine, linearPlain, aligned };
}
