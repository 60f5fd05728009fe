import { HesperError } from '../errors.ts';
import type { Evaluator } from './evaluator.ts';
import type { Arguments, LinearRows, PointwiseStep } from './verbs.ts';

/** `pointwise` of an evaluator that has no fused job for it: the steps one after the other. */
export function stepByStep<C>(
  ev: Pick<Evaluator<C>, 'linear' | 'addPlain' | 'squareAll'>,
  cts: readonly C[],
  steps: readonly PointwiseStep[],
): C[] {
  let values = [...cts];
  for (const step of steps) {
    if (step.verb === 'linear') values = ev.linear(values, step.argument);
    else if (step.verb === 'addPlain') values = ev.addPlain(values, step.argument);
    else values = ev.squareAll(values, undefined);
  }
  return values;
}

/** Throws 'shape-mismatch' when the list does not fit the rows. */
export function checkLinear(width: number, rows: LinearRows): void {
  if (width !== rows.inputs) throw mismatch('linear', width, rows.inputs);
}

/** One finite constant per ciphertext. Throws 'shape-mismatch', 'non-finite-value'. */
export function checkConstants(width: number, constants: Arguments['addPlain']): void {
  if (width !== constants.length) throw mismatch('addPlain', constants.length, width);
  const bad = constants.findIndex((c) => !Number.isFinite(c));
  if (bad < 0) return;
  throw new HesperError('non-finite-value', 'A constant of addPlain is not finite', {
    met: `index ${bad}`,
    wanted: 'finite numbers',
    remedy: 'Check the biases of the model.',
  });
}

/** Indices within the list. Throws 'invalid-argument'. */
export function checkPairs(width: number, pairs: Arguments['multiplyPairs']): void {
  const inside = (i: number): boolean => Number.isInteger(i) && i >= 0 && i < width;
  const bad = pairs.find(([i, j]) => !inside(i) || !inside(j));
  if (!bad) return;
  throw new HesperError('invalid-argument', 'multiplyPairs names a ciphertext that is not in the list', {
    met: bad,
    wanted: `indices below ${width}`,
    remedy: 'Give pairs of indices into the list.',
  });
}

const mismatch = (verb: string, met: number, wanted: number): HesperError =>
  new HesperError('shape-mismatch', `${verb}: the list does not fit its argument`, {
    met,
    wanted,
    remedy: 'Give one ciphertext for each input of the argument.',
  });
