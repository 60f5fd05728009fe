import { describe, expect, it } from 'vitest';
import { fromColumns, toColumns } from './batch.ts';

const code = (wanted: string) => expect.objectContaining({ code: wanted });

describe('batch packing', () => {
  it('puts image i into slot i of every feature, and back', () => {
    const images = [Float32Array.of(1, 2, 3), Float32Array.of(4, 5, 6)];
    const columns = toColumns(images, 3, 4);
    expect(columns.map((column) => [...column])).toEqual([
      [1, 4, 0, 0],
      [2, 5, 0, 0],
      [3, 6, 0, 0],
    ]);
    expect(fromColumns(columns, 2).map((image) => [...image])).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
  });

  it('refuses too many images, other sizes, and numbers that are not finite', () => {
    const image = new Float64Array(2);
    expect(() => toColumns([image, image], 2, 1)).toThrowError(code('shape-mismatch'));
    expect(() => toColumns([image], 3, 1)).toThrowError(code('shape-mismatch'));
    expect(() => toColumns([Float64Array.of(0, Number.NaN)], 2, 1)).toThrowError(code('non-finite-value'));
  });
});
