import { malformed } from '../format/header.ts';
import {
  type Ciphertext,
  type Form,
  MAX_PARTS,
  makeCiphertexts,
  toCoefficient,
  transformed,
} from '../rlwe/ciphertext.ts';
import type { Context } from '../rlwe/context.ts';
import type { Scheme } from '../rlwe/parameters.ts';
import { chainOf, levelOfId } from './chain.ts';
import { type CipherHead, cipherBytes, readHead, readParts, writeCipher } from './cipher.ts';
import { openObject } from './decompress.ts';
import { unsupported } from './header.ts';
import { type Place, RowOrder, readRows, writeRows } from './rows.ts';
import { SealWriter } from './writer.ts';

/**
 * SEAL's `Ciphertext` under CKKS, seeded or in full, at any level: ready for evaluation.
 * @throws 'malformed-bytes', 'unsupported-version', 'unsupported-shape' also for more than 9 parts, 'context-mismatch',
 *   'residue-out-of-range', 'out-of-memory'
 */
export function importSealCiphertext(context: Context<'ckks'>, bytes: Uint8Array): Ciphertext<'ckks'> {
  context.requireScheme('ckks');
  const { head, level, parts } = read(context, bytes);
  if (!head.isNtt) throw malformed('a CKKS ciphertext out of NTT form', 'coefficients', 'NTT form');
  if (!(head.scale > 0 && head.scale < Number(context.modulus(level))))
    throw malformed('not a scale of this level', String(head.scale), 'above 0, below the modulus');
  return make(context, { level, scale: head.scale, form: 'ntt' }, parts);
}

/**
 * The same under BFV; in coefficient form, whichever it came in, and of scale 1.
 * @throws as `importSealCiphertext`
 */
export function importSealIntegerCiphertext(
  context: Context<'bfv'>,
  bytes: Uint8Array,
): Ciphertext<'bfv', 'coefficient'> {
  context.requireScheme('bfv');
  const { head, level, parts } = read(context, bytes);
  if (head.scale !== 1) throw malformed('a BFV ciphertext with a scale', String(head.scale), 1);
  if (!head.isNtt) return make(context, { level, scale: 1, form: 'coefficient' }, parts);
  const ntt = make(context, { level, scale: 1, form: 'ntt' }, parts);
  try {
    return toCoefficient([ntt])[0]!;
  } finally {
    ntt.dispose();
  }
}

/** Checked against the context, but for form, scale and residues. */
function read(context: Context, bytes: Uint8Array): { head: CipherHead; level: number; parts: Uint8Array[] } {
  const most = MAX_PARTS * context.n * context.parameters.dataPrimes.length;
  chainOf(context);
  const reader = openObject(bytes, cipherBytes(most));
  const head = readHead(context, reader);
  const level = levelOfId(context, head.id);
  if (head.primes !== level + 1) throw malformed('another number of primes', head.primes, level + 1);
  if (head.size < 2 || head.size > MAX_PARTS)
    throw unsupported('ciphertexts of this many parts', head.size, `2 .. ${MAX_PARTS}`);
  const parts = readParts(context, reader, head);
  reader.end();
  return { head, level, parts };
}

function make<S extends Scheme, F extends Form>(
  context: Context<S>,
  { level, scale, form }: { readonly level: number; readonly scale: number; readonly form: F },
  parts: readonly Uint8Array[],
): Ciphertext<S, F> {
  const [plaintextModulus] = context.parameters.plaintextModuli;
  const shape = { level, scale, form, parts: parts.length, plaintextModulus };
  const [made] = makeCiphertexts(context, [shape], ([ct]) => {
    parts.forEach((words, part) => {
      writeRows(context, words, placesOf(ct!, part), orderOf(ct!));
    });
  });
  return made!;
}

/**
 * A ciphertext for SEAL, uncompressed; of BFV in coefficient form, which SEAL works and decrypts in.
 * @throws 'unsupported-shape' for a BFV ciphertext with a scale, which SEAL has no place for; 'disposed'
 */
export function exportSealCiphertext<S extends Scheme>(ct: Ciphertext<S, Form>): Uint8Array {
  const { context, scale } = ct;
  chainOf(context);
  if (context.parameters.scheme === 'ckks') return write(ct);
  if (scale !== 1) throw unsupported('integers with a scale', scale, 1);
  if (ct.form === 'coefficient') return write(ct);
  const [copy] = transformed([ct], 'coefficient');
  try {
    return write(copy!);
  } finally {
    copy!.dispose();
  }
}

function write(ct: Ciphertext<Scheme, Form>): Uint8Array {
  const { context, level, parts, form, scale } = ct;
  const id = chainOf(context).levels[level]!;
  const head = { id, isNtt: form === 'ntt', size: parts, primes: level + 1, scale };
  const writer = new SealWriter(cipherBytes(context.n * head.primes * parts));
  const words = writeCipher(context, writer, head);
  const each = words.length / parts;
  for (let part = 0; part < parts; part++)
    readRows(context, words.subarray(each * part, each * (part + 1)), placesOf(ct, part), orderOf(ct));
  return writer.bytes;
}

const orderOf = ({ context, form }: Ciphertext<Scheme, Form>): RowOrder =>
  form === 'ntt' ? RowOrder.ntt(context) : RowOrder.coefficients(context);

/** [limb][part][n]. */
function placesOf(ct: Ciphertext<Scheme, Form>, part: number): Place[] {
  const { context, level, parts, handle } = ct;
  return Array.from(context.basis(level), (prime) => ({ handle, offset: (prime * parts + part) * context.n, prime }));
}
