import { HesperError } from '../errors.ts';
import type { Program } from '../evaluator/record.ts';
import { createTracer, logModuli, type Traced } from '../evaluator/trace.ts';
import type { OperationCounts } from '../evaluator/work.ts';
import { generatePrimes } from '../ring/primes.ts';
import type { Calibration } from './calibrate.ts';
import type { Choice } from './choose-parameters.ts';
import { boundsOf, levelAtEnd, lowerToProgram } from './lower.ts';
import { peakBytes } from './memory.ts';
import { MAX_PRIME_BITS } from './solve.ts';
import type { QuantizedStage } from './stages.ts';
import { MARGIN_BITS, messageBits } from './structure.ts';

/** A choice made real: primes, program, and what the tracer says of it. */
export interface Built {
  readonly choice: Choice;
  readonly ringDegree: number;
  readonly dataPrimes: readonly number[];
  readonly specialPrimes: readonly number[];
  readonly logQ: number;
  readonly logQP: number;
  readonly inputScale: number;
  /** Scale behind each stage, before and after its rescaling. */
  readonly scales: readonly { readonly before: number; readonly after: number }[];
  readonly program: Program;
  readonly outputs: readonly Traced[];
  readonly operations: OperationCounts;
  readonly ciphertextBytes: number;
}

/**
 * The primes are a little below the powers of two that the search reckoned with: where that is too little, the base
 * prime grows by a bit. The tracer runs the whole program and refuses whatever a scheme would refuse.
 */
export function build(stages: readonly QuantizedStage[], calibration: Calibration, choice: Choice): Built {
  const bits = [...choice.solution.primeBits];
  for (;;) {
    try {
      return buildWith(stages, calibration, choice, bits);
    } catch (error) {
      if (!(error instanceof HesperError) || error.code !== 'scale-overflow' || bits[0]! >= MAX_PRIME_BITS) throw error;
      bits[0] = bits[0]! + 1;
    }
  }
}

function buildWith(
  stages: readonly QuantizedStage[],
  calibration: Calibration,
  choice: Choice,
  bits: readonly number[],
): Built {
  const { n, steps, solution } = choice;
  const primes = generatePrimes(n, [...bits, ...solution.specialBits]);
  const dataPrimes = primes.slice(0, bits.length);
  const specialPrimes = primes.slice(bits.length);
  const inputScale = Math.round(2 ** solution.inputScaleBits);
  const scales = scalesOf(stages, choice, dataPrimes, inputScale);
  const finalBits = Math.log2(scales.at(-1)!.after) + messageBits(calibration.maxOutput);
  const finalLevel = Math.min(levelFor(finalBits, dataPrimes), levelAtEnd(steps));
  const program = lowerToProgram(stages, steps, finalLevel, n / 2);
  const factor = 2 ** MARGIN_BITS;
  const tracer = createTracer({
    ringDegree: n,
    primes: dataPrimes,
    special: specialPrimes,
    bounds: boundsOf(stages, steps, calibration, factor),
  });
  const inputs = Array.from({ length: program.inputs }, () =>
    tracer.fresh(inputScale, calibration.bounds[0]! * factor),
  );
  const { results, bytes } = peakBytes(tracer.ev, program, inputs, n);
  return {
    choice,
    ringDegree: n,
    dataPrimes,
    specialPrimes,
    logQ: logModuli(dataPrimes).at(-1)!,
    logQP: logModuli(primes).at(-1)!,
    inputScale,
    scales,
    program,
    outputs: results,
    operations: tracer.count,
    ciphertextBytes: bytes,
  };
}

const levelFor = (bits: number, primes: readonly number[]): number => {
  const level = logModuli(primes).findIndex((available) => available >= bits);
  return level < 0 ? primes.length - 1 : level;
};

function scalesOf(
  stages: readonly QuantizedStage[],
  { steps }: Choice,
  primes: readonly number[],
  inputScale: number,
): { before: number; after: number }[] {
  let scale = inputScale;
  return steps.map((step) => {
    const stage = stages[step.stage]!;
    scale = stage.kind === 'square' ? scale ** 2 : scale * stage.rows.scale;
    const before = scale;
    for (let r = 0; r < step.drops; r++) scale /= primes[step.limbs - 1 - r]!;
    return { before, after: scale };
  });
}
