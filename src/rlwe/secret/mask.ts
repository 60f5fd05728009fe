import type { Scratch } from '../buffers.ts';
import type { SeedSource } from '../seeds.ts';
import type { SecretKey } from './secret-key.ts';

/** Public seeds of the uniform halves and secret seeds of the errors, 32 bytes an element. */
export interface MaskSeeds {
  readonly uniform: Uint8Array;
  readonly error: Uint8Array;
}

/** Buffers of one group, reused over groups: an element over the basis and a row of integers for each ciphertext. */
export interface MaskMemory {
  readonly elements: Int32Array;
  readonly rows: Int32Array;
}

export const maskMemory = (scratch: Scratch, count: number, limbs: number, n: number): MaskMemory => ({
  elements: scratch.list(count, limbs * n),
  rows: scratch.list(count, n),
});

/**
 * messages := messages - a s + e, in coefficient form over the basis: the first half of symmetric encryptions whose
 * second half `a` is the expansion of the uniform seeds. One kernel call a step; one transform a limb.
 */
export function maskAll(
  secretKey: SecretKey,
  messages: Int32Array,
  { elements, rows }: MaskMemory,
  seeds: MaskSeeds,
  basis: Int32Array,
): void {
  const { kernel, ring } = secretKey.context;
  kernel.sampleUniform(ring, elements, seeds.uniform, basis, 1, 0);
  kernel.multiply(ring, elements, elements, Int32Array.of(secretKey.handle), basis, 1, 1);
  kernel.nttInverse(ring, elements, basis, 1);
  kernel.subtract(ring, messages, messages, elements, basis, 1, 1);
  kernel.sampleError(ring, rows, seeds.error);
  kernel.spread(ring, elements, rows, basis);
  kernel.add(ring, messages, messages, elements, basis, 1, 1);
}

/** Encryptions of messages in NTT form (none: of zeros) with fresh seeds, as one kernel job. */
export function mask(
  { context, handle }: SecretKey,
  out: Int32Array,
  messages: Int32Array,
  source: SeedSource,
  basis: Int32Array,
): void {
  const uniform = source.next(out.length);
  const errors = source.next(out.length);
  context.kernel.maskSymmetric(context.ring, out, messages, handle, uniform, errors, basis);
  errors.fill(0);
}
