import { HesperError } from '../errors.ts';

/** Flattened inputs, one per image. */
export type Rows = readonly (Float64Array | Float32Array)[];

/**
 * Slot = image: images [count][features] -> one column of `slots` numbers per feature, unused slots zero.
 * Throws 'shape-mismatch' (more images than slots, wrong length), 'non-finite-value'.
 */
export function toColumns(images: Rows, features: number, slots: number): Float64Array[] {
  if (images.length > slots) throw mismatch('More images than slots', images.length, `at most ${slots}`);
  const columns = Array.from({ length: features }, () => new Float64Array(slots));
  images.forEach((image, slot) => {
    if (image.length !== features) throw mismatch(`Image ${slot} has the wrong size`, image.length, features);
    for (let f = 0; f < features; f++) {
      const value = image[f]!;
      if (!Number.isFinite(value)) throw notFinite(slot, f);
      columns[f]![slot] = value;
    }
  });
  return columns;
}

/** The reverse, for the first `count` images: columns [features][slots] -> [count][features]. */
export function fromColumns(columns: readonly Float64Array[], count: number): Float64Array[] {
  return Array.from({ length: count }, (_, slot) => Float64Array.from(columns, (column) => column[slot]!));
}

const mismatch = (summary: string, met: unknown, wanted: unknown): HesperError =>
  new HesperError('shape-mismatch', summary, {
    met,
    wanted,
    remedy: 'Give flattened images of the input shape, at most one batch at a time.',
  });

const notFinite = (image: number, feature: number): HesperError =>
  new HesperError('non-finite-value', `Image ${image} has a number that is not finite`, {
    met: `feature ${feature}`,
    wanted: 'finite numbers',
    remedy: 'Remove NaN and Infinity from the input.',
  });
