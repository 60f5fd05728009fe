import { inGroups, withScratch } from './buffers.ts';
import type { Form } from './ciphertext.ts';
import type { Context } from './context.ts';
import { SEED_BYTES } from './seeds.ts';
import { elementBytes } from './wire.ts';

/** Bytes of working memory a thread: what is unpacked is still in its cache when it is transformed. */
const GROUP_BYTES = 2 ** 19;
/** Elements that are converted at a time at most. */
const MAX_GROUP = 32;

const groupOf = ({ kernel, n }: Context, basis: Int32Array): number =>
  Math.min(MAX_GROUP, Math.ceil((GROUP_BYTES * kernel.threads) / (8 * n * basis.length)));

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
  const group = groupOf(context, basis);
  withScratch(kernel, { secret: false }, (scratch) => {
    const memory = scratch.list(Math.min(group, list.length), basis.length * n);
    inGroups(list.length, group, (start, end) => {
      const rows = memory.subarray(0, end - start);
      kernel.extractPart(ring, rows, list.subarray(start, end), basis, parts, part);
      kernel.nttInverse(ring, rows, basis, 1);
      kernel.pack(ring, bytes.subarray(start * each, end * each), rows, basis, 1, 0);
    });
  });
}

/** Where the elements of one batch come from: 32 bytes of seed each, and packed coefficients end to end. */
export interface Sections {
  readonly seeds: Uint8Array;
  readonly elements: Uint8Array;
}

/** Elements of two parts: the first from bytes, the second from seeds. */
export function unpackSeeded(
  context: Context,
  out: Int32Array,
  { seeds, elements }: Sections,
  { basis, form }: Pick<PartOf, 'basis' | 'form'>,
): void {
  const each = elementBytes(context, basis);
  const unpack = form === 'ntt' ? unpackToNtt : unpackToCoefficients;
  inGroups(out.length, groupOf(context, basis), (start, end) => {
    const sections = {
      seeds: seeds.subarray(start * SEED_BYTES, end * SEED_BYTES),
      elements: elements.subarray(start * each, end * each),
    };
    unpack(context, out.subarray(start, end), sections, basis);
  });
}

function unpackToNtt({ kernel, ring, n }: Context, out: Int32Array, from: Sections, basis: Int32Array): void {
  withScratch(kernel, { secret: false }, (scratch) => {
    const rows = scratch.list(out.length, basis.length * n);
    kernel.unpack(ring, rows, from.elements, basis, 1, 0);
    kernel.nttForward(ring, rows, basis, 1);
    kernel.insertPart(ring, out, rows, basis, 2, 0);
    kernel.sampleUniform(ring, out, from.seeds, basis, 2, 1);
  });
}

function unpackToCoefficients({ kernel, ring }: Context, out: Int32Array, from: Sections, basis: Int32Array): void {
  kernel.unpack(ring, out, from.elements, basis, 2, 0);
  kernel.sampleUniformCoefficient(ring, out, from.seeds, basis, 2, 1);
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
