import { auxiliaryCount, scaledProductWork, shiftsWork, switchDownWork } from '../../evaluator/bfv-work.ts';
import { nonAdjacentForm } from '../../evaluator/integers.ts';
import { isWide } from '../../evaluator/trace.ts';
import { addPlainWork, linearWork, relinearizeWork, type Size, timesWork, type Work } from '../../evaluator/work.ts';
import type { CostModel } from '../cost-model.ts';
import type { QuantizedStage } from '../stages.ts';
import type { Step } from '../structure.ts';
import type { Encoding } from './options.ts';

/** Sizes that work depends on. */
export interface WorkSetting {
  readonly n: number;
  readonly encoding: Encoding;
  /** Largest plaintext modulus. */
  readonly t: number;
  /** log2 of the data primes, last dropped first. */
  readonly primeBits: readonly number[];
  readonly special: number;
}

/** What the work of a stage depends on. */
export interface StageShape {
  readonly kind: 'linear' | 'square';
  readonly inputs: number;
  readonly outputs: number;
  /** Non-zero weights, or the signed shifts that stand for them. */
  readonly weights: number;
  readonly wide: boolean;
  readonly biased: boolean;
}

export const shapesOf = (stages: readonly QuantizedStage[], encoding: Encoding): StageShape[] =>
  stages.map((stage) =>
    stage.kind === 'square'
      ? { kind: 'square', inputs: stage.width, outputs: stage.width, weights: 0, wide: false, biased: false }
      : {
          kind: 'linear',
          inputs: stage.rows.inputs,
          outputs: stage.rows.outputs,
          weights: encoding === 'slots' ? stage.rows.values.length : shiftsIn(stage.rows.values),
          wide: isWide(stage.rows),
          biased: stage.bias.some((b) => b !== 0),
        },
  );

function shiftsIn(values: Int32Array): number {
  const known = new Map<number, number>();
  let sum = 0;
  for (const value of values) {
    if (!known.has(value)) known.set(value, nonAdjacentForm(value).length);
    sum += known.get(value)!;
  }
  return sum;
}

/** Work of a stage and its payments, for one plaintext modulus: what the tracer counts, without its ciphertexts. */
export function stageWork(stage: StageShape, step: Step, setting: WorkSetting): Work[] {
  const { n, special, encoding } = setting;
  const size: Size = { n, limbs: step.limbs, parts: step.partsIn, special };
  const width = stage.outputs;
  const work: Work[] = stage.kind === 'square' ? squareWorks(width, size, setting) : linearWorks(stage, size, encoding);
  if (step.relinearize) {
    work.push({ jobs: 1 }, relinearizeWork(width, { ...size, parts: step.partsOut }));
  }
  for (let r = 0; r < step.drops; r++) {
    const one = switchDownWork({ ...size, limbs: step.limbs - r, parts: step.parts });
    work.push({ jobs: 1 }, timesWork(one, width));
  }
  return work;
}

function linearWorks(shape: StageShape, size: Size, encoding: Encoding): Work[] {
  const constants = shape.biased ? [{ jobs: 1 }, addPlainWork(shape.outputs, size)] : [];
  const sums = encoding === 'slots' ? linearWork(shape, size) : shiftsWork(shape.weights, shape.outputs, size);
  return [{ jobs: 1 }, sums, ...constants];
}

function squareWorks(width: number, size: Size, { n, t, primeBits }: WorkSetting): Work[] {
  const modulusBits = primeBits.slice(0, size.limbs).reduce((sum, bits) => sum + bits, 0);
  const one = scaledProductWork(size, 0, auxiliaryCount(n, t, size.parts, modulusBits));
  return [{ jobs: 1 }, timesWork(one, width)];
}

/** Nanoseconds to unpack the ciphertexts and to expand their seeds, for one plaintext modulus; no transforms. */
export function bfvLoadCost(inputs: number, limbs: number, n: number, costs: CostModel): number {
  return inputs * limbs * n * (costs.sample + costs.unpack + 6 * costs.byte);
}
