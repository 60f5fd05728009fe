import { nonAdjacentForm } from '../../evaluator/integers.ts';
import { isWide } from '../../evaluator/trace.ts';
import type { LinearRows } from '../../evaluator/verbs.ts';
import { linearWork, relinearizeWork, type Size, type Work } from '../../evaluator/work.ts';
import type { CostModel } from '../cost-model.ts';
import type { QuantizedStage } from '../stages.ts';
import type { Step } from '../structure.ts';
import { MAX_MODULUS_BITS } from './plaintext-moduli.ts';
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

/** Work of a stage and its payments, for one plaintext modulus. */
export function stageWork(stage: QuantizedStage, step: Step, setting: WorkSetting): Work[] {
  const { n, special } = setting;
  const size: Size = { n, limbs: step.limbs, parts: step.partsIn, special };
  const width = stage.kind === 'linear' ? stage.rows.outputs : stage.width;
  const work: Work[] = [{ jobs: 1 }];
  if (stage.kind === 'square') work.push(scaledSquareWork(width, step, setting));
  else work.push(...linearWorks(stage.rows, stage.bias, size, setting.encoding));
  if (step.relinearize) {
    work.push({ jobs: 1 }, relinearizeWork(width, { ...size, parts: step.partsOut }));
    work.push({ ntts: width * step.limbs * (step.partsOut + 2) });
  }
  for (let r = 0; r < step.drops; r++) work.push({ jobs: 1 }, switchWork(width, step, step.limbs - r, n));
  return work;
}

function linearWorks(rows: LinearRows, bias: readonly number[], size: Size, encoding: Encoding): Work[] {
  const { n, limbs, parts } = size;
  const constants: Work[] = bias.some((b) => b !== 0) ? [{ jobs: 1, additions: rows.outputs * limbs * parts * n }] : [];
  if (encoding === 'slots') {
    return [linearWork({ ...rows, weights: rows.values.length, wide: isWide(rows) }, size), ...constants];
  }
  const terms = rows.values.reduce((sum, value) => sum + nonAdjacentForm(value).length, 0);
  return [{ linears: 1, additions: terms * limbs * parts * n }, ...constants];
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
