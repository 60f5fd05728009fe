import { inGroups, withScratch } from './buffers.ts';
import type { Form } from './ciphertext.ts';
import type { Context } from './context.ts';
import { SEED_BYTES } from './seeds.ts';
import { elementBytes } from './wire.ts';

/** Elements that are converted at a time, so that working memory does not grow with the object. */
const GROUP = 32;

/** Which component of a list of elements, and in which form they are. */
export interface PartOf {
  readonly basis: Int32Array;
  readonly parts: number;
  readonly part: number;
  readonly form: Form;
}

/** One part of each element, which is not changed, to packed coefficients. */
export function packPart(
  context: Context,
  bytes: Uint8Array,
  list: Int32Array,
  { basis, parts, part, form }: PartOf,
): void {
  const { kernel, ring, n } = context;
  if (form === 'coefficient') {
    kernel.pack(ring, bytes, list, basis, parts, part);
    return;
  }
  const each = elementBytes(context, basis);
  withScratch(kernel, { secret: false }, (scratch) => {
    const memory = scratch.list(Math.min(GROUP, list.length), basis.length * n);
    inGroups(list.length, GROUP, (start, end) => {
      const rows = memory.subarray(0, end - start);
      kernel.extractPart(ring, rows, list.subarray(start, end), basis, parts, part);
      kernel.nttInverse(ring, rows, basis, 1);
      kernel.pack(ring, bytes.subarray(start * each, end * each), rows, basis, 1, 0);
    });
  });
}

/** Elements of two parts: the first from bytes, the second from seeds. */
export function unpackSeeded(
  context: Context,
  out: Int32Array,
  { seeds, elements: bytes }: { readonly seeds: Uint8Array; readonly elements: Uint8Array },
  { basis, form }: Pick<PartOf, 'basis' | 'form'>,
): void {
  const { kernel, ring, n } = context;
  const each = elementBytes(context, basis);
  withScratch(kernel, { secret: false }, (scratch) => {
    const memory = scratch.list(Math.min(GROUP, out.length), basis.length * n);
    inGroups(out.length, GROUP, (start, end) => {
      const [group, rows] = [out.subarray(start, end), memory.subarray(0, end - start)];
      const [packed, ownSeeds] = [
        bytes.subarray(start * each, end * each),
        seeds.subarray(start * SEED_BYTES, end * SEED_BYTES),
      ];
      if (form === 'coefficient') {
        kernel.unpack(ring, group, packed, basis, 2, 0);
        kernel.sampleUniform(ring, rows, ownSeeds, basis, 1, 0);
        kernel.nttInverse(ring, rows, basis, 1);
        kernel.insertPart(ring, group, rows, basis, 2, 1);
      } else {
        kernel.unpack(ring, rows, packed, basis, 1, 0);
        kernel.nttForward(ring, rows, basis, 1);
        kernel.insertPart(ring, group, rows, basis, 2, 0);
        kernel.sampleUniform(ring, group, ownSeeds, basis, 2, 1);
      }
    });
  });
}

export function unpackAll(
  context: Context,
  out: Int32Array,
  bytes: Uint8Array,
  { basis, parts, form }: Omit<PartOf, 'part'>,
): void {
  const { kernel, ring } = context;
  const partBytes = bytes.length / parts;
  for (let part = 0; part < parts; part++)
    kernel.unpack(ring, out, bytes.subarray(part * partBytes, (part + 1) * partBytes), basis, parts, part);
  if (form === 'ntt') kernel.nttForward(ring, out, basis, parts);
}

export function orDispose<T extends { dispose(): void }>(key: T, body: () => void): T {
  try {
    body();
    return key;
  } catch (error) {
    key.dispose();
    throw error;
  }
}
