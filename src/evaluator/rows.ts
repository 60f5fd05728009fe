import { HesperError } from '../errors.ts';
import type { LinearRows } from './verbs.ts';

/** From dense rows of integers; zeros are left out. Throws 'invalid-argument' on weights that are not integers. */
export function linearRows(rows: readonly (readonly number[])[], inputs: number, scale = 1): LinearRows {
  const terms = rows.map((row) => row.flatMap((value, column) => (value === 0 ? [] : [{ column, value }])));
  const bad = terms.flat().find(({ value }) => !Number.isInteger(value));
  if (bad) {
    throw new HesperError('invalid-argument', 'A weight is not an integer', {
      met: bad.value,
      wanted: 'integers',
      remedy: 'Round the weights and give their scale.',
    });
  }
  const rowStart = new Int32Array(rows.length + 1);
  terms.forEach((row, r) => {
    rowStart[r + 1] = rowStart[r]! + row.length;
  });
  return {
    outputs: rows.length,
    inputs,
    rowStart,
    columns: Int32Array.from(terms.flat(), (term) => term.column),
    values: Int32Array.from(terms.flat(), (term) => term.value),
    scale,
  };
}
