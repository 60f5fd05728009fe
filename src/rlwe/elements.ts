import { inGroups, withScratch } from './buffers.ts';
import type { Context } from './context.ts';
import { SEED_BYTES } from './seeds.ts';
import { elementBytes } from './wire.ts';

/** Elements that are converted at a time, so that working memory does not grow with the object. */
const GROUP = 32;

/** One part of each element (NTT form, not changed) to packed coefficients. */
export function packPart(
  context: Context,
  bytes: Uint8Array,
  list: Int32Array,
  basis: Int32Array,
  parts: number,
  part: number,
): void {
  const { kernel, ring, n } = context;
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

/** Elements of two parts: the first from bytes, brought to NTT form, the second from seeds. */
export function unpackSeeded(
  context: Context,
  out: Int32Array,
  seeds: Uint8Array,
  bytes: Uint8Array,
  basis: Int32Array,
): void {
  const { kernel, ring, n } = context;
  const each = elementBytes(context, basis);
  withScratch(kernel, { secret: false }, (scratch) => {
    const memory = scratch.list(Math.min(GROUP, out.length), basis.length * n);
    inGroups(out.length, GROUP, (start, end) => {
      const [group, rows] = [out.subarray(start, end), memory.subarray(0, end - start)];
      kernel.unpack(ring, rows, bytes.subarray(start * each, end * each), basis, 1, 0);
      kernel.nttForward(ring, rows, basis, 1);
      kernel.insertPart(ring, group, rows, basis, 2, 0);
      kernel.sampleUniform(ring, group, seeds.subarray(start * SEED_BYTES, end * SEED_BYTES), basis, 2, 1);
    });
  });
}

export function unpackAll(
  context: Context,
  out: Int32Array,
  bytes: Uint8Array,
  basis: Int32Array,
  parts: number,
): void {
  const { kernel, ring } = context;
  const partBytes = bytes.length / parts;
  for (let part = 0; part < parts; part++)
    kernel.unpack(ring, out, bytes.subarray(part * partBytes, (part + 1) * partBytes), basis, parts, part);
  kernel.nttForward(ring, out, basis, parts);
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
