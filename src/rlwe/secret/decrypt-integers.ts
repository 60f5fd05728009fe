import { HesperError } from '../../errors.ts';
import { inGroups, withScratch } from '../buffers.ts';
import type { Ciphertext } from '../ciphertext.ts';
import type { Context } from '../context.ts';
import { readSlots } from '../integer-messages.ts';
import { INTEGER_GROUP, type IntegerEncoding, requireEncoding } from '../integers.ts';
import { decryptPhases } from './decrypt.ts';
import { PrivateIntegers } from './private-integers.ts';
import type { SecretKey } from './secret-key.ts';

export type { PrivateIntegers } from './private-integers.ts';

/**
 * Decrypts BFV ciphertexts of 2 .. 9 parts, in either form, and puts the integers of each column together from their
 * residues modulo each t. Exact if the noise stayed below Q / (2t): that it did cannot be seen in a ciphertext, so it
 * is the circuit's bounds that promise it (`measureNoise` shows the key owner how much room was left).
 *
 * @param cts [modulus][column]: the same columns under each of some plaintext moduli
 * @throws 'shape-mismatch', 'scale-mismatch' for lists that do not fit together, 'invalid-argument' for a modulus given
 *   twice or not suited to batching, 'context-mismatch', 'disposed'
 */
export function decryptIntegers(
  secretKey: SecretKey<'bfv'>,
  cts: readonly (readonly Ciphertext<'bfv'>[])[],
  { encoding = 'slots' }: { readonly encoding?: IntegerEncoding } = {},
): PrivateIntegers {
  const { context } = secretKey;
  requireEncoding(encoding);
  const moduli = checkLists(context, cts);
  const rows = cts.map((list, i) => decryptModulus(secretKey, list, moduli[i]!, encoding));
  const columns = cts[0]!;
  return new PrivateIntegers({
    encoding,
    moduli,
    scales: columns.map(({ scale }) => scale),
    residues: columns.map((_, i) => rows.map((list) => list[i]!)),
  });
}

/** One row of n balanced residues for each ciphertext, in the order of slots or of coefficients. */
function decryptModulus(
  secretKey: SecretKey<'bfv'>,
  cts: readonly Ciphertext<'bfv'>[],
  t: number,
  encoding: IntegerEncoding,
): Float64Array[] {
  const { context } = secretKey;
  const { kernel, ring, n } = context;
  const out: Float64Array[] = [];
  inAlikeGroups(cts, (group) => {
    withScratch(kernel, { secret: true }, (scratch) => {
      const rows = scratch.list(group.length, n);
      kernel.roundPlain(ring, rows, decryptPhases(secretKey, group, scratch), context.basis(group[0]!.level), t);
      out.push(...(encoding === 'slots' ? readSlots(context, t, rows) : readRows(context, rows)));
    });
  });
  return out;
}

const readRows = ({ kernel, n }: Context, rows: Int32Array): Float64Array[] =>
  Array.from(rows, (handle) => {
    const row = new Float64Array(n);
    kernel.read(handle, 0, row);
    return row;
  });

/** Neighbours of equal level, parts and form together, at most 32 at a time. */
export function inAlikeGroups(
  cts: readonly Ciphertext<'bfv'>[],
  body: (group: readonly Ciphertext<'bfv'>[]) => void,
): void {
  for (let start = 0; start < cts.length; ) {
    let end = start;
    while (end < cts.length && areAlike(cts[start]!, cts[end]!)) end++;
    const run = cts.slice(start, end);
    inGroups(run.length, INTEGER_GROUP, (from, to) => body(run.slice(from, to)));
    start = end;
  }
}

const areAlike = (a: Ciphertext<'bfv'>, b: Ciphertext<'bfv'>): boolean =>
  a.level === b.level && a.parts === b.parts && a.form === b.form && a.plaintextModulus === b.plaintextModulus;

/** The modulus of each list. */
function checkLists(context: Context, cts: readonly (readonly Ciphertext<'bfv'>[])[]): number[] {
  context.requireScheme('bfv');
  const count = cts[0]?.length ?? 0;
  if (count === 0 || cts.some((list) => list.length !== count))
    throw differs('shape-mismatch', 'every modulus needs the same columns', cts.map((list) => list.length).join(', '));
  for (const ct of cts.flat()) context.requireOwn('ciphertext', ct.context);
  const moduli = cts.map((list) => {
    const t = list[0]!.plaintextModulus!;
    if (list.some((ct) => ct.plaintextModulus !== t))
      throw differs('invalid-argument', 'one list has ciphertexts under several moduli', t);
    return t;
  });
  if (new Set(moduli).size !== moduli.length)
    throw differs('invalid-argument', 'a plaintext modulus occurs twice', moduli.join(', '));
  if (cts.some((list) => list.some((ct, i) => ct.scale !== cts[0]![i]!.scale)))
    throw differs('scale-mismatch', 'a column has another scale under another modulus', 'several scales');
  return moduli;
}

const differs = (
  code: 'shape-mismatch' | 'invalid-argument' | 'scale-mismatch',
  summary: string,
  met: unknown,
): HesperError =>
  new HesperError(code, summary, {
    met,
    wanted: 'one list of the same columns for each modulus',
    remedy: 'Give what one circuit made under each modulus',
  });
