import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { HesperError } from '../../errors.ts';
import { malformed } from '../../format/header.ts';
import type { Context } from '../context.ts';
import type { Scheme } from '../parameters.ts';
import { type SeedOptions, seedSource } from '../seeds.ts';
import {
  DEFAULT_COST,
  isBounded,
  type KdfCost,
  MAX_KDF_BYTES,
  MAX_KDF_WORK,
  MAX_LOG_N,
  MAX_P,
  MAX_R,
  type PassphraseOptions,
  SALT_BYTES,
  withPassphraseKey,
} from './passphrase.ts';
import { SecretKey } from './secret-key.ts';

/*
 * A secret key under a passphrase (docs/secret-key-file.md). Little-endian:
 *
 *    0  'HSSK'                          12  scrypt p, u32            64  salt, 16 bytes
 *    4  version u16                     16  parameters id, 32 bytes  80  nonce, 12 bytes
 *    6  1: scrypt, u8; log2 N, u8       48  key id, 16 bytes         92  the sealed row, n / 4 + 16 bytes
 *    8  scrypt r, u32
 *
 * The first 92 bytes are authenticated with the row.
 */
const MAGIC = 0x4b535348;
const VERSION = 4;
const SCRYPT = 1;
const NONCE_BYTES = 12;
const HEADER_BYTES = 92;
const places = { cost: 7, parameters: 16, keyId: 48, salt: 64, nonce: 80 } as const;

/** Passphrase of a new secret key file. */
export interface SaveSecretKeyOptions extends PassphraseOptions, SeedOptions {
  /** FOR TESTS ONLY: scrypt with N = 2 to this power, 1 .. 20, instead of 17. A small one protects nothing. */
  readonly insecureLogCostForTests?: number;
}

/** Bytes of a file for this context: 108 + n / 4. */
export const secretKeyFileBytes = (context: Context): number => HEADER_BYTES + context.n / 4 + 16;

/**
 * The secret key as bytes that only the passphrase opens: scrypt (N = 2^17, r = 8, p = 1: 128 MiB and about a second),
 * ChaCha20-Poly1305. The key is sealed by the kernel and is never a JavaScript value. Its `id` is kept and readable, so
 * that a `ReleaseCounter` goes on.
 * @throws 'invalid-argument' for an empty passphrase, 'disposed', 'aborted', 'out-of-memory', 'kernel-unavailable' without
 *   secure random numbers
 */
export async function saveSecretKey(key: SecretKey, options: SaveSecretKeyOptions): Promise<Uint8Array> {
  const { kernel, ring, parameters } = key.context;
  const cost = { ...DEFAULT_COST, logN: options.insecureLogCostForTests ?? DEFAULT_COST.logN };
  if (!isBounded(cost)) throw wrongCost(cost);
  const bytes = new Uint8Array(secretKeyFileBytes(key.context));
  writeHeader(bytes, cost, parameters.id, key.id);
  bytes.set(freshSaltAndNonce(options), places.salt);
  const { associated, salt, nonce, sealed } = sections(bytes);
  await withPassphraseKey(options, salt, cost, (secret) =>
    kernel.sealSecret(ring, sealed, key.integers, secret, nonce, associated),
  );
  return bytes;
}

/**
 * The reverse, for the context whose parameters the file names. Everything but the passphrase is checked first, and the
 * cost of trying it is bounded: at most 1 GiB, and 16 times the work of the default. Nothing is kept on failure.
 * @throws 'wrong-passphrase' for a wrong passphrase and for a damaged file alike, always after the same work;
 *   'malformed-bytes', 'unsupported-version', 'context-mismatch', 'invalid-argument', 'aborted', 'out-of-memory'
 */
