import { type BfvTraced, createBfvTracer } from '../../evaluator/bfv-trace.ts';
import type { Program } from '../../evaluator/record.ts';
import type { OperationCounts, Prices } from '../../evaluator/work.ts';
import { peakBytes } from '../memory.ts';
import type { BfvClientPlan } from './plan.ts';

/** A program under one plaintext modulus. */
export interface BfvTrace {
  readonly results: readonly BfvTraced[];
  /** Ciphertexts held at the fullest moment. */
  readonly bytes: number;
  readonly operations: OperationCounts;
  /** Nanoseconds of one thread. */
  readonly cost: number;
  /** Of the outputs: of all coefficients, -log2 of the probability that any decrypts wrongly; never, whatever happens. */
  readonly failureBits: number;
  readonly worstCase: boolean;
  /** Smallest of the outputs: from the deviation of the noise to what decrypts. */
  readonly budgetBits: number;
}

type Numbers = Pick<BfvClientPlan, 'ringDegree' | 'dataPrimes' | 'specialPrimes' | 'encoding'> & {
  readonly input: Pick<BfvClientPlan['input'], 'level' | 'scale'>;
};

/** Runs a program on the tracer, which refuses whatever the scheme would refuse. */
export function traceBfv(program: Program, plan: Numbers, t: number, prices?: Prices): BfvTrace {
  const { ringDegree, dataPrimes: primes, specialPrimes: special, encoding, input } = plan;
  const tracer = createBfvTracer({ ringDegree, primes, special, encoding, plaintextModulus: t, prices });
  const fresh = tracer.fresh(input.scale, input.level);
  const inputs = Array.from({ length: program.inputs }, () => ({ ...fresh }));
  const { results, bytes } = peakBytes(tracer.ev, program, inputs, ringDegree);
  return {
    results,
    bytes,
    operations: tracer.count,
    cost: tracer.cost(),
    failureBits: tracer.failureBits(results),
    worstCase: tracer.worstCaseImpossible(results),
    budgetBits: Math.min(...results.map(tracer.budgetBits)),
  };
}
