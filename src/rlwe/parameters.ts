import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { HesperError } from '../errors.ts';
import type { RotationGenerator } from '../ring/galois.ts';
import { log2BigInt, product } from '../ring/modulus.ts';
import { isPrime, MODULUS_LIMIT } from '../ring/primes.ts';
import { checkSecurity } from '../security/check.ts';
import { DEFAULT_PROFILE, type SecurityBits, type SecurityProfile } from '../security/tables.ts';
import { cutIntoDigits } from './digits.ts';
import { auxiliaryPrimesFor, checkPlaintextModuli } from './exact-parameters.ts';

/** What a human or a plan writes down, unchecked. */
export interface ParametersLiteral {
  /** n, a power of two, 1024 .. 65536. */
  readonly ringDegree: number;
  /** Primes of the ciphertext modulus Q, 1 mod 2n; rescaling drops the last one first. */
  readonly dataPrimes: readonly number[];
  /**
   * The k primes used by evaluation keys only, 0 .. data primes; none where no key is needed. Key switching works on
   * digits of k data primes each; the product of the special primes must reach 2^-12 of the largest digit.
   */
  readonly specialPrimes?: readonly number[];
  /**
   * The moduli t of exact integers, 1 .. 16: given, the scheme is BFV, otherwise CKKS. Odd, 3 .. 2^48 - 2^33, coprime to
   * each other and to all primes; those for slots are primes 1 mod 2n.
   */
  readonly plaintextModuli?: readonly number[];
  /**
   * c: slot j is the value at root^(c^j), and a rotation by k is X -> X^(c^k). 5 (default), or 3: the order of slots and
   * the keys of Microsoft SEAL; with 3, complex constants are encoded as vectors.
   */
  readonly rotationGenerator?: RotationGenerator;
  /** Bits of security demanded: 128 (default), 192 or 256. */
  readonly security?: SecurityBits;
  readonly profile?: SecurityProfile;
}

/** CKKS: approximate real or complex numbers. BFV: exact integers modulo plaintext moduli. */
export type Scheme = 'ckks' | 'bfv';

/**
 * The scheme that a literal describes, as far as its type tells: BFV with plaintext moduli, CKKS without the property;
 * either for a value of type `ParametersLiteral`.
 */
export type SchemeOf<L extends ParametersLiteral> = L extends { readonly scheme: infer S extends Scheme }
  ? S
  : L extends { readonly plaintextModuli: readonly [] }
    ? 'ckks'
    : L extends { readonly plaintextModuli: readonly number[] }
      ? 'bfv'
      : 'plaintextModuli' extends keyof L
        ? Scheme
        : 'ckks';

/** A checked, frozen parameter set. Made by `createParameters` and its siblings only. */
export interface Parameters<S extends Scheme = Scheme> {
  readonly scheme: S;
  readonly ringDegree: number;
  readonly dataPrimes: readonly number[];
  readonly specialPrimes: readonly number[];
  /** The moduli of exact integers, one ciphertext a value under each; none in CKKS. */
  readonly plaintextModuli: readonly number[];
  /** Primes of the kernel's work in BFV products, derived from the others; nothing is published under them. None in CKKS. */
  readonly auxiliaryPrimes: readonly number[];
  /** c: slot j is the value at root^(c^j), and a rotation by k is X -> X^(c^k). */
  readonly rotationGenerator: RotationGenerator;
  /** log2 of the product of the data primes. */
  readonly logQ: number;
  /** log2 of the product of data and special primes: what the security table limits. */
  readonly logQP: number;
  /** The level of security that was checked; 0 where none was. */
  readonly securityBits: SecurityBits | 0;
  readonly profile: SecurityProfile;
  readonly insecure: boolean;
  /** Values in one ciphertext: n / 2, in BFV n. */
  readonly slots: number;
  /** Level of a fresh ciphertext: data primes - 1. */
  readonly maxLevel: number;
  /** SHA-256 of the canonical encoding, in hexadecimal: equal ids mean equal parameters. */
  readonly id: string;
}

export const MAX_DATA_PRIMES = 64;
const DEFAULT_GENERATOR = 5;
const GENERATORS: readonly RotationGenerator[] = [DEFAULT_GENERATOR, 3];
const RING_DEGREES = [1024, 2048, 4096, 8192, 16384, 32768, 65536];

const checked = new WeakSet<Parameters>();

