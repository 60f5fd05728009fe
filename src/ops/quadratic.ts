import { z } from 'zod';
import { sizeOf } from '../graph/operators.ts';
import { type Affine, affineFromRows } from './affine.ts';
import { defineOp } from './operator.ts';

/** Integers and powers of two: what an integer network can hold exactly. */
export const isExactCoefficient = (value: number): boolean =>
  Number.isFinite(value) && Math.abs(value) <= 2 ** 16 && (Number.isInteger(value) || isPowerOfTwo(value, -16));

/** +-2^k with k >= least. */
const isPowerOfTwo = (value: number, least: number): boolean => {
  const exponent = Math.log2(Math.abs(value));
  return Number.isInteger(exponent) && exponent >= least;
};

const coefficient = z.number().refine(isExactCoefficient, 'an integer or +-2^k, at most 2^16');
const attributes = z
  .object({ a: coefficient, b: coefficient.default(0), c: coefficient.default(0) })
  .refine(({ a }) => a !== 0, 'a is not zero')
  .refine(({ a, b }) => Number.isInteger((b / (2 * a)) * 2 ** 20), 'b / 2a is a multiple of a power of two');
type Attributes = z.infer<typeof attributes>;

/**
 * x -> a x^2 + b x + c, each element, as a (x + b / 2a)^2 + (c - b^2 / 4a): a shift that melts into the linear layer
 * before, a square, and a scale and a constant that melt into the linear layer behind.
 */
export const quadratic = defineOp<Attributes>({
  name: 'quadratic',
  attributes,
  shape: (input) => input,
  clear: (x, { a, b, c }) => ({ shape: x.shape, data: Float64Array.from(x.data, (v) => (a * v + b) * v + c) }),
  square: (input, { a, b, c }) => ({
    before: diagonal(sizeOf(input), 1, b / (2 * a)),
    after: diagonal(sizeOf(input), a, c - (b * b) / (4 * a)),
  }),
});

const diagonal = (size: number, factor: number, constant: number): Affine =>
  affineFromRows(
    size,
    Array.from({ length: size }, (_, i) => [[i, factor] as const]),
    new Float64Array(size).fill(constant),
  );