export async function loadSecretKey<S extends Scheme>(
  context: Context<S>,
  bytes: Uint8Array,
  options: PassphraseOptions,
): Promise<SecretKey<S>> {
  const file = checkedFile(context, bytes);
  const { associated, salt, nonce, sealed } = sections(file);
  const id = bytesToHex(file.subarray(places.keyId, places.salt));
  return withPassphraseKey(options, salt, readCost(file), (secret) => {
    try {
      return new SecretKey(context, {
        id,
        fill: (row) => context.kernel.openSecret(context.ring, row, sealed, secret, nonce, associated),
      });
    } catch (error) {
      throw error instanceof HesperError && error.code === 'authentication-failed' ? wrongPassphrase() : error;
    }
  });
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const sections = (file: Uint8Array) => ({
  associated: file.subarray(0, HEADER_BYTES),
  salt: file.subarray(places.salt, places.nonce),
  nonce: file.subarray(places.nonce, HEADER_BYTES),
  sealed: file.subarray(HEADER_BYTES),
});

function writeHeader(bytes: Uint8Array, { logN, r, p }: KdfCost, parametersId: string, keyId: string): void {
  const view = viewOf(bytes);
  view.setUint32(0, MAGIC, true);
  view.setUint16(4, VERSION, true);
  view.setUint8(6, SCRYPT);
  view.setUint8(places.cost, logN);
  view.setUint32(8, r, true);
  view.setUint32(12, p, true);
  bytes.set(hexToBytes(parametersId), places.parameters);
  bytes.set(hexToBytes(keyId), places.keyId);
}

function freshSaltAndNonce(options: SeedOptions): Uint8Array {
  return seedSource(options)
    .next(1)
    .subarray(0, SALT_BYTES + NONCE_BYTES);
}

function readCost(file: Uint8Array): KdfCost {
  const view = viewOf(file);
  return { logN: view.getUint8(places.cost), r: view.getUint32(8, true), p: view.getUint32(12, true) };
}

/** A copy of the bytes, which nobody else can change while the passphrase is tried. */
function checkedFile(context: Context, bytes: Uint8Array): Uint8Array {
  requireStart(bytes);
  const wanted = secretKeyFileBytes(context);
  const id = bytes.length < HEADER_BYTES ? '' : bytesToHex(bytes.subarray(places.parameters, places.keyId));
  if (id !== '' && id !== context.parameters.id) {
    throw new HesperError('context-mismatch', 'the secret key belongs to other parameters', {
      met: id,
      wanted: context.parameters.id,
      remedy: 'Load it into a context of its own parameters',
    });
  }
  if (bytes.length !== wanted) throw malformed('wrong length', bytes.length, `${wanted} bytes`);
  const file = bytes.slice();
  if (file[6] !== SCRYPT) throw malformed('another key derivation', file[6], `${SCRYPT} (scrypt)`);
  const cost = readCost(file);
  if (!isBounded(cost)) throw malformed('a key derivation beyond the limits', cost, costLimits);
  return file;
}

function requireStart(bytes: Uint8Array): void {
  if (!(bytes instanceof Uint8Array) || bytes.length < 6)
    throw malformed('too short for a secret key file', bytes?.length ?? 0, `${HEADER_BYTES} bytes and more`);
  const view = viewOf(bytes);
  if (view.getUint32(0, true) !== MAGIC) throw malformed('not a secret key file', 'other first bytes', 'HSSK');
  const version = view.getUint16(4, true);
  if (version !== VERSION) {
    throw new HesperError('unsupported-version', `the secret key file needs a release that reads version ${version}`, {
      met: version,
      wanted: VERSION,
      remedy: 'Use the release that wrote it, or a later one',
    });
  }
}

const costLimits = `log2 N of 1 .. ${MAX_LOG_N}, r of 1 .. ${MAX_R}, p of 1 .. ${MAX_P}, 128 N r <= ${MAX_KDF_BYTES}, N r p <= ${MAX_KDF_WORK}`;

const wrongCost = (cost: KdfCost): HesperError =>
  new HesperError('invalid-argument', 'no such cost of a passphrase', {
    met: cost,
    wanted: costLimits,
    remedy: 'Leave the cost as it is',
  });

const wrongPassphrase = (): HesperError =>
  new HesperError('wrong-passphrase', 'the passphrase does not open this secret key file, or the file is damaged', {
    remedy: 'Try the passphrase again, or another copy of the file',
  });