/**
 * Checks a literal against arithmetic and the security table and freezes it.
 * @throws 'invalid-parameters' if it cannot work, 'insecure-parameters' if it is too weak or unknown to the table
 */
export function createParameters<const L extends ParametersLiteral>(literal: L): Parameters<SchemeOf<L>> {
  checkArithmetic(literal);
  const { ringDegree, dataPrimes, specialPrimes = [], security = 128, profile = DEFAULT_PROFILE } = literal;
  checkSecurity(ringDegree, [...dataPrimes, ...specialPrimes], security, profile);
  return freeze(literal, security) as Parameters<SchemeOf<L>>;
}

/**
 * The same without the security check: for tests and experiments, never for data that matters. The result says
 * `insecure: true` and `securityBits: 0`, and is refused by `loadParameters` unless allowed there by name.
 * @throws 'invalid-parameters'
 */
export function createInsecureParameters<const L extends ParametersLiteral>(literal: L): Parameters<SchemeOf<L>> {
  checkArithmetic(literal);
  return freeze(literal, 0) as Parameters<SchemeOf<L>>;
}

/** @throws 'invalid-parameters' for an object that was not made by a function of this file */
export function requireChecked(parameters: Parameters): void {
  if (checked.has(parameters)) return;
  throw invalid('these parameters were never checked', typeof parameters, 'the result of createParameters');
}

function freeze(literal: ParametersLiteral, securityBits: SecurityBits | 0): Parameters {
  const { ringDegree, dataPrimes, specialPrimes = [], plaintextModuli = [], profile = DEFAULT_PROFILE } = literal;
  const { rotationGenerator = DEFAULT_GENERATOR } = literal;
  const isExact = plaintextModuli.length > 0;
  const primes = [...dataPrimes, ...specialPrimes];
  const auxiliary = isExact ? auxiliaryPrimesFor(ringDegree, dataPrimes, primes, plaintextModuli) : [];
  const facts = {
    scheme: isExact ? ('bfv' as const) : ('ckks' as const),
    ringDegree,
    dataPrimes: Object.freeze([...dataPrimes]),
    specialPrimes: Object.freeze([...specialPrimes]),
    plaintextModuli: Object.freeze([...plaintextModuli]),
    rotationGenerator,
    securityBits,
    profile,
  };
  const parameters: Parameters = Object.freeze({
    ...facts,
    auxiliaryPrimes: Object.freeze(auxiliary),
    logQ: log2BigInt(product(dataPrimes)),
    logQP: log2BigInt(product(primes)),
    insecure: securityBits === 0,
    slots: isExact ? ringDegree : ringDegree / 2,
    maxLevel: dataPrimes.length - 1,
    id: bytesToHex(sha256(encodeParameters(facts))),
  });
  checked.add(parameters);
  return parameters;
}

function checkArithmetic(literal: ParametersLiteral): void {
  const { ringDegree, dataPrimes, specialPrimes = [], plaintextModuli, rotationGenerator } = literal;
  if (!RING_DEGREES.includes(ringDegree)) throw invalid('no such ring degree', ringDegree, RING_DEGREES.join(', '));
  const primes = [...dataPrimes, ...specialPrimes];
  const count = dataPrimes.length;
  if (count < 1 || count > MAX_DATA_PRIMES)
    throw invalid('wrong number of data primes', count, `1 .. ${MAX_DATA_PRIMES}`);
  if (specialPrimes.length > count)
    throw invalid('too many special primes', specialPrimes.length, `at most one for each data prime: ${count}`);
  if (new Set(primes).size !== primes.length) throw invalid('a prime occurs twice', primes, 'distinct primes');
  const bad = primes.find((p) => p >= MODULUS_LIMIT || p % (2 * ringDegree) !== 1 || !isPrime(p));
  if (bad !== undefined)
    throw invalid('not a usable prime', bad, `a prime 1 mod ${2 * ringDegree} below ${MODULUS_LIMIT}`);
  if (rotationGenerator !== undefined && !GENERATORS.includes(rotationGenerator))
    throw invalid('no such rotation generator', rotationGenerator, GENERATORS.join(' or '));
  checkSpecial(dataPrimes, specialPrimes);
  if (plaintextModuli !== undefined && plaintextModuli.length > 0) checkPlaintextModuli(plaintextModuli, primes);
}

