import { widthAt } from '../compiler/bfv/bounds.ts';
import type { IntegerNetwork } from '../compiler/bfv/discretize.ts';
import { createIntervalEvaluator, type Interval, magnitudeOf } from '../evaluator/interval.ts';
import { createRandom } from '../evaluator/random.ts';
import type { LinearRows } from '../evaluator/verbs.ts';

/** Integers, one for each feature. */
export type Pattern = readonly bigint[];

/**
 * Inputs at the ends of the declared range: all lowest, all highest, for rows of the first layer the ends by the signs of
 * their weights and the opposite ones, strongest row first, and random ends for the rest.
 */
export function worstInputs({ stages, input }: IntegerNetwork, count: number): Pattern[] {
  const width = widthAt(stages);
  const [low, high] = input.integers.map(BigInt) as [bigint, bigint];
  const ranges = new Array<Interval>(width).fill({ lo: low, hi: high, scale: input.scale });
  const first = stages[0]!;
  const signed = first.kind === 'linear' ? rowPatterns(first.rows, ranges, Math.max(0, count - 2)) : [];
  const random = createRandom(1);
  const drawn = Array.from({ length: Math.max(0, count - 2 - signed.length) }, () =>
    Array.from({ length: width }, () => (random.uniform() < 0.5 ? low : high)),
  );
  const all = [new Array<bigint>(width).fill(high), new Array<bigint>(width).fill(low), ...signed, ...drawn];
  return all.slice(0, count);
}

/** For each row, largest bound first, the inputs that take it to the end where it is largest, and to the other one. */
export function rowPatterns(rows: LinearRows, ranges: readonly Interval[], count: number): Pattern[] {
  return strongestRows(rows, ranges)
    .slice(0, Math.ceil(count / 2))
    .flatMap(({ row, sign }) => [endsFor(rows, ranges, row, sign), endsFor(rows, ranges, row, sign === 1 ? -1 : 1)])
    .slice(0, count);
}

/** Rows by the largest |sum| that they can come to, and on which side of zero that is. */
function strongestRows(rows: LinearRows, ranges: readonly Interval[]): { row: number; sign: 1 | -1 }[] {
  const sums = createIntervalEvaluator(1).linear(ranges, rows);
  const order = [...sums.keys()].sort((a, b) => (magnitudeOf(sums[a]!) < magnitudeOf(sums[b]!) ? 1 : -1));
  return order.map((row) => ({ row, sign: magnitudeOf(sums[row]!) === sums[row]!.hi ? 1 : -1 }));
}

/** Where the row has no weight, the lower end. */
function endsFor(rows: LinearRows, ranges: readonly Interval[], row: number, sign: 1 | -1): bigint[] {
  const ends = ranges.map(({ lo }) => lo);
  for (let k = rows.rowStart[row]!; k < rows.rowStart[row + 1]!; k++) {
    const column = rows.columns[k]!;
    ends[column] = rows.values[k]! * sign > 0 ? ranges[column]!.hi : ranges[column]!.lo;
  }
  return ends;
}
