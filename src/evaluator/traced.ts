import {
  addVariance,
  averaged,
  type Encryption,
  freshVariance,
  multiplyVariance,
  roundingVariance,
  type Switching,
  scaleVariance,
  switchedVariance,
  type Variance,
} from './noise.ts';
import { meanSquareOf, roundingOf, sizeOf } from './plain.ts';
import type { LinearRows, Plain, PlainTerm } from './verbs.ts';
import { freshBound, roundingBound, switchedBound } from './worst.ts';

/** What a ciphertext weighs. Carries no values. */
export interface Traced {
  /** Primes left - 1. */
  readonly level: number;
  readonly parts: number;
  readonly scale: number;
  /** Largest |message| of any slot. */
  readonly bound: number;
  /** At most this is the root mean square of the message over the slots; what average noise is reckoned with. */
  readonly rms: number;
  /** Noise of a slot in scaled units, see noise.ts; sums of ciphertexts are taken as independent. */
  readonly noise: Variance;
  /** |error| of any slot in scaled units never exceeds this, as long as messages keep to their bounds; see worst.ts. */
  readonly worst: number;
}

/** The scheme that a circuit is traced for. */
export interface Scheme extends Switching {
  readonly n: number;
}

export interface FreshOptions {
  /** Default: symmetric. */
  readonly kind?: Encryption;
  /** Root mean square of the message; default: its bound. */
  readonly rms?: number;
  /**
   * The message is what the encoding made of the values, so its rounding is no error. For releases: an error that does not
   * depend on the key needs no noise to hide it. Default: false.
   */
  readonly encoded?: boolean;
}

/** Scales are doubles: a new one is off by a part of 2^53, its message by as much; twice that for good measure. */
const SCALE_ERROR = 2 ** -52;

const message = (ct: Pick<Traced, 'scale' | 'bound'>): number => ct.scale * ct.bound;

export function fresh(
  n: number,
  scale: number,
  bound: number,
  level: number,
  { kind = 'symmetric', rms = bound, encoded = false }: FreshOptions = {},
): Traced {
  // Any vector, encoded: the rounding does not depend on the values, but for those of the FFT on their size.
  const encoding = encoded ? 0 : roundingOf(Float64Array.of(bound), scale, n).bound;
  const worst = freshBound(n, kind) + encoding;
  return { level, parts: 2, scale, bound, rms, noise: freshVariance(n, kind), worst };
}

interface Weighted {
  readonly ct: Traced;
  readonly weight: number;
}

/** A sum of ciphertexts with integer weights; what the scales of the terms differ from the first is an error as well. */
function weightedSum(terms: readonly Weighted[], { level, parts, scale }: Traced, weightScale: number): Traced {
  const degree = Math.max(1, ...terms.map(({ ct }) => ct.noise.length));
  const noise = new Float64Array(degree);
  let [bound, rms, worst] = [0, 0, 0];
  for (const { ct, weight } of terms) {
    const factor = Math.abs(weight);
    const drift = factor * Math.abs(ct.scale - scale);
    bound += (factor / weightScale) * ct.bound;
    rms += (factor / weightScale) * ct.rms;
    worst += factor * ct.worst + drift * ct.bound;
    noise[0] = noise[0]! + (drift * ct.rms) ** 2;
    for (let i = 0; i < ct.noise.length; i++) noise[i] = noise[i]! + weight * weight * ct.noise[i]!;
  }
  return { level, parts, scale: scale * weightScale, bound, rms, noise, worst };
}

/** One ciphertext per row. The list is not empty, of one level, scale and number of parts. */
export function linear(cts: readonly Traced[], rows: LinearRows): Traced[] {
  return Array.from({ length: rows.outputs }, (_, r) => {
    const terms: Weighted[] = [];
    for (let k = rows.rowStart[r]!; k < rows.rowStart[r + 1]!; k++)
      terms.push({ ct: cts[rows.columns[k]!]!, weight: rows.values[k]! });
    return weightedSum(terms, cts[0]!, rows.scale);
  });
}

