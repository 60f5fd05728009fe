import { HesperError } from '../errors.ts';
import { malformed, viewOf } from '../format/header.ts';
import type { Context } from '../rlwe/context.ts';
import { orDispose } from '../rlwe/elements.ts';
import { Plaintext } from '../rlwe/plaintext.ts';
import { chainOf, levelOfId } from './chain.ts';
import { openObject } from './decompress.ts';
import { HEADER_BYTES, unsupported } from './header.ts';
import type { SealReader } from './reader.ts';
import { type Place, RowOrder, readRows, writeRows } from './rows.ts';
import { SealWriter, wordsBytes } from './writer.ts';

/** What SEAL's `Plaintext` says of itself. */
interface PlainHead {
  readonly id: Uint8Array;
  /** Words behind it. */
  readonly count: number;
  readonly scale: number;
}

const plainBytes = (words: number): number => HEADER_BYTES + 32 + 8 + 8 + wordsBytes(words);

const readHead = (reader: SealReader): PlainHead => ({
  id: reader.take(32),
  count: reader.count(),
  scale: reader.f64(),
});

function writeHead(writer: SealWriter, { id, count, scale }: PlainHead): Uint8Array {
  writer.header(plainBytes(count));
  writer.take(32).set(id);
  writer.u64(count);
  writer.f64(scale);
  return writer.words(count);
}

/**
 * SEAL's `Plaintext` under CKKS: an encoded message, which `encryptPublic`, `decode` and the like take.
 * @throws 'malformed-bytes', 'unsupported-version', 'unsupported-shape', 'context-mismatch', 'residue-out-of-range',
 *   'out-of-memory'
 */
export function importSealPlaintext(context: Context<'ckks'>, bytes: Uint8Array): Plaintext<'ckks'> {
  context.requireScheme('ckks');
  chainOf(context);
  const reader = openObject(bytes, plainBytes(context.n * context.parameters.dataPrimes.length));
  const { id, count, scale } = readHead(reader);
  const level = levelOfId(context, id);
  if (count !== (level + 1) * context.n) throw malformed('another number of words', count, (level + 1) * context.n);
  if (!(scale > 0 && scale < Number(context.modulus(level))))
    throw malformed('not a scale of this level', String(scale), 'above 0, below the modulus');
  const words = reader.words(count);
  reader.end();
  const made = new Plaintext(context, { level, scale });
  return orDispose(made, () => writeRows(context, words, placesOf(made), RowOrder.ntt(context)));
}

/**
 * The same for SEAL, uncompressed. What came out of a decryption carries the noise of the secret key and must not leave
 * its owner (eprint 2020/1533): this is for messages that were encoded.
 * @throws 'context-mismatch' under BFV parameters, 'unsupported-shape', 'disposed'
 */
export function exportSealPlaintext(plaintext: Plaintext<'ckks'>): Uint8Array {
  const { context, level, scale } = plaintext;
  context.requireScheme('ckks');
  const count = (level + 1) * context.n;
  const writer = new SealWriter(plainBytes(count));
  const words = writeHead(writer, { id: chainOf(context).levels[level]!, count, scale });
  readRows(context, words, placesOf(plaintext), RowOrder.ntt(context));
  return writer.bytes;
}

/** [limb][n]. */
const placesOf = ({ context, level, handle }: Plaintext): Place[] =>
  Array.from(context.basis(level), (prime) => ({ handle, offset: prime * context.n, prime }));

/**
 * SEAL's `Plaintext` under BFV: n balanced coefficients modulo t, as `decodeIntegers(context, [[polynomial]], ..)` takes
 * them. Coefficients that SEAL left out are zeros.
 * @throws 'malformed-bytes', 'unsupported-version', 'unsupported-shape' for one in NTT form, 'residue-out-of-range',
 *   'context-mismatch' under CKKS parameters
 */
export function importSealIntegerPlaintext(context: Context<'bfv'>, bytes: Uint8Array): Float64Array {
  const { n, t } = integersOf(context);
  const reader = openObject(bytes, plainBytes(n * context.parameters.dataPrimes.length));
  const { id, count, scale } = readHead(reader);
  if (id.some((x) => x !== 0)) throw unsupported('BFV plaintexts in NTT form', 'an id of parameters', 'none');
  if (scale !== 1) throw malformed('a BFV plaintext with a scale', String(scale), 1);
  if (count > n) throw malformed('too many coefficients', count, n);
  const words = reader.words(count);
  reader.end();
  return balancedCoefficients(words, n, t);
}

function balancedCoefficients(words: Uint8Array, n: number, t: number): Float64Array {
  const view = viewOf(words);
  const out = new Float64Array(n);
  for (let at = 0; at < words.length; at += 8) {
    const value = view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32;
    if (value >= t)
      throw new HesperError('residue-out-of-range', 'a coefficient is not below the plaintext modulus', {
        met: 'a larger number',
        wanted: `below ${t}`,
        remedy: 'Send the plaintext again, unchanged and complete',
      });
    out[at / 8] = value > (t - 1) / 2 ? value - t : value;
  }
  return out;
}

/**
 * A message polynomial, as `encodeIntegers` makes it, for SEAL, uncompressed.
 * @param polynomial n balanced coefficients modulo t
 * @throws 'shape-mismatch', 'value-out-of-range', 'unsupported-shape', 'context-mismatch' under CKKS parameters
 */
export function exportSealIntegerPlaintext(context: Context<'bfv'>, polynomial: Float64Array): Uint8Array {
  const { n, t } = integersOf(context);
  if (polynomial.length !== n)
    throw wrong('shape-mismatch', 'not a polynomial of this context', polynomial.length, `${n} coefficients`);
  const writer = new SealWriter(plainBytes(n));
  const view = viewOf(writeHead(writer, { id: new Uint8Array(32), count: n, scale: 1 }));
  polynomial.forEach((x, k) => {
    if (!Number.isInteger(x) || Math.abs(x) > (t - 1) / 2)
      throw wrong('value-out-of-range', 'not a balanced coefficient', `coefficient ${k}`, `|x| <= ${(t - 1) / 2}`);
    view.setBigUint64(8 * k, BigInt(x < 0 ? x + t : x), true);
  });
  return writer.bytes;
}

function integersOf(context: Context): { n: number; t: number } {
  context.requireScheme('bfv');
  chainOf(context);
  return { n: context.n, t: context.parameters.plaintextModuli[0]! };
}

const wrong = (
  code: 'shape-mismatch' | 'value-out-of-range',
  summary: string,
  met: unknown,
  wanted: unknown,
): HesperError => new HesperError(code, summary, { met, wanted, remedy: 'Give what encodeIntegers gave' });
