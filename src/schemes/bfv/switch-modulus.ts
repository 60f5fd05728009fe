import { HesperError } from '../../errors.ts';
import { disposeAll } from '../../rlwe/buffers.ts';
import { type Ciphertext, handles, makeCiphertexts } from '../../rlwe/ciphertext.ts';
import { inShapes, share } from '../common/lists.ts';
import { type Any, inForm } from './forms.ts';

/**
 * Ciphertexts to the level below, in coefficient form: divided by the prime that is dropped, and rounded. The message,
 * a multiple of Q / t, shrinks with Q, so that the scale stays.
 */
export const switchDown = (cts: readonly Any[]): Any[] => inForm(cts, 'coefficient', (list) => inShapes(list, divide));

/** To a level, prime by prime; those that are there share their memory. @throws 'level-mismatch', 'invalid-argument' */
export function switchTo(cts: readonly Any[], level: number): Any[] {
  for (const ct of cts) requireBelow(ct, level);
  return inShapes(cts, (group) => {
    if (group[0]!.level === level) return share(group);
    return inForm(group, 'coefficient', (list) => divideDown(list, level));
  });
}

function divideDown(
  cts: readonly Ciphertext<'bfv', 'coefficient'>[],
  level: number,
): Ciphertext<'bfv', 'coefficient'>[] {
  let values = divide(cts);
  while (values[0]!.level > level) {
    const before = values;
    try {
      values = divide(before);
    } finally {
      disposeAll(before);
    }
  }
  return values;
}

/** Ciphertexts of one shape. */
function divide(cts: readonly Ciphertext<'bfv', 'coefficient'>[]): Ciphertext<'bfv', 'coefficient'>[] {
  const { context, level, parts } = cts[0]!;
  const shapes = cts.map(({ shape }) => ({ ...shape, level: level - 1 }));
  return makeCiphertexts(context, shapes, (made) => {
    context.kernel.divideByLastCoefficient(context.ring, handles(made), handles(cts), context.basis(level), parts);
  });
}

function requireBelow(ct: Any, level: number): void {
  ct.context.requireLevel(level);
  if (level <= ct.level) return;
  throw new HesperError('level-mismatch', 'dropLevelAll: a level cannot be raised', {
    met: level,
    wanted: `0 .. ${ct.level}`,
    remedy: 'Drop to a lower level',
  });
}
