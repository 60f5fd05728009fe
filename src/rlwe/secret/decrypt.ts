import { inGroups, withScratch } from '../buffers.ts';
import { type Ciphertext, handles } from '../ciphertext.ts';
import type { Context } from '../context.ts';
import { PrivateValues } from './private-values.ts';
import type { SecretKey } from './secret-key.ts';

export type { PrivateValues } from './private-values.ts';

const GROUP = 32;

const NO_IMAGINARY = new Float64Array(0);

/**
 * Decrypts and decodes ciphertexts of 2 .. 9 parts for the key owner; real parts of the slots.
 * The values are message plus noise and must not be published: see `PrivateValues`.
 * @throws 'context-mismatch', 'disposed'
 */
export function decryptPrivate(secretKey: SecretKey, cts: readonly Ciphertext[]): PrivateValues {
  const { context } = secretKey;
  for (const ct of cts) context.requireOwn('ciphertext', ct.context);
  const columns: Float64Array[] = [];
  const used: Float64Array[] = [];
  for (let start = 0; start < cts.length; ) {
    let end = start;
    while (end < cts.length && areAlike(cts[start]!, cts[end]!)) end++;
    const run = cts.slice(start, end);
    inGroups(run.length, GROUP, (from, to) => {
      const slots = takeSlots(context, to - from);
      decryptGroup(secretKey, run.slice(from, to), slots);
      used.push(slots);
      for (let i = 0; i < to - from; i++) columns.push(slots.subarray((i * context.n) / 2, ((i + 1) * context.n) / 2));
    });
    start = end;
  }
  return new PrivateValues(columns, () => idleSlots(context).push(...used));
}

const areAlike = (a: Ciphertext, b: Ciphertext): boolean =>
  a.level === b.level && a.parts === b.parts && a.scale === b.scale;

/** One level, scale and number of parts: the phase, then integers, then slots. */
function decryptGroup(secretKey: SecretKey, cts: readonly Ciphertext[], slots: Float64Array): void {
  const { context } = secretKey;
  const { kernel, ring, n } = context;
  const { level, parts, scale } = cts[0]!;
  const basis = context.basis(level);
  withScratch(kernel, { secret: true }, (scratch) => {
    const phase = scratch.list(cts.length, basis.length * n);
    const rows = scratch.list(cts.length, n);
    kernel.dotParts(ring, phase, handles(cts), secretKey.powers(parts), basis, parts);
    kernel.nttInverse(ring, phase, basis, 1);
    kernel.compose(ring, rows, phase, basis);
    kernel.decode(ring, slots.subarray(0, (cts.length * n) / 2), NO_IMAGINARY, rows, scale);
  });
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
