import { HesperError } from '../../errors.ts';
import type { Ciphertext, Form } from '../../rlwe/ciphertext.ts';
import type { Scheme } from '../../rlwe/parameters.ts';
import { requirePartsFit } from './checks.ts';
import type { Rules } from './rules.ts';

export type Pair<S extends Scheme, F extends Form> = readonly [Ciphertext<S, F>, Ciphertext<S, F>];

/** @throws 'level-mismatch', 'parts-mismatch', 'scale-overflow' */
export function checkProduct(rules: Rules, [a, b]: Pair<Scheme, Form>): void {
  if (a.level !== b.level) {
    throw new HesperError('level-mismatch', 'multiplyPairs: the factors are at different levels', {
      met: b.level,
      wanted: a.level,
      remedy: 'Drop both to the lower level',
    });
  }
  requirePartsFit(a.parts + b.parts - 1);
  rules.requireFits(a.level, a.scale * b.scale);
}

/** Products of equal shapes are one kernel job: a number for each shape. */
export const productKey = ([a, b]: Pair<Scheme, Form>): number => (a.level * 16 + a.parts) * 16 + b.parts;

/** The shape of a product but for its form. */
export const productShape = <S extends Scheme, F extends Form>([a, b]: Pair<S, F>) => ({
  ...a.shape,
  parts: a.parts + b.parts - 1,
  scale: a.scale * b.scale,
});
