import { HesperError } from '../errors.ts';
import type { Random } from '../heras/random.ts';
import { normal } from '../heras/random.ts';
import type { FitOptions } from '../heras/trainer.ts';

/** Largest random changes, each drawn uniformly between minus and plus that much for every image anew. All default 0. */
export interface ImageChanges {
  /** Degrees. */
  readonly rotation?: number;
  /** Relative, for height and width apart: 0.1 is 90 % to 110 %. */
  readonly scale?: number;
  /** Columns of sideways move per row. */
  readonly shear?: number;
  /** Cells, down and across. */
  readonly shift?: number;
  /** Cells: smooth displacements, given on a coarse grid (Simard, Steinkraus and Platt 2003). */
  readonly elastic?: number;
  /** Points of that grid along each axis, default 4. */
  readonly elasticGrid?: number;
  /** Standard deviation of noise added to every cell, also of unmoved images. */
  readonly noise?: number;
  /** Fraction of images that are not moved: what is learnt must hold for uninterpolated images too. */
  readonly unmoved?: number;
}

type Settings = Required<ImageChanges>;

const defaults: Settings = {
  rotation: 0,
  scale: 0,
  shear: 0,
  shift: 0,
  elastic: 0,
  elasticGrid: 4,
  noise: 0,
  unmoved: 0,
};

/** An `augment` option of `fit` for images [height, width, channels]: moves by bilinear interpolation, outside is 0. */
export function changeImages(changes: ImageChanges): NonNullable<FitOptions['augment']> {
  const settings = { ...defaults, ...changes };
  return (batch, inputShape, random) => {
    const [height, width, channels] = inputShape as [number, number, number];
    if (inputShape.length !== 3) throw notImages(inputShape);
    const size = height * width * channels;
    for (let at = 0; at < batch.length; at += size)
      changeImage(batch.subarray(at, at + size), height, width, channels, settings, random);
  };
}

function changeImage(
  cells: Float32Array,
  height: number,
  width: number,
  channels: number,
  s: Settings,
  random: Random,
) {
  if (random() >= s.unmoved) resample(cells, height, width, channels, drawMove(s, height, width, random));
  if (s.noise > 0) for (let i = 0; i < cells.length; i++) cells[i]! += s.noise * normal(random);
}

/** Where the value of a cell comes from: an affine map around the centre, and displacements on a grid. */
interface Move {
  readonly matrix: readonly [number, number, number, number];
  readonly offset: readonly [number, number];
  readonly down: readonly number[];
  readonly across: readonly number[];
  readonly grid: number;
}

function drawMove(s: Settings, height: number, width: number, random: Random): Move {
  const draw = (most: number) => (2 * random() - 1) * most;
  const angle = (draw(s.rotation) * Math.PI) / 180;
  const [tall, wide] = [1 + draw(s.scale), 1 + draw(s.scale)];
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const points = () => Array.from({ length: s.elastic > 0 ? s.elasticGrid ** 2 : 0 }, () => draw(s.elastic));
  return {
    matrix: [tall * cos, tall * sin, draw(s.shear) - wide * sin, wide * cos],
    offset: [(height - 1) / 2 + draw(s.shift), (width - 1) / 2 + draw(s.shift)],
    down: points(),
    across: points(),
    grid: s.elasticGrid,
  };
}

function resample(cells: Float32Array, height: number, width: number, channels: number, move: Move): void {
  const source = cells.slice();
  const [yy, yx, xy, xx] = move.matrix;
  for (let i = 0; i < height; i++)
    for (let j = 0; j < width; j++) {
      const [dy, dx] = [i - (height - 1) / 2, j - (width - 1) / 2];
      const [gy, gx] = [i / (height - 1), j / (width - 1)];
      const y = yy * dy + yx * dx + move.offset[0] + displacement(move.down, move.grid, gy, gx);
      const x = xy * dy + xx * dx + move.offset[1] + displacement(move.across, move.grid, gy, gx);
      interpolate(cells, (i * width + j) * channels, source, height, width, channels, y, x);
    }
}

/** Bilinear between the points of the grid; u and v in [0, 1]. */
function displacement(points: readonly number[], grid: number, u: number, v: number): number {
  if (points.length === 0) return 0;
  const [a, b] = [u * (grid - 1), v * (grid - 1)];
  const [i, j] = [Math.min(grid - 2, Math.floor(a)), Math.min(grid - 2, Math.floor(b))];
  const at = i * grid + j;
  const upper = points[at]! + (points[at + 1]! - points[at]!) * (b - j);
  const lower = points[at + grid]! + (points[at + grid + 1]! - points[at + grid]!) * (b - j);
  return upper + (lower - upper) * (a - i);
}

function interpolate(
  to: Float32Array,
  at: number,
  from: Float32Array,
  height: number,
  width: number,
  channels: number,
  y: number,
  x: number,
): void {
  const [i, j] = [Math.floor(y), Math.floor(x)];
  const [down, right] = [y - i, x - j];
  const inside = (r: number, c: number) => r >= 0 && r < height && c >= 0 && c < width;
  for (let c = 0; c < channels; c++) {
    const cell = (r: number, k: number) => (inside(r, k) ? from[(r * width + k) * channels + c]! : 0);
    const upper = cell(i, j) * (1 - right) + cell(i, j + 1) * right;
    const lower = cell(i + 1, j) * (1 - right) + cell(i + 1, j + 1) * right;
    to[at + c] = upper * (1 - down) + lower * down;
  }
}

const notImages = (met: readonly number[]) =>
  new HesperError('shape-mismatch', 'Only images can be moved', {
    met,
    wanted: '[height, width, channels]',
    remedy: 'Leave augment out, or reshape the examples.',
  });
