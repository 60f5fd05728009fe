import { widthAt } from '../compiler/bfv/bounds.ts';
import type { IntegerNetwork } from '../compiler/bfv/discretize.ts';
import { type Interval, magnitudeOf } from '../evaluator/interval.ts';
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

/** For each row, largest bound first, the inputs that take it to its upper and to its lower end. */
export function rowPatterns(rows: LinearRows, ranges: readonly Interval[], count: number): Pattern[] {
  return strongestRows(rows, ranges)
    .slice(0, Math.ceil(count / 2))
    .flatMap((r) => [endsFor(rows, ranges, r, 1), endsFor(rows, ranges, r, -1)])
    .slice(0, count);
}

export function strongestRows(rows: LinearRows, ranges: readonly Interval[]): number[] {
  const sizes = Array.from({ length: rows.outputs }, (_, r) => {
    let sum = 0;
    for (let k = rows.rowStart[r]!; k < rows.rowStart[r + 1]!; k++)
      sum += Math.abs(rows.values[k]!) * Number(magnitudeOf(ranges[rows.columns[k]!]!));
    return sum;
  });
  return [...sizes.keys()].sort((a, b) => sizes[b]! - sizes[a]!);
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
