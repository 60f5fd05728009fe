import { blake2b } from '@noble/hashes/blake2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { HesperError } from '../errors.ts';
import { viewOf } from '../format/header.ts';
import type { Context } from '../rlwe/context.ts';
import type { Parameters, Scheme } from '../rlwe/parameters.ts';
import { unsupported } from './header.ts';

export const SCHEME_CODES: Readonly<Record<Scheme, number>> = { bfv: 1, ckks: 2 };

/** The names, BLAKE2b-256 of the parameters, that SEAL gives to the moduli of a context: 32 bytes each. */
export interface Chain {
  /** All primes: what keys belong to. */
  readonly key: Uint8Array;
  /** Data primes 0 .. level, for each level. */
  readonly levels: readonly Uint8Array[];
}

const known = new WeakMap<Parameters, Chain>();

/** @throws 'unsupported-shape', see `requireExchangeable` */
export function chainOf({ parameters }: Context): Chain {
  const found = known.get(parameters);
  if (found) return found;
  requireExchangeable(parameters);
  const { dataPrimes, specialPrimes } = parameters;
  const made = {
    key: parmsId(parameters, [...dataPrimes, ...specialPrimes]),
    levels: dataPrimes.map((_, level) => parmsId(parameters, dataPrimes.slice(0, level + 1))),
  };
  known.set(parameters, made);
  return made;
}

/** The hash of the words scheme, n, each prime, t (0 in CKKS). */
function parmsId({ scheme, ringDegree, plaintextModuli }: Parameters, primes: readonly number[]): Uint8Array {
  const words = [SCHEME_CODES[scheme], ringDegree, ...primes, plaintextModuli[0] ?? 0];
  const bytes = new Uint8Array(8 * words.length);
  const view = viewOf(bytes);
  words.forEach((word, i) => {
    view.setBigUint64(8 * i, BigInt(word), true);
  });
  return blake2b(bytes, { dkLen: 32 });
}

/**
 * SEAL turns slots by powers of 3, has one special prime, which is the last (none only beside a single data prime), and one
 * plaintext modulus. @throws 'unsupported-shape'
 */
export function requireExchangeable(parameters: Parameters): void {
  const { rotationGenerator, dataPrimes, specialPrimes, plaintextModuli } = parameters;
  if (rotationGenerator !== 3) throw unsupported('this rotation generator', rotationGenerator, '3');
  const special = dataPrimes.length > 1 ? '1' : '0 or 1';
  if (specialPrimes.length > 1 || (specialPrimes.length === 0 && dataPrimes.length > 1))
    throw unsupported('this number of special primes', specialPrimes.length, special);
  if (plaintextModuli.length > 1) throw unsupported('several plaintext moduli', plaintextModuli.length, 'at most 1');
}

/** @throws 'context-mismatch' */
export function requireKeyId(context: Context, met: Uint8Array): void {
  const { key } = chainOf(context);
  if (!equal(key, met)) throw other(met, key);
}

/** The level that a ciphertext or plaintext belongs to. @throws 'context-mismatch', 'unsupported-shape' at the level of keys */
export function levelOfId(context: Context, met: Uint8Array): number {
  const { key, levels } = chainOf(context);
  const level = levels.findIndex((id) => equal(id, met));
  if (level >= 0) return level;
  if (equal(key, met))
    throw unsupported('ciphertexts and plaintexts over the special prime', 'all primes', 'data primes');
  throw other(met, levels.at(-1)!);
}

const equal = (a: Uint8Array, b: Uint8Array): boolean => a.every((x, i) => x === b[i]);

const other = (met: Uint8Array, wanted: Uint8Array): HesperError =>
  new HesperError('context-mismatch', 'the SEAL object belongs to other parameters', {
    met: bytesToHex(met),
    wanted: bytesToHex(wanted),
    remedy: 'Make it under the parameters of this context',
  });