/** The noise of key switching is about digit / P times that of a fresh encryption. */
function checkSpecial(dataPrimes: readonly number[], specialPrimes: readonly number[]): void {
  const digits = cutIntoDigits(dataPrimes.length, specialPrimes.length);
  const sizes = digits.map(({ start, end }) => product(dataPrimes.slice(start, end)));
  const p = product(specialPrimes) << 12n;
  if (sizes.every((size) => size <= p)) return;
  const largest = Math.max(...sizes.map(log2BigInt));
  throw invalid(
    'the special primes are too small',
    `2^${(log2BigInt(p) - 12).toFixed(1)}`,
    `at least 2^${(largest - 12).toFixed(1)}, for digits of 2^${largest.toFixed(1)}`,
  );
}

const invalid = (summary: string, met: unknown, wanted: unknown): HesperError =>
  new HesperError('invalid-parameters', summary, {
    met,
    wanted,
    remedy: 'Take the primes from generatePrimes, or let a plan choose the parameters',
  });

type Encoded = Pick<
  Parameters,
  | 'scheme'
  | 'ringDegree'
  | 'dataPrimes'
  | 'specialPrimes'
  | 'plaintextModuli'
  | 'rotationGenerator'
  | 'securityBits'
  | 'profile'
>;

const PROFILES: readonly SecurityProfile[] = ['hes2024', 'hes2018'];
const SCHEMES: readonly (Scheme | undefined)[] = [undefined, 'ckks', 'bfv'];
const FIXED_BYTES = 16;

/**
 * The one canonical encoding, little-endian: scheme u8 (1 = CKKS, 2 = BFV), profile u8, security bits u16, log2 n u8,
 * number of data primes u8, of special primes u8, of plaintext moduli u8, rotation generator u8 (5 or 3), zero (7 bytes),
 * then each of these numbers u64, in this order.
 */
export function encodeParameters(facts: Encoded): Uint8Array {
  const { dataPrimes, specialPrimes, plaintextModuli } = facts;
  const numbers = [...dataPrimes, ...specialPrimes, ...plaintextModuli];
  const view = new DataView(new ArrayBuffer(FIXED_BYTES + 8 * numbers.length));
  view.setUint8(0, SCHEMES.indexOf(facts.scheme));
  view.setUint8(1, PROFILES.indexOf(facts.profile));
  view.setUint16(2, facts.securityBits, true);
  view.setUint8(4, Math.log2(facts.ringDegree));
  view.setUint8(5, dataPrimes.length);
  view.setUint8(6, specialPrimes.length);
  view.setUint8(7, plaintextModuli.length);
  view.setUint8(8, facts.rotationGenerator);
  numbers.forEach((x, i) => {
    view.setBigUint64(FIXED_BYTES + 8 * i, BigInt(x), true);
  });
  return new Uint8Array(view.buffer);
}

/**
 * The reverse, unchecked: the literal, and the level of security that the sender claims (0: none).
 * @throws 'malformed-bytes'
 */
export function decodeParameters(bytes: Uint8Array): { literal: ParametersLiteral; securityBits: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [data = 0, special = 0, moduli = 0] = bytes.subarray(5, 8);
  const count = data + special + moduli;
  const fits = bytes.length >= FIXED_BYTES && bytes.length === FIXED_BYTES + 8 * count;
  const profile = PROFILES[bytes[1] ?? 255];
  const rotationGenerator = GENERATORS.find((g) => g === bytes[8]);
  const isZero = bytes.subarray(9, FIXED_BYTES).every((x) => x === 0);
  const isScheme = SCHEMES[bytes[0] ?? 0] === (moduli > 0 ? 'bfv' : 'ckks');
  if (!fits || !isScheme || profile === undefined || rotationGenerator === undefined || !isZero || bytes[4]! > 16) {
    throw new HesperError('malformed-bytes', 'these bytes are not parameters', {
      met: `${bytes.length} bytes`,
      remedy: 'Send them again',
    });
  }
  const numbers = Array.from({ length: count }, (_, i) => Number(view.getBigUint64(FIXED_BYTES + 8 * i, true)));
  const securityBits = view.getUint16(2, true);
  const literal = {
    ringDegree: 2 ** bytes[4]!,
    dataPrimes: numbers.slice(0, data),
    specialPrimes: numbers.slice(data, data + special),
    ...(moduli > 0 ? { plaintextModuli: numbers.slice(data + special) } : {}),
    rotationGenerator,
    security: securityBits as SecurityBits,
    profile,
  };
  return { literal, securityBits };
}
