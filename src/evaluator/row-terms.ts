import type { LinearRows, PlainRows, PlainTerm } from './verbs.ts';

/** Row-compressed integers as terms. Empty rows get a zero. */
export function plainRows({ inputs, outputs, rowStart, columns, values, scale }: LinearRows): PlainRows {
  const row = (start: number, end: number): PlainTerm[] =>
    start === end
      ? [{ from: 0, weight: 0 }]
      : Array.from({ length: end - start }, (_, k) => ({
          from: columns[start + k]!,
          weight: values[start + k]! / scale,
        }));
  return { inputs, rows: Array.from({ length: outputs }, (_, r) => row(rowStart[r]!, rowStart[r + 1]!)) };
}

export const identityRows = (n: number): PlainRows => ({
  inputs: n,
  rows: Array.from({ length: n }, (_, from) => [{ from, weight: 1 }]),
});

/** For each input: whether all its weights times `unit` are integers, one for all slots. */
export function wholeColumns({ inputs, rows }: PlainRows, unit: number): boolean[] {
  const whole = new Array<boolean>(inputs).fill(true);
  for (const { from, weight } of rows.flat())
    if (typeof weight !== 'number' || !Number.isInteger(weight * unit)) whole[from] = false;
  return whole;
}

/** Terms of the kept inputs, which are numbered anew. */
export function renumbered(terms: readonly PlainTerm[], kept: readonly number[]): PlainTerm[] {
  return terms.flatMap((term) => (kept.includes(term.from) ? [{ ...term, from: kept.indexOf(term.from) }] : []));
}

/** The rows with a scale for the terms of each input. */
export const withScales = (rows: PlainRows, scales: readonly number[]): PlainRows =>
  scales.every((scale) => scale === scales[0]) ? evenly(rows, scales[0]!) : unevenly(rows, scales);

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
