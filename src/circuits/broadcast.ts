import { HesperError } from '../errors.ts';
import type { Evaluator } from '../evaluator/evaluator.ts';
import { innerSum } from './inner-sum.ts';
import { keysNeeded } from './rotations.ts';

/**
 * x times a 0-1 vector (or any other), one for each result. Levels: 1. Keys: none. Cost: one plaintext product each.
 *
 * @param masks at most `slots` numbers each; missing ones are zeros
 */
export const maskSlots = <C>(ev: Evaluator<C>, x: C, masks: readonly Float64Array[]): C[] =>
  ev.linearPlain([x], { inputs: 1, rows: masks.map((weight) => [{ from: 0, weight }]) });

/**
 * One ciphertext for each of the indices, with x[index] in every slot.
 *
 * Levels: 1 (the mask). Keys: `broadcastRotations`. Cost: log2(slots) rotations for each index.
 *
 * @throws 'invalid-argument' for an index that is no slot
 */
export function broadcastSlots<C>(ev: Evaluator<C>, x: C, indices: readonly number[]): C[] {
  const bad = indices.find((index) => !(Number.isInteger(index) && index >= 0 && index < ev.slots));
  if (bad !== undefined) throw noSlot(bad, ev.slots);
  const masks = indices.map((index) => Float64Array.from({ length: index + 1 }, (_, t) => (t === index ? 1 : 0)));
  return innerSum(ev, maskSlots(ev, x, masks), { count: ev.slots });
}

/** The steps for whose rotations `broadcastSlots` needs keys, 1 .. slots - 1. */
export const broadcastRotations = (slots: number): readonly number[] =>
  keysNeeded(slots, 1, (ev, [x]) => broadcastSlots(ev, x!, [0])).rotations;

const noSlot = (met: number, slots: number): HesperError =>
  new HesperError('invalid-argument', 'there is no such slot', {
    met,
    wanted: `0 .. ${slots - 1}`,
    remedy: 'Slots are counted from zero',
  });
