import { malformed } from '../format/header.ts';
import type { Context } from '../rlwe/context.ts';
import { orDispose } from '../rlwe/elements.ts';
import type { Scheme } from '../rlwe/parameters.ts';
import { PublicKey } from '../rlwe/public-key.ts';
import { chainOf, requireKeyId } from './chain.ts';
import { type CipherHead, cipherBytes, readHead, readParts, writeCipher } from './cipher.ts';
import { openObject } from './decompress.ts';
import { unsupported } from './header.ts';
import type { SealReader } from './reader.ts';
import { type Place, RowOrder, readRows, writeRows } from './rows.ts';
import { SealWriter } from './writer.ts';

/** Words of an encryption of zero over all primes. */
export const keyWords = ({ n, allPrimes }: Context): number => 2 * n * allPrimes.length;

export const keyHead = (context: Context): CipherHead => ({
  id: chainOf(context).key,
  isNtt: true,
  size: 2,
  primes: context.allPrimes.length,
  scale: 1,
});

/** Both parts of one encryption under the secret, over all primes: what all keys of SEAL consist of. */
export function readKeyParts(context: Context, reader: SealReader): Uint8Array[] {
  const head = readHead(context, reader);
  requireKeyId(context, head.id);
  const wanted = keyHead(context);
  if (!head.isNtt || head.size !== 2 || head.primes !== wanted.primes || head.scale !== 1)
    throw malformed(
      'not a part of a key',
      `${head.size} parts, ${head.primes} primes, NTT ${head.isNtt}, scale ${head.scale}`,
      `2 parts, ${wanted.primes} primes, NTT true, scale 1`,
    );
  const parts = readParts(context, reader, head);
  reader.end();
  return parts;
}

/**
 * SEAL's `PublicKey`, from `save` of the key or of `createPublicKey()` in its seeded form. It has no seed of ours: it
 * encrypts and can be exported again, but not be saved in our format.
 * @throws 'malformed-bytes', 'unsupported-version', 'unsupported-shape', 'context-mismatch', 'residue-out-of-range',
 *   'out-of-memory'
 */
export function importSealPublicKey<S extends Scheme>(context: Context<S>, bytes: Uint8Array): PublicKey<S> {
  const parts = readKeyParts(context, openObject(bytes, cipherBytes(keyWords(context))));
  const key = new PublicKey(context, undefined, { special: true });
  return orDispose(key, () => {
    parts.forEach((words, part) => {
      writeRows(context, words, placesOf(key, part), RowOrder.ntt(context));
    });
  });
}

/**
 * The same for SEAL, uncompressed.
 * @param key made with `{ special: true }`, or imported: SEAL encrypts over all primes
 * @throws 'unsupported-shape', 'disposed'
 */
export function exportSealPublicKey(key: PublicKey): Uint8Array {
  const { context, basis } = key;
  const head = keyHead(context);
  if (basis.length !== head.primes)
    throw unsupported(
      'public keys without the special prime',
      basis.length,
      `${head.primes} primes: { special: true }`,
    );
  const writer = new SealWriter(cipherBytes(keyWords(context)));
  const words = writeCipher(context, writer, head);
  const each = words.length / 2;
  for (const part of [0, 1])
    readRows(context, words.subarray(each * part, each * (part + 1)), placesOf(key, part), RowOrder.ntt(context));
  return writer.bytes;
}

/** [limb][2][n], limbs in the order of the ring. */
const placesOf = ({ context, handle, basis }: PublicKey, part: number): Place[] =>
  Array.from(basis, (prime, limb) => ({ handle, offset: (2 * limb + part) * context.n, prime }));
