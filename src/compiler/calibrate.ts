import { linearColumns, shifted, squared } from '../evaluator/columns.ts';
import type { LinearRows } from '../evaluator/verbs.ts';
import type { QuantizedStage } from './stages.ts';

/** Values after each stage, in the clear: [stage][feature][slot]. */
export function runStages(stages: readonly QuantizedStage[], columns: readonly Float64Array[]): Float64Array[][] {
  const slots = columns[0]!.length;
  const values: Float64Array[][] = [];
  let x = [...columns];
  for (const stage of stages) {
    x =
      stage.kind === 'square'
        ? x.map(squared)
        : linearColumns(x, stage.rows, slots).map((column, o) => shifted(column, stage.bias[o]!));
    values.push(x);
  }
  return values;
}

export const largestOf = (columns: readonly Float64Array[]): number =>
  columns.reduce((max, column) => column.reduce((m, value) => Math.max(m, Math.abs(value)), max), 0);

/** What calibration knows of a network; positions count from 0, the input, to stages.length, the output. */
export interface Calibration {
  /** Largest |value| at each position. */
  readonly bounds: readonly number[];
  /** Largest |value| of each linear stage before its bias (equal to the one after it where there is none). */
  readonly unbiased: readonly number[];
  readonly maxOutput: number;
  /**
   * How independent noise of variance 1 on every value of a position shows in an output: its variance,
   * [position][output * images + image], to first order.
   */
  readonly gains: readonly Float64Array[];
  readonly images: number;
}

/** How many images and outputs the gains are worked out for. */
const GAIN_IMAGES = 128;
const GAIN_OUTPUTS = 10;

export function calibrate(stages: readonly QuantizedStage[], columns: readonly Float64Array[]): Calibration {
  const values = [[...columns], ...runStages(stages, columns)];
  const bounds = values.map(largestOf);
  const slots = columns[0]!.length;
  const unbiased = stages.map((stage, i) =>
    stage.kind === 'linear' ? largestOf(linearColumns(values[i]!, stage.rows, slots)) : bounds[i + 1]!,
  );
  const images = Math.min(slots, GAIN_IMAGES);
  const gains = gainsOf(
    stages,
    values.map((list) => list.map((column) => column.subarray(0, images))),
    images,
  );
  return { bounds, unbiased, maxOutput: bounds.at(-1)!, gains, images };
}

/** Squared norms of the rows of the Jacobian, by running the network backwards from each output. */
function gainsOf(stages: readonly QuantizedStage[], values: Float64Array[][], images: number): Float64Array[] {
  const width = values.at(-1)!.length;
  const outputs = Array.from({ length: Math.min(width, GAIN_OUTPUTS) }, (_, i) =>
    Math.floor((i * width) / Math.min(width, GAIN_OUTPUTS)),
  );
  const gains = values.map(() => new Float64Array(outputs.length * images));
  const back = stages.map((stage) => (stage.kind === 'linear' ? transpose(stage.rows) : null));
  outputs.forEach((output, at) => {
    let adjoint: Float64Array[] = Array.from({ length: width }, (_, o) =>
      new Float64Array(images).fill(o === output ? 1 : 0),
    );
    for (let position = stages.length; position >= 0; position--) {
      addSquares(gains[position]!, adjoint, at * images);
      if (position === 0) break;
      const rows = back[position - 1];
      const before = values[position - 1]!;
      adjoint = rows ? linearColumns(adjoint, rows, images) : adjoint.map((a, i) => doubledProduct(a, before[i]!));
    }
  });
  return gains;
}

function addSquares(out: Float64Array, columns: readonly Float64Array[], offset: number): void {
  for (const column of columns) {
    for (let j = 0; j < column.length; j++) out[offset + j] = out[offset + j]! + column[j]! ** 2;
  }
}

const doubledProduct = (a: Float64Array, b: Float64Array): Float64Array => a.map((value, j) => 2 * value * b[j]!);

export function transpose(rows: LinearRows): LinearRows {
  const rowStart = new Int32Array(rows.inputs + 1);
  for (const column of rows.columns) rowStart[column + 1] = rowStart[column + 1]! + 1;
  for (let c = 0; c < rows.inputs; c++) rowStart[c + 1] = rowStart[c + 1]! + rowStart[c]!;
  const next = rowStart.slice();
  const columns = new Int32Array(rows.columns.length);
  const values = rows.values.slice();
  for (let r = 0; r < rows.outputs; r++) {
    for (let k = rows.rowStart[r]!; k < rows.rowStart[r + 1]!; k++) {
      const at = next[rows.columns[k]!]!++;
      columns[at] = r;
      values[at] = rows.values[k]!;
    }
  }
  return { outputs: rows.inputs, inputs: rows.outputs, rowStart, columns, values, scale: rows.scale };
}
