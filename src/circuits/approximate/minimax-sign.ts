import { HesperError } from '../../errors.ts';
import { type Series, seriesValue } from './series.ts';

const ROUNDS = 40;
const SAMPLES = 800;

/**
 * The odd polynomial p of the given degree with the least E = max |p(x) - 1| over [a, b], a > 0; so |p(x) - sign(x)| <= E
 * on [-b, -a] as well. Chebyshev basis on [-b, b], by Remez' exchange: k coefficients, k + 1 alternating extrema.
 * Lee, Lee, No, Kim, eprint 2020/834.
 *
 * @throws 'invalid-argument' for an even degree or an interval that is not 0 < a < b
 */
export function minimaxSign(degree: number, [a, b]: readonly [number, number]): { series: Series; error: number } {
  if (!(degree >= 1 && degree % 2 === 1 && degree <= 63 && a > 0 && a < b)) {
    throw new HesperError('invalid-argument', 'no such approximation of the sign', {
      met: { degree, interval: [a, b] },
      wanted: 'an odd degree up to 63 and 0 < a < b',
      remedy: 'Check the order of the arguments',
    });
  }
  const terms = (degree + 1) / 2;
  const grid = gridOf(a, b);
  let points = Array.from(
    { length: terms + 1 },
    (_, j) => (a + b) / 2 - ((b - a) / 2) * Math.cos((Math.PI * j) / terms),
  );
  let series = oddSeries([], b);
  let error = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const { coefficients, levelled } = solveAlternation(points, terms, b);
    series = oddSeries(coefficients, b);
    points = extrema(series, grid, terms + 1);
    error = Math.max(...points.map((x) => Math.abs(seriesValue(series, x) - 1)));
    if (error <= levelled * (1 + 1e-9) + 2 ** -50) break;
  }
  return { series, error };
}

const oddSeries = (coefficients: readonly number[], b: number): Series => ({
  basis: 'chebyshev',
  coefficients: coefficients.flatMap((c) => [0, c]),
  interval: [-b, b],
});

/** p(x_j) + (-1)^j E = 1 at all points. */
function solveAlternation(
  points: readonly number[],
  terms: number,
  b: number,
): { coefficients: number[]; levelled: number } {
  const rows = points.map((x, j) => [
    ...Array.from({ length: terms }, (_, i) => Math.cos((2 * i + 1) * Math.acos(Math.min(1, x / b)))),
    j % 2 === 0 ? 1 : -1,
    1,
  ]);
  const solution = solve(rows);
  return { coefficients: solution.slice(0, terms), levelled: Math.abs(solution[terms]!) };
}

/** Gauss with pivoting; the last column is the right-hand side. */
function solve(rows: number[][]): number[] {
  const size = rows.length;
  for (let c = 0; c < size; c++) {
    let pivot = c;
    for (let r = c + 1; r < size; r++) if (Math.abs(rows[r]![c]!) > Math.abs(rows[pivot]![c]!)) pivot = r;
    [rows[c], rows[pivot]] = [rows[pivot]!, rows[c]!];
    const top = rows[c]!;
    for (const row of rows) {
      if (row === top) continue;
      const factor = row[c]! / top[c]!;
      for (let k = c; k <= size; k++) row[k] = row[k]! - factor * top[k]!;
    }
  }
  return rows.map((row, r) => row[size]! / row[r]!);
}

/** Dense at both ends, on both scales: small a squeezes the first extrema together. */
function gridOf(a: number, b: number): number[] {
  const geometric = Array.from({ length: SAMPLES }, (_, i) => a * (b / a) ** (i / SAMPLES));
  const cosine = Array.from(
    { length: SAMPLES + 1 },
    (_, i) => (a + b - (b - a) * Math.cos((Math.PI * i) / SAMPLES)) / 2,
  );
  return [...geometric, ...cosine, a, b].filter((x) => x >= a && x <= b).sort((x, y) => x - y);
}

/** The `count` alternating extrema of p - 1: the largest of each run of one sign, sharpened by a parabola. */
function extrema(series: Series, grid: readonly number[], count: number): number[] {
  const errorAt = (x: number): number => seriesValue(series, x) - 1;
  const found: { x: number; size: number; sign: number }[] = [];
  grid.forEach((x, i) => {
    const error = errorAt(x);
    const [sign, size] = [Math.sign(error), Math.abs(error)];
    const last = found.at(-1);
    if (last === undefined || last.sign !== sign) found.push({ x: sharpen(errorAt, grid, i), size, sign });
    else if (size > last.size) Object.assign(last, { x: sharpen(errorAt, grid, i), size });
  });
  while (found.length > count) found.splice(found[0]!.size < found.at(-1)!.size ? 0 : found.length - 1, 1);
  return found.length === count ? found.map(({ x }) => x) : spread(grid, count);
}

function sharpen(errorAt: (x: number) => number, grid: readonly number[], i: number): number {
  const [x0, x1, x2] = [grid[i - 1], grid[i]!, grid[i + 1]];
  if (x0 === undefined || x2 === undefined || x0 === x1 || x1 === x2) return x1;
  const [e0, e1, e2] = [errorAt(x0), errorAt(x1), errorAt(x2)];
  const [left, right] = [(e1 - e0) / (x1 - x0), (e2 - e1) / (x2 - x1)];
  const curve = (right - left) / (x2 - x0);
  const top = (x0 + x1) / 2 - left / (2 * curve);
  return top > x0 && top < x2 && Math.abs(errorAt(top)) > Math.abs(e1) ? top : x1;
}

/** A new start, should rounding have hidden an extremum. */
const spread = (grid: readonly number[], count: number): number[] =>
  Array.from({ length: count }, (_, j) => grid[Math.round((j * (grid.length - 1)) / (count - 1))]!);
