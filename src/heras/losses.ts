import type { Compiled } from './compile.ts';

export interface Score {
  /** Mean over the examples. */
  readonly loss: number;
  /** Fraction of examples whose largest output stands where the largest target does. */
  readonly accuracy: number;
}

/** Targets with the labels smoothed as Keras does: y (1 - s) + s / outputs. In place. */
export function smooth(targets: Float32Array, outputs: number, { loss }: Compiled): Float32Array {
  const s = loss.labelSmoothing;
  if (s > 0) for (let i = 0; i < targets.length; i++) targets[i] = targets[i]! * (1 - s) + s / outputs;
  return targets;
}

/** Loss and accuracy of outputs against targets, both rows of `outputs` numbers; targets already smoothed. */
export function score(y: Float32Array, targets: Float32Array, outputs: number, { loss }: Compiled): Score {
  const count = y.length / outputs;
  const lossOf = loss.name === 'meanSquaredError' ? squaredError : crossEntropy;
  let total = 0;
  let right = 0;
  for (let at = 0; at < y.length; at += outputs) {
    total += lossOf(y, targets, at, outputs);
    right += Number(argmax(y, at, outputs) === argmax(targets, at, outputs));
  }
  return { loss: total / count, accuracy: right / count };
}

/** Index of the largest of `width` numbers from `at`; the first of equals. */
export function argmax(values: ArrayLike<number>, at: number, width: number): number {
  let best = 0;
  for (let i = 1; i < width; i++) if (values[at + i]! > values[at + best]!) best = i;
  return best;
}

function crossEntropy(y: Float32Array, targets: Float32Array, at: number, outputs: number): number {
  const top = y[at + argmax(y, at, outputs)]!;
  let sum = 0;
  let dot = 0;
  let weight = 0;
  for (let i = at; i < at + outputs; i++) {
    sum += Math.exp(y[i]! - top);
    dot += targets[i]! * (y[i]! - top);
    weight += targets[i]!;
  }
  return weight * Math.log(sum) - dot;
}

function squaredError(y: Float32Array, targets: Float32Array, at: number, outputs: number): number {
  let total = 0;
  for (let i = at; i < at + outputs; i++) total += (y[i]! - targets[i]!) ** 2;
  return total / outputs;
}
