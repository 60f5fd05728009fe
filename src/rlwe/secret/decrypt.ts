import { inGroups, withScratch } from '../buffers.ts';
import { type Ciphertext, handles } from '../ciphertext.ts';
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
  for (let start = 0; start < cts.length; ) {
    const { level, parts } = cts[start]!;
    let end = start;
    while (end < cts.length && cts[end]!.level === level && cts[end]!.parts === parts) end++;
    const run = cts.slice(start, end);
    inGroups(run.length, GROUP, (from, to) => columns.push(...decryptGroup(secretKey, run.slice(from, to))));
    start = end;
  }
  return new PrivateValues(columns);
}

/** One level and number of parts: the phase, then integers, then slots. */
function decryptGroup(secretKey: SecretKey, cts: readonly Ciphertext[]): Float64Array[] {
  const { context } = secretKey;
  const { kernel, ring, n } = context;
  const { level, parts } = cts[0]!;
  const basis = context.basis(level);
  return withScratch(kernel, { secret: true }, (scratch) => {
    const phase = scratch.list(cts.length, basis.length * n);
    const rows = scratch.list(cts.length, n);
    kernel.dotParts(ring, phase, handles(cts), secretKey.powers(parts), basis, parts);
    kernel.nttInverse(ring, phase, basis, 1);
    kernel.compose(ring, rows, phase, basis);
    const slots = new Float64Array((cts.length * n) / 2);
    kernel.decode(ring, slots, NO_IMAGINARY, rows, 1);
    const columns = cts.map(({ scale }, i) => slots.slice((i * n) / 2, ((i + 1) * n) / 2).map((x) => x / scale));
    slots.fill(0);
    return columns;
  });
}
