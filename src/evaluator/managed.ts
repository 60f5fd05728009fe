import { checkPairs, stepByStep } from './check.ts';
import { allEqual, createDebts, type Metadata } from './debts.ts';
import type { Evaluator } from './evaluator.ts';
import { createSums } from './managed-sums.ts';
import { plainRows } from './row-terms.ts';
import { type Rung, scaleLadder } from './scale-ladder.ts';

/** What a managed evaluator has to know of the parameters. */
export interface ManagedOptions {
  /** Data primes; level = index. */
  readonly primes: readonly number[];
  /** Scale of fresh ciphertexts at the highest level, near the primes. */
  readonly scale: number;
}

/** An evaluator that relinearises, rescales and aligns by itself: see `managed`. */
export type ManagedEvaluator<C> = Evaluator<C> & {
  /** Levels where ciphertexts rest and their scales, highest first. Inputs encrypted to a rung need no alignment. */
  readonly rungs: readonly Rung[];
  /** Relinearised and rescaled: what a circuit does to its outputs. */
  settle(cts: readonly C[]): C[];
};

/**
 * Circuits never say `relinearizeAll`, `rescaleAll` or `dropLevelAll`: this evaluator says it for them.
 *
 * Every ciphertext rests on a rung (`scaleLadder`). Products are relinearised and rescaled when the next product or
 * hoisted rotation asks for it, so sums of products pay once; sums of rotations are taken before rescaling, so that its
 * rounding is not summed. Operands of different levels are brought to the lower one, and
 * their scales made equal exactly, by one multiplication with a constant where there is a level to spare: this costs
 * no level in products, and in sums only where inputs of one level came with different scales. Real weights
 * (`linearPlain`) carry the scale that is missing; where they name one, it is kept if all operands agree.
 * Products of one `multiplyPairs` are made at one level, the lowest of its operands, so that they are summed as they are.
 *
 * What was paid for a ciphertext is remembered as long as that ciphertext lives. It makes intermediate ciphertexts; who
 * evaluates on real ones disposes them by a scope around the circuit.
 *
 * @throws whatever the verbs of `ev` throw, and 'level-exhausted' when a product has no rung left
 */
export function managed<C extends Metadata>(ev: Evaluator<C>, options: ManagedOptions): ManagedEvaluator<C> {
  const rungs = scaleLadder(options.primes, options.scale);
  const debts = createDebts(ev, options.primes, rungs);
  const { settle, rungOf, toRung, requireRoom } = debts;
  const { combine, linearPlain, aligned } = createSums(ev, debts);
  const out: ManagedEvaluator<C> = {
    slots: ev.slots,
    rungs,
    settle,
    linear: (cts, rows) => (allEqual(cts) ? ev.linear(cts, rows) : combine(cts, plainRows(rows), rows.scale)),
    linearPlain,
    addPlain: (cts, constants) => ev.addPlain(cts, constants),
    squareAll: (cts) => {
      const factors = settle(cts);
      requireRoom(factors);
      return ev.squareAll(factors, undefined);
    },
    multiplyPairs: (cts, pairs) => {
      checkPairs(cts.length, pairs);
      const used = settle(pairs.flatMap(([i, j]) => [cts[i]!, cts[j]!]));
      const rung = Math.max(...used.map(rungOf));
      const factors = used.map((ct) => toRung(ct, rung));
      requireRoom(factors);
      return ev.multiplyPairs(
        factors,
        pairs.map((_, k) => [2 * k, 2 * k + 1]),
      );
    },
    rotateMany: (cts, steps) => ev.rotateMany(settle(cts), steps),
    rotateSum: (cts, steps) => ev.rotateSum(aligned(cts), steps),
    conjugateAll: (cts) => ev.conjugateAll(settle(cts), undefined),
    relinearizeAll: debts.relinearized,
    rescaleAll: debts.rescaled,
    dropLevelAll: (cts, level) => ev.dropLevelAll(cts, level),
    pointwise: (cts, steps) => stepByStep(out, cts, steps),
  };
  return out;
}
