import {
  addSpectrum,
  dividedSpectrum,
  freshSpectrum,
  liftSpectrum,
  movedSpectrum,
  productSpectrum,
  type Spectrum,
  sumSpectra,
  switchedSpectrum,
  weighedSpectrum,
} from './bfv-noise.ts';
import { freshWorst, productWorst, roundingWorst, switchedWorst } from './bfv-worst.ts';
import { type IntegerPlain, nonAdjacentForm } from './integers.ts';
import type { Encryption } from './noise.ts';
import type { LinearRows } from './verbs.ts';

export type IntegerCoding = 'slots' | 'coefficients';

/** What a BFV ciphertext weighs. Carries no values; noise is that of a coefficient. */
export interface BfvTraced {
  /** Primes left - 1. */
  readonly level: number;
  readonly parts: number;
  /** What it stands for is integer / scale. */
  readonly scale: number;
  /** Where the verbs leave it: conversions between the two are work. */
  readonly form: 'coefficient' | 'ntt';
  /** On average, see bfv-noise.ts; sums of different ciphertexts are taken as independent. */
  readonly noise: Spectrum;
  /** |noise| never exceeds this, see bfv-worst.ts. */
  readonly worst: number;
}

/** The scheme that a circuit is traced for. */
export interface BfvScheme {
  readonly n: number;
  readonly t: number;
  readonly encoding: IntegerCoding;
  readonly primes: readonly number[];
  readonly special: readonly number[];
}

/** t / Q at a level. */
export const ratioAt = ({ t, primes }: BfvScheme, level: number): number =>
  primes.slice(0, level + 1).reduce((ratio, q) => ratio / q, t);

export const fresh = ({ n }: BfvScheme, scale: number, level: number, kind: Encryption): BfvTraced => ({
  level,
  parts: 2,
  scale,
  form: 'coefficient',
  noise: freshSpectrum(n, kind),
  worst: freshWorst(n, kind),
});

interface Weighted {
  readonly ct: BfvTraced;
  readonly weight: Weight;
}

/** What a weight does to noise: to its amplitude on average, with the weight's sign, and to its largest value. */
interface Weight {
  readonly amplitude: number;
  readonly worst: number;
}

/**
 * An integer in slots is a constant. As a sum of k shifts it multiplies the mean square by k: its power at the roots is
 * k on average.
 */
export function weightOf(value: number | bigint, encoding: IntegerCoding): Weight {
  if (encoding === 'slots') return { amplitude: Number(value), worst: Math.abs(Number(value)) };
  const digits = nonAdjacentForm(value).length;
  return { amplitude: Math.sqrt(digits), worst: digits };
}

/** Terms of one ciphertext add their amplitudes, those of different ones their squares. */
function weightedSum(terms: readonly Weighted[]): Pick<BfvTraced, 'noise' | 'worst'> {
  const amplitudes = new Map<BfvTraced, number>();
  let worst = 0;
  for (const { ct, weight } of terms) {
    amplitudes.set(ct, (amplitudes.get(ct) ?? 0) + weight.amplitude);
    worst += weight.worst * ct.worst;
  }
  const noise: Float64Array[] = [];
  for (const [ct, amplitude] of amplitudes) addSpectrum(noise, ct.noise, amplitude ** 2);
  return { noise, worst };
}

/** One ciphertext per row. The list is not empty, of one level, scale, number of parts and form. */
export function linear(cts: readonly BfvTraced[], rows: LinearRows, { encoding }: BfvScheme): BfvTraced[] {
  const known = new Map<number, Weight>();
  const weight = (value: number): Weight => {
    const found = known.get(value) ?? weightOf(value, encoding);
    known.set(value, found);
    return found;
  };
  return Array.from({ length: rows.outputs }, (_, r) => {
    const terms: Weighted[] = [];
    for (let k = rows.rowStart[r]!; k < rows.rowStart[r + 1]!; k++)
      terms.push({ ct: cts[rows.columns[k]!]!, weight: weight(rows.values[k]!) });
    return { ...cts[0]!, scale: cts[0]!.scale * rows.scale, ...weightedSum(terms) };
  });
}

/** A sum of ciphertexts, one at least, that agree in all but noise. */
export const sum = (cts: readonly BfvTraced[]): BfvTraced => ({
  ...cts[0]!,
  ...weightedSum(cts.map((ct) => ({ ct, weight: { amplitude: 1, worst: 1 } }))),
});

