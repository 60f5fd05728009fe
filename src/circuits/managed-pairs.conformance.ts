import { createClearEvaluator } from '../evaluator/clear.ts';
import type { Evaluator } from '../evaluator/evaluator.ts';
import { type ManagedEvaluator, managed } from '../evaluator/managed.ts';
import { createPairEvaluator, type Pair, pair } from '../evaluator/pair.conformance.ts';
import { createTracer, type Tracer } from '../evaluator/trace.ts';

export interface ManagedPairs {
  readonly ev: ManagedEvaluator<Pair>;
  readonly raw: Evaluator<Pair>;
  readonly tracer: Tracer;
  /** Of fresh pairs. */
  readonly level: number;
  readonly scale: number;
  fresh(values: Float64Array, level?: number): Pair;
}

/** Primes about 2^40 apart from each other as real ones are: by multiples of 2^15. */
export const testPrimes = (levels: number): number[] =>
  Array.from({ length: levels + 1 }, (_, i) => (i === 0 ? 2 ** 47 : 2 ** 40) + (i % 2 === 0 ? i : -i) * 2 ** 18 + 1);

/** Managed circuits on clear values and the tracer, which refuses what encryption would refuse. */
export function managedPairs({ slots, levels }: { slots: number; levels: number }): ManagedPairs {
  const primes = testPrimes(levels);
  const scale = 2 ** 40;
  const tracer = createTracer({
    ringDegree: 2 * slots,
    primes,
    special: [2 ** 47 - 1, 2 ** 47 - 3],
    rotations: 'any',
    conjugation: true,
  });
  const raw = createPairEvaluator(createClearEvaluator(slots), tracer.ev);
  return {
    ev: managed(raw, { primes, scale }),
    raw,
    tracer,
    level: levels,
    scale,
    fresh: (values, level) => pair(values, tracer.fresh(scale, 1, level)),
  };
}
