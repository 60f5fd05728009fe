import { HesperError } from '../errors.ts';
import type { Evaluator } from './evaluator.ts';
import { isVector, lengthOf, sizeOf } from './plain.ts';
import type { Arguments, LinearRows, Plain, PlainRows, PointwiseStep } from './verbs.ts';

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

/** One plaintext per ciphertext. Throws 'shape-mismatch', 'non-finite-value'. */
export function checkConstants(width: number, plains: Arguments['addPlain'], slots = Number.POSITIVE_INFINITY): void {
  if (width !== plains.length) throw mismatch('addPlain', plains.length, width);
  plains.forEach((plain, i) => {
    checkPlain(`addPlain, constant ${i}`, plain, slots);
  });
}

/**
 * Rows that fit the list, each of at least one term, of finite weights that fit the slots. Whether the scales of a row
 * come out equal is for the evaluator to see. Throws 'shape-mismatch', 'invalid-argument', 'non-finite-value'.
 */
export function checkPlainRows(width: number, { inputs, rows, scale }: PlainRows, slots: number): void {
  if (width !== inputs) throw mismatch('linearPlain', width, inputs);
  if (scale !== undefined) checkWeightScale(scale);
  rows.forEach((row, r) => {
    if (row.length === 0) throw wrong('linearPlain: a row has no term', `row ${r}`, 'at least one term');
    for (const term of row) {
      if (!(Number.isInteger(term.from) && term.from >= 0 && term.from < width))
        throw wrong('linearPlain names a ciphertext that is not in the list', term.from, `indices below ${width}`);
      if (term.scale !== undefined) checkWeightScale(term.scale);
      checkPlain(`linearPlain, row ${r}`, term.weight, slots);
    }
  });
}

/** Finite, not longer than the slots, both components of one length. */
function checkPlain(where: string, plain: Plain, slots: number): void {
  if (isVector(plain)) {
    if (lengthOf(plain) > slots) throw shape(`${where}: more values than slots`, lengthOf(plain), `at most ${slots}`);
    if ('re' in plain && plain.re.length !== plain.im.length)
      throw shape(`${where}: real and imaginary parts differ in length`, plain.im.length, plain.re.length);
  }
  const { bad } = sizeOf(plain);
  if (bad < 0) return;
  throw new HesperError('non-finite-value', `${where} is not finite`, {
    met: `value ${bad}`,
    wanted: 'finite numbers',
    remedy: 'Check the weights and biases of the model.',
  });
}

function checkWeightScale(scale: number): void {
  if (Number.isFinite(scale) && scale > 0) return;
  throw wrong('linearPlain: the scale of a weight is not positive', scale, 'a positive number');
}

/** Indices within the list. Throws 'invalid-argument'. */
export function checkPairs(width: number, pairs: Arguments['multiplyPairs']): void {
  const inside = (i: number): boolean => Number.isInteger(i) && i >= 0 && i < width;
  const bad = pairs.find(([i, j]) => !inside(i) || !inside(j));
  if (bad) throw wrong('multiplyPairs names a ciphertext that is not in the list', bad, `indices below ${width}`);
}

/** Safe integers. Throws 'invalid-argument'. */
export function checkSteps(steps: readonly number[]): void {
  const bad = steps.find((step) => !Number.isSafeInteger(step));
  if (bad !== undefined) throw wrong('A rotation is not by a whole number of slots', bad, 'integers');
}

/** One step per ciphertext, and at least one. Throws 'shape-mismatch', 'invalid-argument'. */
export function checkRotateSum(width: number, steps: readonly number[]): void {
  if (width !== steps.length) throw mismatch('rotateSum', steps.length, width);
  if (width === 0) throw wrong('rotateSum: a sum of nothing has no level', 0, 'at least one ciphertext');
  checkSteps(steps);
}

/** The rotation that a step stands for: 0 .. slots - 1. */
export const rotationOf = (step: number, slots: number): number => ((step % slots) + slots) % slots;

const mismatch = (verb: string, met: number, wanted: number): HesperError =>
  shape(`${verb}: the list does not fit its argument`, met, wanted);

const shape = (summary: string, met: number, wanted: number | string): HesperError =>
  new HesperError('shape-mismatch', summary, {
    met,
    wanted,
    remedy: 'Give one ciphertext for each input of the argument, and no more values than slots.',
  });

const wrong = (summary: string, met: unknown, wanted: string): HesperError =>
  new HesperError('invalid-argument', summary, { met, wanted, remedy: 'Correct the argument of the verb.' });
