/** [28, 28, 1] */
export const shapeText = (extents: readonly number[]): string => `[${extents.join(', ')}]`;

/** Columns padded to equal width; the first one left, the others right unless said. */
export function tableLines(rows: readonly (readonly string[])[], align: 'left' | 'right' = 'right'): string[] {
  const widths = rows[0]!.map((_, c) => Math.max(...rows.map((row) => row[c]!.length)));
  const pad = (cell: string, c: number): string =>
    c === 0 || align === 'left' ? cell.padEnd(widths[c]!) : cell.padStart(widths[c]!);
  return rows.map((row) => row.map(pad).join('  ').trimEnd());
}
