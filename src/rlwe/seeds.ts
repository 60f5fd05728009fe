import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { HesperError } from '../errors.ts';

export const SEED_BYTES = 32;

/** The largest request that `getRandomValues` grants. */
const MAX_REQUEST = 65536;

/** Where seeds come from: fresh, 32 bytes each, end to end. */
export interface SeedSource {
  next(count: number): Uint8Array;
}

export interface SeedOptions {
  /**
   * FOR TESTS ONLY. 32 bytes from which all randomness of the call follows: equal seeds give byte-equal keys and
   * ciphertexts over all kernels, and no security whatsoever.
   */
  readonly insecureSeedForTests?: Uint8Array;
}

/** The operating system's entropy, or the test seed where one was given by its telling name. */
export const seedSource = ({ insecureSeedForTests }: SeedOptions = {}): SeedSource =>
  insecureSeedForTests === undefined ? { next: systemSeeds } : new InsecureTestSeeds(insecureSeedForTests);

function systemSeeds(count: number): Uint8Array {
  const source = globalThis.crypto;
  if (typeof source?.getRandomValues !== 'function') {
    throw new HesperError('kernel-unavailable', 'this machine offers no secure random numbers', {
      wanted: 'crypto.getRandomValues',
      remedy: 'Use Node 20 or later, or a secure browser context',
    });
  }
  const seeds = new Uint8Array(SEED_BYTES * count);
  for (let at = 0; at < seeds.length; at += MAX_REQUEST) source.getRandomValues(seeds.subarray(at, at + MAX_REQUEST));
  return seeds;
}

/** 128 bits of entropy in hexadecimal: a name that no other object has. @throws 'kernel-unavailable' */
export const randomId = (): string => bytesToHex(systemSeeds(1).subarray(0, 16));

/** Seeds of a key's uniform halves, which the byte format has in place of them. @throws 'not-serializable' */
export function requireSeeds(seeds: Uint8Array | undefined): Uint8Array {
  if (seeds !== undefined) return seeds;
  throw new HesperError('not-serializable', 'a key that another library made has no seeds, which the format needs', {
    met: 'uniform halves without seeds',
    wanted: 'a key made by KeyGenerator',
    remedy: "Keep the bytes that it came in, or export it in the other library's format",
  });
}

class InsecureTestSeeds implements SeedSource {
  readonly #seed: Uint8Array;
  #counter = 0;

  constructor(seed: Uint8Array) {
    if (seed.length !== SEED_BYTES) {
      throw new HesperError('invalid-argument', 'a test seed has 32 bytes', {
        met: seed.length,
        wanted: SEED_BYTES,
        remedy: 'Give 32 bytes',
      });
    }
    this.#seed = seed.slice();
  }

  next(count: number): Uint8Array {
    const tag = utf8ToBytes('hesper insecure test seed');
    const one = () => sha256(concatBytes(tag, this.#seed, utf8ToBytes(` ${this.#counter++}`)));
    return concatBytes(...Array.from({ length: count }, one));
  }
}
