import type { LayerMath, Margins, Padding, Pair } from './math.ts';
import { windowAxis } from './windows.ts';

/** Row-major; the first axis is the batch (weights have none). */
export interface PlainTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** The layers on plain arrays: clear rather than fast, sums in double precision, results in single. */
export const plainMath: LayerMath<PlainTensor> = {
  conv2d,
  averagePool2d,
  zeroPad2d,
  matMul,
  addBias: ({ shape, data }, bias) => {
    const width = bias.data.length;
    return { shape, data: data.map((value, i) => value + bias.data[i % width]!) };
  },
  square: ({ shape, data }) => ({ shape, data: data.map((value) => value * value) }),
  quadratic: ({ shape, data }, a, b, c) => ({ shape, data: data.map((value) => (a * value + b) * value + c) }),
  reshape: ({ shape, data }, to) => ({ shape: [shape[0]!, ...to], data }),
};

/** The cells of one window that lie inside the image. */
type Visit = (from: number, cell: number) => void;

interface Windows {
  readonly rows: number;
  readonly columns: number;
  /** Calls `visit` with the offset of each cell's first channel and the cell's number in the window. */
  each(image: number, row: number, column: number, visit: Visit): void;
}

function windows(x: PlainTensor, size: Pair, strides: Pair, padding: Padding): Windows {
  const [, height, width, channels] = x.shape as [number, number, number, number];
  const vertical = windowAxis(height, size[0], strides[0], padding);
  const horizontal = windowAxis(width, size[1], strides[1], padding);
  const each = (image: number, row: number, column: number, visit: Visit): void => {
    const top = row * strides[0] - vertical.before;
    const left = column * strides[1] - horizontal.before;
    for (let u = Math.max(0, -top); u < size[0] && top + u < height; u++)
      for (let v = Math.max(0, -left); v < size[1] && left + v < width; v++)
        visit(((image * height + top + u) * width + left + v) * channels, u * size[1] + v);
  };
  return { rows: vertical.out, columns: horizontal.out, each };
}

/** Every window of every image; `at` is the offset of the window's first output. */
function forWindows(
  batch: number,
  w: Windows,
  filters: number,
  run: (b: number, i: number, j: number, at: number) => void,
) {
  let at = 0;
  for (let b = 0; b < batch; b++)
    for (let i = 0; i < w.rows; i++) for (let j = 0; j < w.columns; j++, at += filters) run(b, i, j, at);
}

function conv2d(x: PlainTensor, kernel: PlainTensor, strides: Pair, padding: Padding): PlainTensor {
  const [kh, kw, channels, filters] = kernel.shape as [number, number, number, number];
  const w = windows(x, [kh, kw], strides, padding);
  const data = new Float32Array(x.shape[0]! * w.rows * w.columns * filters);
  const sums = new Float64Array(filters);
  forWindows(x.shape[0]!, w, filters, (b, i, j, at) => {
    sums.fill(0);
    w.each(b, i, j, (from, cell) => {
      for (let c = 0; c < channels; c++)
        addScaled(sums, x.data[from + c]!, kernel.data, (cell * channels + c) * filters);
    });
    data.set(sums, at);
  });
  return { shape: [x.shape[0]!, w.rows, w.columns, filters], data };
}

function averagePool2d(x: PlainTensor, poolSize: Pair, strides: Pair, padding: Padding): PlainTensor {
  const channels = x.shape[3]!;
  const w = windows(x, poolSize, strides, padding);
  const data = new Float32Array(x.shape[0]! * w.rows * w.columns * channels);
  const sums = new Float64Array(channels);
  forWindows(x.shape[0]!, w, channels, (b, i, j, at) => {
    let cells = 0;
    sums.fill(0);
    w.each(b, i, j, (from) => {
      cells++;
      addScaled(sums, 1, x.data, from);
    });
    data.set(
      sums.map((sum) => sum / cells),
      at,
    );
  });
  return { shape: [x.shape[0]!, w.rows, w.columns, channels], data };
}

function zeroPad2d(x: PlainTensor, [[top, bottom], [left, right]]: Margins): PlainTensor {
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const shape = [batch, top + height + bottom, left + width + right, channels];
  const data = new Float32Array(shape.reduce((product, n) => product * n, 1));
  const row = width * channels;
  for (let b = 0; b < batch; b++)
    for (let y = 0; y < height; y++) {
      const from = (b * height + y) * row;
      data.set(x.data.subarray(from, from + row), ((b * shape[1]! + top + y) * shape[2]! + left) * channels);
    }
  return { shape, data };
}

function matMul(x: PlainTensor, kernel: PlainTensor): PlainTensor {
  const [inputs, outputs] = kernel.shape as [number, number];
  const batch = x.shape[0]!;
  const data = new Float32Array(batch * outputs);
  const sums = new Float64Array(outputs);
  for (let b = 0; b < batch; b++) {
    sums.fill(0);
    for (let i = 0; i < inputs; i++) addScaled(sums, x.data[b * inputs + i]!, kernel.data, i * outputs);
    data.set(sums, b * outputs);
  }
  return { shape: [batch, outputs], data };
}

/** sums += factor * values[from ...] */
function addScaled(sums: Float64Array, factor: number, values: Float32Array, from: number): void {
  if (factor === 0) return;
  for (let o = 0; o < sums.length; o++) sums[o]! += factor * values[from + o]!;
}
