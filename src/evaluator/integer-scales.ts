import { HesperError } from '../errors.ts';
import type { PlainRows, PlainTerm } from './verbs.ts';

/** The scale of all of a list, 1 if it is empty. Throws 'scale-mismatch'. */
export function commonScale(verb: string, cts: readonly { readonly scale: number }[]): number {
  const first = cts[0]?.scale ?? 1;
  const other = cts.find(({ scale }) => !sameScale(scale, first));
  if (!other) return first;
  throw new HesperError('scale-mismatch', `${verb}: terms of different scales`, {
    met: other.scale,
    wanted: first,
    remedy: 'Multiply by integers that bring all branches to one scale.',
  });
}

/** Scales are doubles, so that products in another order may differ in their last bits. */
const sameScale = (a: number, b: number): boolean => Math.abs(a / b - 1) <= 2 ** -40;

/** Integers need no factor, so where none is named it is 1. */
export const weightScale = (term: PlainTerm, rows: PlainRows): number => term.scale ?? rows.scale ?? 1;
