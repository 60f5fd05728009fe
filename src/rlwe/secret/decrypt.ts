import { inGroups, type Scratch, withScratch } from '../buffers.ts';
import { type Ciphertext, handles } from '../ciphertext.ts';
import type { Context } from '../context.ts';
import { type ComplexColumn, decodeRows } from '../slots.ts';
import { PrivateValues } from './private-values.ts';
import type { SecretKey } from './secret-key.ts';

export type { PrivateValues } from './private-values.ts';

const GROUP = 32;

const NO_IMAGINARY = new Float64Array(0);

/** What of the slots is decoded. */
export interface DecryptOptions {
  /** Also the imaginary parts of the slots: `PrivateValues.complexColumn`. Default: real parts only. */
  readonly complex?: boolean;
}

/**
 * Decrypts and decodes ciphertexts of 2 .. 9 parts for the key owner; real parts of the slots, or complex slots.
 * The values are message plus noise and must not be published: see `PrivateValues`.
 * @throws 'context-mismatch', 'disposed'
 */
export function decryptPrivate(
  secretKey: SecretKey<'ckks'>,
  cts: readonly Ciphertext<'ckks'>[],
  { complex = false }: DecryptOptions = {},
): PrivateValues {
  const { context } = secretKey;
  context.requireScheme('ckks');
  for (const ct of cts) context.requireOwn('ciphertext', ct.context);
  const used: Float64Array[] = [];
  const take = (count: number): Float64Array => {
    const slots = takeSlots(context, count);
    used.push(slots);
    return slots;
  };
  const re: Float64Array[] = [];
  const im: Float64Array[] = [];
  inRuns(cts, (group) => {
    const slots = { re: take(group.length), im: complex ? take(group.length) : NO_IMAGINARY };
    decryptGroup(secretKey, group, slots);
    re.push(...columnsOf(slots.re, group.length, context.n / 2));
    if (complex) im.push(...columnsOf(slots.im, group.length, context.n / 2));
  });
  return new PrivateValues({ re, im: complex ? im : undefined }, () => idleSlots(context).push(...used));
}

const columnsOf = (slots: Float64Array, count: number, each: number): Float64Array[] =>
  Array.from({ length: count }, (_, i) => slots.subarray(i * each, (i + 1) * each));

/** Neighbours of equal level, parts and scale together, at most GROUP at a time. */
function inRuns(cts: readonly Ciphertext[], body: (group: readonly Ciphertext[]) => void): void {
  for (let start = 0; start < cts.length; ) {
    let end = start;
    while (end < cts.length && areAlike(cts[start]!, cts[end]!)) end++;
    const run = cts.slice(start, end);
    inGroups(run.length, GROUP, (from, to) => body(run.slice(from, to)));
    start = end;
  }
}

const areAlike = (a: Ciphertext, b: Ciphertext): boolean =>
  a.level === b.level && a.parts === b.parts && a.scale === b.scale;

/** One level, scale and number of parts: integers, then slots. */
function decryptGroup(secretKey: SecretKey, cts: readonly Ciphertext[], { re, im }: ComplexColumn): void {
  const { context } = secretKey;
  withScratch(context.kernel, { secret: true }, (scratch) => {
    const rows = decryptRows(secretKey, cts, scratch);
    const length = (cts.length * context.n) / 2;
    decodeRows(context, re.subarray(0, length), im.subarray(0, length), rows, cts[0]!.scale);
  });
}

/** The phases of alike ciphertexts as rows of n integers in memory of `scratch`, which has to be secret. */
function decryptRows(secretKey: SecretKey, cts: readonly Ciphertext[], scratch: Scratch): Int32Array {
  const { context } = secretKey;
  const { kernel, ring, n } = context;
  const rows = scratch.list(cts.length, n);
  kernel.compose(ring, rows, decryptPhases(secretKey, cts, scratch), context.basis(cts[0]!.level));
  return rows;
}

/** The phases of alike ciphertexts, in either form, as residues in coefficient form in memory of `scratch`. */
export function decryptPhases(secretKey: SecretKey, cts: readonly Ciphertext[], scratch: Scratch): Int32Array {
  const { context } = secretKey;
  const { kernel, ring, n } = context;
  const { level, parts } = cts[0]!;
  const basis = context.basis(level);
  const phases = scratch.list(cts.length, basis.length * n);
  kernel.dotParts(ring, phases, inNttForm(context, cts, scratch), secretKey.powers(parts), basis, parts);
  kernel.nttInverse(ring, phases, basis, 1);
  return phases;
}

/** The ciphertexts themselves, or transformed copies. */
function inNttForm(context: Context, cts: readonly Ciphertext[], scratch: Scratch): Int32Array {
  const { kernel, ring, n } = context;
  const { level, parts, form } = cts[0]!;
  if (form === 'ntt') return handles(cts);
  const basis = context.basis(level);
  const copies = scratch.list(cts.length, basis.length * parts * n);
  const ones = new Float64Array(cts.length * basis.length).fill(1);
  kernel.multiplyScalars(ring, copies, handles(cts), ones, basis, parts);
  kernel.nttForward(ring, copies, basis, parts);
  return copies;
}

/** Memory of values that were disposed of, per context: a client that decrypts all day makes no garbage of it. */
const idle = new WeakMap<Context, Float64Array[]>();

function idleSlots(context: Context): Float64Array[] {
  const known = idle.get(context);
  if (known) return known;
  const made: Float64Array[] = [];
  idle.set(context, made);
  return made;
}

/** Room for some ciphertexts. */
function takeSlots(context: Context, count: number): Float64Array {
  const kept = idleSlots(context).pop();
  const length = (count * context.n) / 2;
  return kept && kept.length >= length ? kept : new Float64Array(length);
}
