import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { HesperError } from '../errors.ts';

/** SHA-256 of bytes that come one chunk after the other. */
export interface ContentHash {
  update(chunk: Uint8Array): void;
  /** The content id of all that came so far: 64 hexadecimal digits. Ends the hash. */
  digest(): string;
}

/** Node's own SHA-256 where it is to be had, several times as fast; else that of `@noble/hashes`. */
export function contentHash(): ContentHash {
  const hash = nodeCrypto()?.createHash('sha256');
  if (hash !== undefined) return { update: (chunk) => void hash.update(chunk), digest: () => hash.digest('hex') };
  const portable = sha256.create();
  return { update: (chunk) => void portable.update(chunk), digest: () => bytesToHex(portable.digest()) };
}

type NodeCrypto = Pick<typeof import('node:crypto'), 'createHash'>;

const nodeCrypto = (): NodeCrypto | undefined =>
  (globalThis.process as NodeJS.Process | undefined)?.getBuiltinModule?.('node:crypto');

/**
 * The name of an object by its contents: SHA-256 of all its bytes, header included, as 64 hexadecimal digits. Equal ids
 * mean equal bytes.
 * @param content all bytes, or chunks of them in order, as `streamGaloisKeys` makes them
 */
export function contentId(content: Uint8Array | Iterable<Uint8Array>): string {
  const hash = contentHash();
  if (content instanceof Uint8Array) hash.update(content);
  else for (const chunk of content) hash.update(chunk);
  return hash.digest();
}

/** @throws 'invalid-argument' unless it is 64 lower-case hexadecimal digits */
export function requireContentId(id: string): string {
  if (typeof id === 'string' && /^[0-9a-f]{64}$/.test(id)) return id;
  throw new HesperError('invalid-argument', 'not a content id', {
    met: typeof id === 'string' ? `${id.length} characters` : typeof id,
    wanted: '64 lower-case hexadecimal digits',
    remedy: 'Take it from contentId',
  });
}
