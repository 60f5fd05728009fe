import type { Evaluator } from '../evaluator/evaluator.ts';
import type { Program } from '../evaluator/record.ts';
import { replay } from '../evaluator/replay.ts';
import { outputs, type Verb } from '../evaluator/verbs.ts';

/** Bytes of a seed that stands for a uniform polynomial. */
const SEED_BYTES = 32;

/** One polynomial, packed: n * ceil(log2 q) bits for each prime. */
export const polynomialBytes = (n: number, primes: readonly number[]): number =>
  primes.reduce((sum, q) => sum + (n * Math.ceil(Math.log2(q))) / 8, 0);

/** Seeded symmetric ciphertexts: a seed and one polynomial each. */
export const uploadBytes = (count: number, n: number, primes: readonly number[]): number =>
  count * (SEED_BYTES + polynomialBytes(n, primes));

/**
 * For each power of the secret one digit for as many data primes as there are special ones: a seed and one polynomial
 * over all primes.
 */
export const keyBytes = (powers: number, n: number, data: readonly number[], special: readonly number[]): number =>
  powers === 0
    ? 0
    : powers * Math.ceil(data.length / special.length) * (SEED_BYTES + polynomialBytes(n, [...data, ...special]));

interface Sized {
  readonly level: number;
  readonly parts: number;
}

/** Runs a program on traced ciphertexts and finds the most bytes held at a time; a number takes 8 in memory. */
export function peakBytes<C extends Sized>(
  ev: Evaluator<C>,
  program: Program,
  inputs: readonly C[],
  n: number,
): { results: C[]; bytes: number } {
  const size = (ct: C): number => 8 * n * (ct.level + 1) * ct.parts;
  let live = inputs.reduce((sum, ct) => sum + size(ct), 0);
  let bytes = live;
  const counting = (verb: Verb) => (cts: readonly C[], argument: never) => {
    const made = ev[verb](cts, argument) as C[];
    live += made.reduce((sum, ct) => sum + size(ct), 0);
    bytes = Math.max(bytes, live);
    return made;
  };
  const verbs = Object.keys(outputs) as Verb[];
  const counted = { slots: ev.slots, ...Object.fromEntries(verbs.map((verb) => [verb, counting(verb)])) };
  const release = (ct: C): void => {
    live -= size(ct);
  };
  const results = replay(counted as unknown as Evaluator<C>, program, inputs, { release, releaseInputs: true });
  return { results, bytes };
}
