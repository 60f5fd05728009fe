import { HesperError } from '../../errors.ts';
import { conjugationExponent, rotationExponent } from '../../ring/galois.ts';
import { disposeAll, fill } from '../../rlwe/buffers.ts';
import { type Ciphertext, handles, makeCiphertexts } from '../../rlwe/ciphertext.ts';
import type { Context } from '../../rlwe/context.ts';
import { type GaloisKeys, requireGaloisKeys } from '../../rlwe/galois-keys.ts';
import { applyMany, applySum } from '../../rlwe/key-switch.ts';
import type { Scheme } from '../../rlwe/parameters.ts';
import { requireAlike, requireEqualScales } from './checks.ts';
import { inShapes, share } from './lists.ts';

/**
 * Every ciphertext by every step, ciphertext-major; ciphertexts of one level are one kernel job. A step of 0 shares
 * the memory, a step that occurs twice is taken once.
 * @throws 'parts-mismatch', 'missing-evaluation-key', all before any work
 */
export function rotateMany<S extends Scheme>(
  { n, parameters }: Context,
  cts: readonly Ciphertext<S, 'ntt'>[],
  steps: readonly number[],
  galoisKeys: GaloisKeys | undefined,
): Ciphertext<S, 'ntt'>[] {
  requireTwoParts('rotateMany', cts);
  const exponents = steps.map((step) => rotationExponent(step, n, parameters.rotationGenerator));
  const distinct = [...new Set(exponents)].filter((g) => g !== 1);
  if (cts.length === 0 || distinct.length === 0) return cts.flatMap((ct) => exponents.flatMap(() => share([ct])));
  const keys = requireGaloisKeys(galoisKeys, distinct, highest(cts));
  if (distinct.length === steps.length) return inShapes(cts, (group) => applyMany(group, distinct, keys));
  return inShapes(cts, (group) => spread(group, exponents, distinct, applyMany(group, distinct, keys)));
}

/** The results of distinct rotations, in the places where they were asked for; `made` is disposed of. */
function spread<S extends Scheme>(
  group: readonly Ciphertext<S, 'ntt'>[],
  exponents: readonly number[],
  distinct: readonly number[],
  made: readonly Ciphertext<S, 'ntt'>[],
): Ciphertext<S, 'ntt'>[] {
  try {
    return fill<Ciphertext<S, 'ntt'>>([], (out) => {
      group.forEach((ct, i) => {
        const rotated = exponents.map((g) => (g === 1 ? ct : made[i * distinct.length + distinct.indexOf(g)]!));
        out.push(...share(rotated));
      });
    });
  } finally {
    disposeAll(made);
  }
}

/**
 * The sum of all ciphertexts (at least one), each by its step: one ciphertext, one kernel job, one division by the
 * special primes.
 * @throws 'level-mismatch', 'parts-mismatch', 'scale-mismatch', 'missing-evaluation-key', all before any work
 */
export function rotateSum<S extends Scheme>(
  { n, parameters }: Context,
  cts: readonly Ciphertext<S, 'ntt'>[],
  steps: readonly number[],
  galoisKeys: GaloisKeys | undefined,
): Ciphertext<S, 'ntt'>[] {
  requireAlike('rotateSum', cts);
  requireTwoParts('rotateSum', cts);
  requireEqualScales(
    'rotateSum',
    cts.map((ct) => ct.scale),
  );
  const exponents = steps.map((step) => rotationExponent(step, n, parameters.rotationGenerator));
  const keyed = exponents.filter((g) => g !== 1);
  if (keyed.length === 0) return sum(cts);
  return applySum(cts, exponents, requireGaloisKeys(galoisKeys, keyed, cts[0]!));
}

function sum<S extends Scheme>(cts: readonly Ciphertext<S, 'ntt'>[]): Ciphertext<S, 'ntt'>[] {
  const [first, second, ...rest] = cts;
  if (second === undefined) return share(cts);
  const { context, level, parts, shape } = first!;
  return makeCiphertexts(context, [shape], (made) => {
    const { kernel, ring } = context;
    const out = handles(made);
    const basis = context.basis(level);
    kernel.add(ring, out, handles([first!]), handles([second]), basis, parts, parts);
    for (const ct of rest) kernel.add(ring, out, out, handles([ct]), basis, parts, parts);
  });
}

/** The complex conjugate of every slot. @throws 'parts-mismatch', 'missing-evaluation-key' */
export function conjugateAll<S extends Scheme>(
  { n }: Context,
  cts: readonly Ciphertext<S, 'ntt'>[],
  galoisKeys: GaloisKeys | undefined,
): Ciphertext<S, 'ntt'>[] {
  requireTwoParts('conjugateAll', cts);
  if (cts.length === 0) return [];
  const exponents = [conjugationExponent(n)];
  const keys = requireGaloisKeys(galoisKeys, exponents, highest(cts));
  return inShapes(cts, (group) => applyMany(group, exponents, keys));
}

const highest = <S extends Scheme>(cts: readonly Ciphertext<S, 'ntt'>[]): Ciphertext<S, 'ntt'> =>
  cts.reduce((a, b) => (b.level > a.level ? b : a));

function requireTwoParts(verb: string, cts: readonly Ciphertext[]): void {
  const other = cts.find(({ parts }) => parts !== 2);
  if (other === undefined) return;
  throw new HesperError('parts-mismatch', `${verb}: ciphertexts of two parts are needed`, {
    met: other.parts,
    wanted: 2,
    remedy: 'Relinearise before',
  });
}
