import { nonAdjacentForm } from '../../evaluator/integers.ts';
import { isWide } from '../../evaluator/trace.ts';
import { linearWork, relinearizeWork, type Size, type Work } from '../../evaluator/work.ts';
import type { CostModel } from '../cost-model.ts';
import type { QuantizedStage } from '../stages.ts';
import type { Step } from '../structure.ts';
import type { Encoding } from './options.ts';
import { MAX_MODULUS_BITS } from './plaintext-moduli.ts';

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

/** Work of a stage and its payments, for one plaintext modulus. */
export function stageWork(stage: StageShape, step: Step, setting: WorkSetting): Work[] {
  const { n, special } = setting;
  const size: Size = { n, limbs: step.limbs, parts: step.partsIn, special };
  const width = stage.outputs;
  const work: Work[] = [{ jobs: 1 }];
  if (stage.kind === 'square') work.push(scaledSquareWork(width, step, setting));
  else work.push(...linearWorks(stage, size, setting.encoding));
  if (step.relinearize) {
    work.push({ jobs: 1 }, relinearizeWork(width, { ...size, parts: step.partsOut }));
    work.push({ ntts: width * step.limbs * (step.partsOut + 2) });
  }
  for (let r = 0; r < step.drops; r++) work.push({ jobs: 1 }, switchWork(width, step, step.limbs - r, n));
  return work;
}

function linearWorks(shape: StageShape, size: Size, encoding: Encoding): Work[] {
  const residues = size.n * size.limbs * size.parts;
  const constants: Work[] = shape.biased ? [{ jobs: 1, additions: shape.outputs * residues }] : [];
  const sums = encoding === 'slots' ? linearWork(shape, size) : { linears: 1, additions: shape.weights * residues };
  return [sums, ...constants];
}

/** Squares by an auxiliary basis R: lifted to QR, multiplied, scaled down, brought back to Q. */
function scaledSquareWork(count: number, { limbs, partsIn, partsOut }: Step, setting: WorkSetting): Work {
  const { n } = setting;
  const auxiliary = auxiliaryCount(setting, limbs, partsIn);
  const rows = limbs + auxiliary;
  return {
    squares: count,
    ntts: count * rows * (partsIn + partsOut),
    conversions: count * limbs * auxiliary * (partsIn + 2 * partsOut),
    products: (count * rows * n * partsIn * (partsIn + 1)) / 2,
  };
}

/** R is at least parts t n Q / 2. */
function auxiliaryCount({ n, t, primeBits }: WorkSetting, limbs: number, parts: number): number {
  const logQ = primeBits.slice(0, limbs).reduce((sum, bits) => sum + bits, 0);
  return Math.ceil((logQ + Math.log2(parts * t * n) - 1) / MAX_MODULUS_BITS);
}

/** Division by the last prime in coefficient form. */
const switchWork = (count: number, { parts }: Step, limbs: number, n: number): Work => ({
  rescalings: count,
  products: count * parts * (limbs - 1) * n,
  additions: count * parts * limbs * n,
});

/** Nanoseconds to unpack the ciphertexts and to expand their seeds, for one plaintext modulus; no transforms. */
export function bfvLoadCost(inputs: number, limbs: number, n: number, costs: CostModel): number {
  return inputs * limbs * n * (costs.sample + costs.unpack + 6 * costs.byte);
}
