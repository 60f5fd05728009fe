import { HesperError } from '../errors.ts';
import { type Ciphertext, type Form, handles, makeCiphertexts } from './ciphertext.ts';
import type { RelinearizationKey } from './evaluation-keys.ts';
import type { GaloisKeys } from './galois-keys.ts';
import type { Scheme } from './parameters.ts';

/**
 * Ciphertexts of one level, form and number of parts (3 ..) to two parts in that form, as one kernel job. Adds noise of
 * about sqrt(digits * n / 12) * Q_d * 3.24 / P per coefficient for each power (Q_d: the product of a digit's primes, P:
 * of the special ones), and the rounding of the division by P.
 * @throws 'missing-evaluation-key' if the key serves fewer parts or a lower level, 'context-mismatch', 'disposed'
 */
export function relinearize<S extends Scheme, F extends Form>(
  cts: readonly Ciphertext<S, F>[],
  key: RelinearizationKey,
): Ciphertext<S, F>[] {
  const [first] = cts;
  if (first === undefined) return [];
  const { context, level, parts, form } = first;
  context.requireOwn('relinearisation key', key.context);
  if (parts > key.parts) throw tooSmall(`${parts} parts`, `at most ${key.parts} parts`, `{ parts: ${parts} }`);
  if (level > key.level) throw tooSmall(`level ${level}`, `at most level ${key.level}`, `{ level: ${level} }`);
  const keys = key.handlesFor(parts, level);
  const shapes = cts.map(({ shape }) => ({ ...shape, parts: 2 }));
  return makeCiphertexts(context, shapes, (made) => {
    const { kernel, ring, special } = context;
    const verb = form === 'ntt' ? 'relinearize' : 'relinearizeCoefficient';
    kernel[verb](ring, handles(made), handles(cts), context.basis(level), parts, keys, special);
  });
}

/**
 * Ciphertexts of one level and two parts, each under every automorphism X -> X^exponent (3 .. 2n-1), ciphertext-major;
 * one kernel job, digits made once a ciphertext. Noise as `relinearize` of three parts.
 * @throws 'missing-evaluation-key', 'context-mismatch', 'disposed'
 */
export function applyMany<S extends Scheme>(
  cts: readonly Ciphertext<S, 'ntt'>[],
  exponents: readonly number[],
  galoisKeys: GaloisKeys,
): Ciphertext<S, 'ntt'>[] {
  const [first] = cts;
  if (first === undefined || exponents.length === 0) return [];
  const { context, level } = first;
  context.requireOwn('set of Galois keys', galoisKeys.context);
  const keys = galoisKeys.handlesFor(exponents, level);
  const shapes = cts.flatMap(({ shape }) => exponents.map(() => shape));
  return makeCiphertexts(context, shapes, (made) => {
    const { kernel, ring, special } = context;
    kernel.rotateMany(
      ring,
      handles(made),
      handles(cts),
      context.basis(level),
      Int32Array.from(exponents),
      keys,
      special,
    );
  });
}

/**
 * The sum of ciphertexts of one level and scale and two parts, the i-th under X -> X^exponents[i] (1: as it is), with
 * one division by the special primes for all.
 * @throws 'missing-evaluation-key', 'context-mismatch', 'disposed'
 */
export function applySum<S extends Scheme>(
  cts: readonly Ciphertext<S, 'ntt'>[],
  exponents: readonly number[],
  galoisKeys: GaloisKeys,
): Ciphertext<S, 'ntt'>[] {
  const { context, level, shape } = cts[0]!;
  context.requireOwn('set of Galois keys', galoisKeys.context);
  const keys = galoisKeys.handlesFor(
    exponents.filter((g) => g > 1),
    level,
  );
  return makeCiphertexts(context, [shape], (made) => {
    const { kernel, ring, special } = context;
    kernel.rotateSum(
      ring,
      handles(made),
      handles(cts),
      context.basis(level),
      Int32Array.from(exponents),
      keys,
      special,
    );
  });
}

const tooSmall = (met: string, served: string, option: string): HesperError =>
  new HesperError('missing-evaluation-key', 'the relinearisation key does not serve these ciphertexts', {
    met,
    wanted: served,
    remedy: `Make the key with ${option}`,
  });
