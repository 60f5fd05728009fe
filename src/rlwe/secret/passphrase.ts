import { HesperError } from '../../errors.ts';
import { isNode } from '../../kernel/native.ts';

/** What it costs to try one passphrase: scrypt (RFC 7914) with N = 2^logN. */
export interface KdfCost {
  readonly logN: number;
  readonly r: number;
  readonly p: number;
}

export const DEFAULT_COST: KdfCost = { logN: 17, r: 8, p: 1 };
export const MAX_LOG_N = 20;
export const MAX_R = 32;
export const MAX_P = 16;
/** Of the table 128 N r, the bulk of what the derivation allocates. */
export const MAX_KDF_BYTES = 2 ** 30;
/** Of N r p: 16 times the default. */
export const MAX_KDF_WORK = 2 ** 24;
export const SALT_BYTES = 16;
const KEY_BYTES = 32;

/** True for costs that are known to be harmless, before anything is computed. */
export function isBounded({ logN, r, p }: KdfCost): boolean {
  const within = (x: number, limit: number): boolean => Number.isInteger(x) && x >= 1 && x <= limit;
  if (!within(logN, MAX_LOG_N) || !within(r, MAX_R) || !within(p, MAX_P)) return false;
  const blocks = 2 ** logN * r;
  return 128 * blocks <= MAX_KDF_BYTES && blocks * p <= MAX_KDF_WORK;
}

/** The passphrase of a secret key file, and how to follow or stop the derivation of a key from it. */
export interface PassphraseOptions {
  /** Text (in Unicode form NFKC) or bytes; not empty. A text stays in memory until the runtime collects it; bytes can be wiped. */
  readonly passphrase: string | Uint8Array;
  readonly signal?: AbortSignal;
  /** The part done, 0 .. 1. In Node only the end is reported: the work is done in one piece beside the main thread. */
  readonly onProgress?: (part: number) => void;
}

type Derive = (
  passphrase: Uint8Array,
  salt: Uint8Array,
  cost: KdfCost,
  options: PassphraseOptions,
) => Promise<Uint8Array>;

/** OpenSSL's scrypt, in a thread of Node's own. An abort is answered at once, the thread then finishes in vain. */
export const deriveInNode: Derive = async (passphrase, salt, { logN, r, p }, { signal, onProgress }) => {
  const { scrypt } = await import('node:crypto');
  const maxmem = 128 * r * (2 ** logN + p + 2) + 2 ** 20;
  const key = await new Promise<Uint8Array>((resolve, reject) => {
    const stop = (): void => reject(aborted());
    signal?.addEventListener('abort', stop, { once: true });
    scrypt(passphrase, salt, KEY_BYTES, { N: 2 ** logN, r, p, maxmem }, (error, derived) => {
      signal?.removeEventListener('abort', stop);
      if (error) reject(noMemory(error));
      else resolve(Uint8Array.from(derived));
      derived?.fill(0);
    });
  });
  onProgress?.(1);
  return key;
};

/** The same in JavaScript, which lets events in every 10 ms. */
export const deriveAnywhere: Derive = async (passphrase, salt, { logN, r, p }, { signal, onProgress }) => {
  const { scryptAsync } = await import('@noble/hashes/scrypt.js');
  const limits = { N: 2 ** logN, r, p, dkLen: KEY_BYTES, maxmem: 128 * r * (2 ** logN + p + 2) };
  const report = (part: number): void => {
    if (signal?.aborted) throw aborted();
    onProgress?.(part);
  };
  try {
    return await scryptAsync(passphrase, salt, { ...limits, onProgress: report });
  } catch (error) {
    throw error instanceof RangeError ? noMemory(error) : error;
  }
};

/**
 * Runs `body` with the 32 bytes that follow from the passphrase, and wipes them.
 * @throws 'invalid-argument' for a passphrase that is empty or not well formed, 'aborted', 'out-of-memory'
 */
export async function withPassphraseKey<T>(
  options: PassphraseOptions,
  salt: Uint8Array,
  cost: KdfCost,
  body: (key: Uint8Array) => T,
): Promise<T> {
  const passphrase = passphraseBytes(options.passphrase);
  try {
    if (options.signal?.aborted) throw aborted();
    const derive = isNode() ? deriveInNode : deriveAnywhere;
    const key = await derive(passphrase, salt, cost, options);
    try {
      return body(key);
    } finally {
      key.fill(0);
    }
  } finally {
    passphrase.fill(0);
  }
}

/** A new array, to be wiped. */
function passphraseBytes(passphrase: string | Uint8Array): Uint8Array {
  const isText = typeof passphrase === 'string';
  const known = isText ? !/\p{Surrogate}/u.test(passphrase) : passphrase instanceof Uint8Array;
  if (known && passphrase.length > 0)
    return isText ? new TextEncoder().encode(passphrase.normalize('NFKC')) : passphrase.slice();
  throw new HesperError('invalid-argument', 'this is no passphrase', {
    wanted: 'well-formed text or bytes, not empty',
    remedy: 'Give the passphrase of the secret key file',
  });
}

const aborted = (): HesperError =>
  new HesperError('aborted', 'the passphrase was not tried to the end', { remedy: 'Start again when it is wanted' });

const noMemory = (error: Error): HesperError =>
  new HesperError('out-of-memory', 'no memory to derive a key from the passphrase', {
    met: error.message,
    remedy: 'Give the process more memory',
  });
