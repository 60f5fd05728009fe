import { failureBits as modelledFailure } from '../../evaluator/bfv-failure.ts';
import { deviationOf, scaleSpectrum } from '../../evaluator/bfv-noise.ts';
import {
  type BfvScheme,
  type BfvTraced,
  fresh,
  multiply,
  switchDown,
  switched,
  weightOf,
} from '../../evaluator/bfv-traced.ts';
import type { LinearRows } from '../../evaluator/verbs.ts';
import type { QuantizedStage } from '../stages.ts';
import type { Step } from '../structure.ts';
import type { Encoding } from './options.ts';

/** What a linear stage does to noise: to its mean square on average and to its largest value, the heaviest row of each. */
export interface Gain {
  readonly square: number;
  readonly worst: number;
}

/** Of every stage; null for squares. */
export function gainsOf(stages: readonly QuantizedStage[], encoding: Encoding): (Gain | null)[] {
  return stages.map((stage) => (stage.kind === 'linear' ? gainOf(stage.rows, encoding) : null));
}

function gainOf({ rowStart, values, outputs }: LinearRows, encoding: Encoding): Gain {
  const known = new Map<number, Gain>();
  const gain = (value: number): Gain => {
    const { amplitude, worst } = weightOf(value, encoding);
    const found = known.get(value) ?? { square: amplitude ** 2, worst };
    known.set(value, found);
    return found;
  };
  let most = { square: 0, worst: 0 };
  for (let r = 0; r < outputs; r++) {
    let [square, worst] = [0, 0];
    for (let k = rowStart[r]!; k < rowStart[r + 1]!; k++) {
      const own = known.get(values[k]!) ?? gain(values[k]!);
      square += own.square;
      worst += own.worst;
    }
    most = { square: Math.max(most.square, square), worst: Math.max(most.worst, worst) };
  }
  return most;
}

/** The noisiest ciphertext that there can be behind each stage, payments included: never less than the tracer says. */
export function noiseAlong(gains: readonly (Gain | null)[], steps: readonly Step[], scheme: BfvScheme): BfvTraced[] {
  let ct = fresh(scheme, 1, scheme.primes.length - 1, 'symmetric');
  return steps.map((step, i) => {
    const gain = gains[i];
    ct = gain ? scaled(ct, gain) : multiply(ct, ct, scheme);
    if (step.relinearize) ct = switched(ct, ct.parts - 2, scheme);
    for (let r = 0; r < step.drops; r++) ct = switchDown(ct, scheme);
    return ct;
  });
}

/** A row, and the rounding of its constant at every coefficient. */
const scaled = (ct: BfvTraced, { square, worst }: Gain): BfvTraced => ({
  ...ct,
  noise: scaleSpectrum(ct.noise, square),
  worst: ct.worst * worst + 1 / 2,
});

/** log2 of the standard deviation of a coefficient. */
export const deviationBits = ({ noise }: BfvTraced): number => Math.log2(deviationOf(noise));

/** -log2 of the probability that one of `count` such ciphertexts decrypts wrongly anywhere. */
export const failureBits = (n: number, { noise }: BfvTraced, limitBits: number, count: number): number =>
  modelledFailure(n, [{ noise, limitBits }]) - Math.log2(count);
