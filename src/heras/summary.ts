import type { BuiltLayer } from './build.ts';

const count = (layer: BuiltLayer): number =>
  Object.values(layer.weights).reduce((total, { data }) => total + data.length, 0);

/** How many numbers the layers learn. */
export const countParameters = (layers: readonly BuiltLayer[]): number =>
  layers.reduce((total, layer) => total + count(layer), 0);

/** A table as Keras prints it: layer (type), output shape, parameters. */
export function summarize(name: string, layers: readonly BuiltLayer[]): string {
  const rows = layers.map(
    (l) => [`${l.name} (${l.kind.type})`, shapeText(l), count(l).toLocaleString('en-US')] as const,
  );
  const table = [['Layer (type)', 'Output shape', 'Parameters'] as const, ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(...table.map((row) => row[column]!.length)));
  const line = (row: readonly string[]) =>
    `${row[0]!.padEnd(widths[0]!)}  ${row[1]!.padEnd(widths[1]!)}  ${row[2]!.padStart(widths[2]!)}`;
  const rule = '-'.repeat(widths.reduce((sum, width) => sum + width, 4));
  const total = `Total parameters: ${countParameters(layers).toLocaleString('en-US')}`;
  return [`Model: "${name}"`, rule, line(table[0]!), rule, ...rows.map(line), rule, total].join('\n');
}

const shapeText = ({ outputShape }: BuiltLayer): string => `(batch, ${outputShape.join(', ')})`;
