import { z } from 'zod';
import type { ErrorCode } from '../errors.ts';
import { HesperError } from '../errors.ts';
import type { Margins, Pair } from './math.ts';

const count = z.number().int().min(1).max(65_536);
const margin = z.number().int().min(0).max(4_096);
const both = <T>(value: T): readonly [T, T] => [value, value];

/** A positive integer, or two of them: [height, width]. */
export const pair = z
  .union([count, z.tuple([count, count])])
  .transform((value): Pair => (typeof value === 'number' ? both(value) : value));

/** Keras's three spellings of a margin: 1, [height, width], [[top, bottom], [left, right]]. */
export const margins = z
  .union([margin, z.tuple([margin, margin]), z.tuple([z.tuple([margin, margin]), z.tuple([margin, margin])])])
  .transform((value): Margins => {
    if (typeof value === 'number') return [both(value), both(value)];
    const [rows, columns] = value;
    return [typeof rows === 'number' ? both(rows) : rows, typeof columns === 'number' ? both(columns) : columns];
  });

export const units = count;
export const padding = z.enum(['valid', 'same']);
export const shape = z.array(count).min(1).max(4).readonly();
export const layerName = z.string().regex(/^[A-Za-z0-9_.-]{1,64}$/, 'letters, digits, _ . - (at most 64)');
export const initializer = z.enum(['glorotUniform', 'glorotNormal', 'heUniform', 'heNormal', 'zeros']);
export const activationName = z.enum(['linear', 'square']);

export type Initializer = z.infer<typeof initializer>;
export type ActivationName = z.infer<typeof activationName>;

/** Checks options with a schema; the error says where and what. */
export function check<S extends z.ZodType>(schema: S, value: unknown, where: string, code: ErrorCode): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  throw new HesperError(code, `${where}: ${[...issue.path, issue.message].join(': ')}`, {
    remedy: 'Names, types and defaults are those of Keras; see the documentation of the function.',
  });
}
