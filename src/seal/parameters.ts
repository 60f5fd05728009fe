import { malformed } from '../format/header.ts';
import { MODULUS_LIMIT } from '../ring/primes.ts';
import {
  createInsecureParameters,
  createParameters,
  MAX_DATA_PRIMES,
  type Parameters,
  type ParametersLiteral,
  type Scheme,
} from '../rlwe/parameters.ts';
import type { SecurityBits, SecurityProfile } from '../security/tables.ts';
import { requireExchangeable, SCHEME_CODES } from './chain.ts';
import { openObject } from './decompress.ts';
import { HEADER_BYTES, unsupported } from './header.ts';
import type { SealReader } from './reader.ts';
import { SealWriter } from './writer.ts';

const MODULUS_BYTES = HEADER_BYTES + 8;
const FIXED_BYTES = HEADER_BYTES + 1 + 8 + 8;
const MAX_PRIMES = MAX_DATA_PRIMES + 1;

const parametersBytes = (primes: number): number => FIXED_BYTES + MODULUS_BYTES * (primes + 1);

/** Which security is asked of parameters that come from SEAL. */
export interface ImportParametersOptions {
  /** Which table of security: SEAL's own defaults are above ours, and pass under 'hes2018' only. Default 'hes2024'. */
  readonly profile?: SecurityProfile;
  /** Default 128. */
  readonly security?: SecurityBits;
  /** FOR TESTS ONLY: no check of security at all. */
  readonly allowInsecure?: boolean;
}

/**
 * `EncryptionParameters` of SEAL, BFV or CKKS, checked like any parameters: the last prime becomes the special one (a
 * single prime is a data prime, and there are no evaluation keys), slots are in the order of powers of 3.
 * @param bytes what SEAL's `EncryptionParameters::save` wrote, compressed or not
 * @throws 'malformed-bytes', 'unsupported-version', 'unsupported-shape' naming what is not covered (BGV, a prime of 2^49 or
 *   more, a plaintext modulus that is even or too large), 'invalid-parameters', 'insecure-parameters'
 */
export function importSealParameters(bytes: Uint8Array, options: ImportParametersOptions = {}): Parameters {
  const { profile, security, allowInsecure = false } = options;
  const reader = openObject(bytes, parametersBytes(MAX_PRIMES));
  const literal = readParameters(reader);
  reader.end();
  if (allowInsecure) return createInsecureParameters(literal);
  return createParameters({ ...literal, ...(profile && { profile }), ...(security && { security }) });
}

function readParameters(reader: SealReader): ParametersLiteral {
  const scheme = schemeOf(reader.u8());
  const ringDegree = reader.count();
  const count = reader.count();
  if (count < 1 || count > MAX_PRIMES) throw unsupported('this number of primes', count, `1 .. ${MAX_PRIMES}`);
  const primes = Array.from({ length: count }, () => primeOf(readModulus(reader)));
  const t = readModulus(reader);
  const plain = plaintextModuliOf(scheme, t);
  const split = count === 1 ? 1 : count - 1;
  return {
    ringDegree,
    dataPrimes: primes.slice(0, split),
    specialPrimes: primes.slice(split),
    ...plain,
    rotationGenerator: 3,
  };
}

function readModulus(reader: SealReader): bigint {
  const inside = reader.nested();
  const value = inside.u64();
  inside.end();
  return value;
}

function schemeOf(code: number): Scheme {
  if (code === SCHEME_CODES.ckks) return 'ckks';
  if (code === SCHEME_CODES.bfv) return 'bfv';
  throw unsupported('this scheme', code === 3 ? 'BGV' : code, 'BFV or CKKS');
}

function primeOf(value: bigint): number {
  if (value < MODULUS_LIMIT) return Number(value);
  throw unsupported('primes of this size', value, `below ${MODULUS_LIMIT}`);
}

function plaintextModuliOf(scheme: Scheme, t: bigint): { plaintextModuli?: number[] } {
  if (scheme === 'ckks') {
    if (t !== 0n) throw malformed('CKKS parameters with a plaintext modulus', String(t), 0);
    return {};
  }
  if (t % 2n === 0n || t < 3n || t >= MODULUS_LIMIT)
    throw unsupported('this plaintext modulus', t, `odd, 3 .. ${MODULUS_LIMIT - 1}`);
  return { plaintextModuli: [Number(t)] };
}

/**
 * The same parameters for SEAL's `EncryptionParameters::load`, version 4.1, uncompressed.
 * @throws 'unsupported-shape' unless the rotation generator is 3, there is one special prime (none beside a single data
 *   prime), and at most one plaintext modulus
 */
export function exportSealParameters(parameters: Parameters): Uint8Array {
  requireExchangeable(parameters);
  const { scheme, ringDegree, dataPrimes, specialPrimes, plaintextModuli } = parameters;
  const primes = [...dataPrimes, ...specialPrimes];
  const size = parametersBytes(primes.length);
  const writer = new SealWriter(size);
  writer.header(size);
  writer.u8(SCHEME_CODES[scheme]);
  writer.u64(ringDegree);
  writer.u64(primes.length);
  for (const value of [...primes, plaintextModuli[0] ?? 0]) {
    writer.header(MODULUS_BYTES);
    writer.u64(value);
  }
  return writer.bytes;
}