/** One row of linearPlain: integer weights, or vectors of integers. */
export function linearPlain(
  terms: readonly { readonly ct: BfvTraced; readonly weight: IntegerPlain }[],
  scale: number,
  scheme: BfvScheme,
): BfvTraced {
  const weighted = terms.map(({ ct, weight }): Weighted => {
    if (typeof weight === 'bigint') return { ct, weight: weightOf(modulo(weight, scheme), scheme.encoding) };
    return { ct: byVector(ct, scheme), weight: { amplitude: 1, worst: 1 } };
  });
  return { ...terms[0]!.ct, scale, ...weightedSum(weighted) };
}

/** In slots weights are taken modulo t, in (-t/2, t/2). */
function modulo(weight: bigint, { t, encoding }: BfvScheme): bigint {
  if (encoding === 'coefficients') return weight;
  const [modulus, half] = [BigInt(t), BigInt((t - 1) / 2)];
  return ((((weight + half) % modulus) + modulus) % modulus) - half;
}

const byVector = (ct: BfvTraced, { n, t }: BfvScheme): BfvTraced => ({
  ...ct,
  noise: weighedSpectrum(n, t, ct.noise),
  worst: n * (t / 2) * ct.worst,
});

export function addPlain(ct: BfvTraced, plain: IntegerPlain, { n, encoding }: BfvScheme): BfvTraced {
  const rounded = coefficientsOf(plain, n, encoding);
  if (rounded === 0) return ct;
  return { ...ct, noise: sumSpectra([ct.noise, liftSpectrum(n, rounded)]), worst: ct.worst + 1 / 2 };
}

/** Coefficients of the plaintext's polynomial that are not zero. */
function coefficientsOf(plain: IntegerPlain, n: number, encoding: IntegerCoding): number {
  if (typeof plain !== 'bigint') return n;
  if (encoding === 'coefficients') return nonAdjacentForm(plain).length;
  return plain === 0n ? 0 : 1;
}

export const multiply = (a: BfvTraced, b: BfvTraced, scheme: BfvScheme): BfvTraced => {
  const { n, t } = scheme;
  const ratio = ratioAt(scheme, a.level);
  return {
    level: a.level,
    parts: a.parts + b.parts - 1,
    scale: a.scale * b.scale,
    form: 'coefficient',
    noise: productSpectrum(n, t, ratio, a, b),
    worst: productWorst(n, t, ratio, a, b),
  };
};

/** `components` more parts switched to the secret. */
export function switched(ct: BfvTraced, components: number, { n, primes, special }: BfvScheme): BfvTraced {
  const switching = { primes: primes.slice(0, ct.level + 1), special };
  return {
    ...ct,
    parts: 2,
    noise: sumSpectra([ct.noise, switchedSpectrum(n, components, switching)]),
    worst: ct.worst + switchedWorst(n, components, switching),
  };
}

/** The noise at a root comes from another one, the rounding behind it meets the secret of its new one. */
export const rotate = (ct: BfvTraced, scheme: BfvScheme): BfvTraced => switched(moved(ct), 1, scheme);

const moved = (ct: BfvTraced): BfvTraced => ({ ...ct, noise: movedSpectrum(ct.noise) });

/** A sum of rotated ciphertexts, `turned` by a key or not, with one division. */
export function rotateSum(cts: readonly BfvTraced[], turned: readonly boolean[], scheme: BfvScheme): BfvTraced {
  const total = sum(cts.map((ct, i) => (turned[i] ? moved(ct) : ct)));
  return switched(total, turned.filter(Boolean).length, scheme);
}

/** The secret's size at a root and at the conjugate one are the same. */
export const conjugate = (ct: BfvTraced, scheme: BfvScheme): BfvTraced => switched(ct, 1, scheme);

export function switchDown(ct: BfvTraced, { n, primes }: BfvScheme): BfvTraced {
  const prime = primes[ct.level]!;
  return {
    ...ct,
    level: ct.level - 1,
    form: 'coefficient',
    noise: dividedSpectrum(n, ct.noise, prime, ct.parts),
    worst: ct.worst / prime + roundingWorst(n, ct.parts),
  };
}
