import { nonAdjacentForm } from '../../evaluator/integers.ts';
import { ERROR_VARIANCE } from '../../evaluator/noise.ts';
import type { LinearRows } from '../../evaluator/verbs.ts';
import type { QuantizedStage } from '../stages.ts';
import type { Step } from '../structure.ts';
import type { Encoding } from './options.ts';

/** The noisiest value behind a stage. */
export interface StageNoise {
  /**
   * Mean power spectrum: a polynomial in X = |s|^2 / (2n/3), whose mean over all slots and keys, with E X^k = k!, is the
   * variance of a coefficient.
   */
  readonly spectrum: Float64Array;
  /** log2 of the largest |coefficient| that there can be. */
  readonly worst: number;
}

/** What a linear stage does to noise: its heaviest row. */
export interface Gain {
  readonly square: number;
  readonly absolute: number;
}

/** Of every stage; null for squares. A weight is a number in slots, a few signed shifts in coefficients. */
export function gainsOf(stages: readonly QuantizedStage[], encoding: Encoding): (Gain | null)[] {
  return stages.map((stage) => (stage.kind === 'linear' ? gainOf(stage.rows, encoding) : null));
}

function gainOf({ rowStart, values, outputs }: LinearRows, encoding: Encoding): Gain {
  const [square, absolute] = encoding === 'slots' ? [squareOf, Math.abs] : [shiftsOf, shiftsOf];
  let most = { square: 0, absolute: 0 };
  for (let r = 0; r < outputs; r++) {
    const row = values.subarray(rowStart[r]!, rowStart[r + 1]!);
    most = {
      square: Math.max(
        most.square,
        row.reduce((sum, w) => sum + square(w), 0),
      ),
      absolute: Math.max(
        most.absolute,
        row.reduce((sum, w) => sum + absolute(w), 0),
      ),
    };
  }
  return most;
}

const squareOf = (weight: number): number => weight * weight;
const shiftsOf = (() => {
  const known = new Map<number, number>();
  return (weight: number): number => {
    if (!known.has(weight)) known.set(weight, nonAdjacentForm(weight).length);
    return known.get(weight)!;
  };
})();

/** Sizes that noise depends on. */
export interface NoiseSetting {
  readonly n: number;
  /** Largest plaintext modulus. */
  readonly t: number;
  /** log2 of the data primes, last dropped first, and of the special one. */
  readonly primeBits: readonly number[];
  readonly specialBits: number;
}

const secretSquare = (n: number): number => (2 * n) / 3;

/** Behind each stage, its payments included. */
export function noiseAlong(
  gains: readonly (Gain | null)[],
  steps: readonly Step[],
  setting: NoiseSetting,
): StageNoise[] {
  let noise: StageNoise = { spectrum: Float64Array.of(ERROR_VARIANCE + 1 / 12), worst: Math.log2(21.5) };
  return steps.map((step, i) => {
    const gain = gains[i];
    noise = gain ? scaled(noise, gain) : squared(noise, step, setting);
    if (step.relinearize) noise = switched(noise, step, setting);
    for (let r = 0; r < step.drops; r++)
      noise = dropped(noise, step.parts, setting.primeBits[step.limbs - 1 - r]!, setting.n);
    return noise;
  });
}

const scaled = ({ spectrum, worst }: StageNoise, { square, absolute }: Gain): StageNoise => ({
  spectrum: spectrum.map((v) => v * square + 1 / 12),
  worst: worst + Math.log2(Math.max(absolute, 1)),
});

function squared(
  { spectrum, worst }: StageNoise,
  { partsIn, partsOut, limbs }: Step,
  setting: NoiseSetting,
): StageNoise {
  const { n, t } = setting;
  const quotient = powers(n, partsIn, t ** 2 / 12);
  const cross = times(spectrum, quotient, 4 * n);
  const logQ = setting.primeBits.slice(0, limbs).reduce((sum, bits) => sum + bits, 0);
  const own = times(spectrum, spectrum, 2 * n * 2 ** (2 * (Math.log2(t) - logQ)));
  const largest = Math.log2(t / 2) + (partsIn - 1) * Math.log2(n) + 1 / n;
  return {
    spectrum: sum(sum(cross, own), powers(n, partsOut, 1 / 12)),
    worst: 1.01 + Math.log2(n) + largest + worst,
  };
}

function dropped({ spectrum, worst }: StageNoise, parts: number, bits: number, n: number): StageNoise {
  const rounding = (parts - 1) * Math.log2(n) - 1 + 0.01;
  return {
    spectrum: sum(
      spectrum.map((v) => v * 2 ** (-2 * bits)),
      powers(n, parts, 1 / 12),
    ),
    worst: Math.log2(2 ** (worst - bits) + 2 ** rounding),
  };
}

function switched({ spectrum, worst }: StageNoise, { partsOut, limbs }: Step, setting: NoiseSetting): StageNoise {
  const { n, primeBits, specialBits } = setting;
  const ratios = primeBits.slice(0, limbs).map((bits) => 2 ** (bits - specialBits));
  const keys = (partsOut - 2) * n * ERROR_VARIANCE * ratios.reduce((total, ratio) => total + ratio ** 2 / 12, 0);
  const most = (partsOut - 2) * n * 21 * ratios.reduce((total, ratio) => total + ratio / 2, 0);
  return {
    spectrum: sum(sum(spectrum, Float64Array.of(keys)), powers(n, 2, 1 / 12)),
    worst: Math.log2(2 ** worst + most + n),
  };
}

/** factor (1 + h X + h^2 X^2 + ...), a term for each part. */
const powers = (n: number, parts: number, factor: number): Float64Array =>
  Float64Array.from({ length: parts }, (_, i) => factor * secretSquare(n) ** i);

const sum = (a: Float64Array, b: Float64Array): Float64Array =>
  Float64Array.from({ length: Math.max(a.length, b.length) }, (_, i) => (a[i] ?? 0) + (b[i] ?? 0));

function times(a: Float64Array, b: Float64Array, factor: number): Float64Array {
  const out = new Float64Array(a.length + b.length - 1);
  for (let i = 0; i < a.length; i++)
    for (let j = 0; j < b.length; j++) out[i + j] = out[i + j]! + factor * a[i]! * b[j]!;
  return out;
}

/** log2 of the standard deviation of a coefficient. */
export function deviationBits({ spectrum }: StageNoise): number {
  let [mean, factorial] = [0, 1];
  spectrum.forEach((value, i) => {
    factorial *= Math.max(i, 1);
    mean += value * factorial;
  });
  return Math.log2(mean) / 2;
}

/** -log2 of the probability that one of `count` normal variables passes `limitBits`, given the bits of their deviation. */
export function failureBits(deviation: number, limitBits: number, count: number): number {
  const x = 2 ** (limitBits - deviation) / Math.SQRT2;
  return x < 1 ? 0 : Math.max(0, x * x * Math.LOG2E + Math.log2(x * Math.sqrt(Math.PI)) - Math.log2(count));
}