/** (x + e)(w + r): the noise e w and e r, the rounding of the weight at the message: x r. */
function weighed(ct: Traced, weight: Plain, scale: number, n: number): Traced {
  const { max } = sizeOf(weight);
  const square = meanSquareOf(weight, n / 2);
  const rounding = roundingOf(weight, scale, n);
  const noise = scaleVariance(ct.noise, square * scale ** 2 + rounding.deviation ** 2);
  noise[0] = noise[0]! + (rounding.deviation * ct.scale * ct.rms) ** 2;
  const out = { scale: ct.scale * scale, bound: ct.bound * max };
  return {
    ...ct,
    ...out,
    rms: Math.min(ct.rms * max, ct.bound * Math.sqrt(square)),
    noise,
    worst: (max * scale + rounding.bound) * ct.worst + rounding.bound * message(ct) + SCALE_ERROR * message(out),
  };
}

/** One row of linearPlain; the weights' scale where a term names none. */
export function linearPlain(cts: readonly Traced[], row: readonly PlainTerm[], scale: number, n: number): Traced {
  const terms = row.map(({ from, weight, scale: own = scale }) => weighed(cts[from]!, weight, own, n));
  return weightedSum(
    terms.map((ct) => ({ ct, weight: 1 })),
    terms[0]!,
    1,
  );
}

export function addPlain(ct: Traced, plain: Plain, n: number): Traced {
  const { bound, deviation } = roundingOf(plain, ct.scale, n);
  return {
    ...ct,
    bound: ct.bound + sizeOf(plain).max,
    rms: ct.rms + Math.sqrt(meanSquareOf(plain, n / 2)),
    noise: addVariance(ct.noise, Float64Array.of(deviation ** 2)),
    worst: ct.worst + bound,
  };
}

/**
 * (x + e)(y + f): noise x f + y e + e f. For a square both cross terms are the same: 2 x e. Errors are complex numbers
 * whose components vary alike: the real part of e f is that of two products, the square of e another factor of 2.
 */
export function multiply(a: Traced, b: Traced): Traced {
  const crossA = scaleVariance(a.noise, (b.scale * b.rms) ** 2);
  const crossB = scaleVariance(b.noise, (a.scale * a.rms) ** 2);
  const cross = a === b ? scaleVariance(crossA, 4) : addVariance(crossA, crossB);
  const both = scaleVariance(multiplyVariance(a.noise, b.noise), a === b ? 4 : 2);
  const out = { scale: a.scale * b.scale, bound: a.bound * b.bound };
  return {
    ...out,
    level: a.level,
    parts: a.parts + b.parts - 1,
    rms: Math.min(a.rms * b.bound, a.bound * b.rms),
    noise: addVariance(cross, both),
    worst: message(a) * b.worst + message(b) * a.worst + a.worst * b.worst + SCALE_ERROR * message(out),
  };
}

/** `components` more parts switched to the secret. */
export const switched = (ct: Traced, components: number, { n, primes, special }: Scheme): Traced => {
  const switching = { primes: primes.slice(0, ct.level + 1), special };
  return {
    ...ct,
    parts: 2,
    noise: addVariance(ct.noise, switchedVariance(n, components, switching)),
    worst: ct.worst + switchedBound(n, components, switching),
  };
};

/** The noise that a slot brings comes from another slot, the rounding behind it meets the secret of its new one. */
export const rotate = (ct: Traced, scheme: Scheme): Traced => switched(moved(ct), 1, scheme);

const moved = (ct: Traced): Traced => ({ ...ct, noise: averaged(ct.noise) });

/** A sum of rotated ciphertexts, `keyed` of them by a key, with one division. */
export function rotateSum(cts: readonly Traced[], turned: readonly boolean[], scheme: Scheme): Traced {
  const terms = cts.map((ct, i) => ({ ct: turned[i] ? moved(ct) : ct, weight: 1 }));
  return switched(weightedSum(terms, cts[0]!, 1), turned.filter(Boolean).length, scheme);
}

/** The secret is real, so its size at a slot and at the conjugate one are the same: no other u. */
export const conjugate = (ct: Traced, scheme: Scheme): Traced => switched(ct, 1, scheme);

export function rescale(ct: Traced, { n, primes }: Scheme): Traced {
  const q = primes[ct.level]!;
  const scale = ct.scale / q;
  return {
    ...ct,
    level: ct.level - 1,
    scale,
    noise: addVariance(scaleVariance(ct.noise, 1 / q ** 2), roundingVariance(n, ct.parts)),
    worst: ct.worst / q + roundingBound(n, ct.parts) + SCALE_ERROR * scale * ct.bound,
  };
}
