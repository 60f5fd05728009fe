import { HesperError } from '../errors.ts';
import { type Border, checkStatus, type Name } from './border.ts';
import type { Handle, Kernel, KernelVariant, PoolStats, RingId, WeightsId, WorkStats } from './kernel.ts';
import { firstOctant, fromOctant } from './unit-roots.ts';

/** The variants by their number in kernel/kernel.h. */
export const variantNames = ['scalar', 'avx2', 'avx512', 'avx512vnni', 'wasm', 'neon'] as const;

export interface Facts {
  readonly variant: KernelVariant;
  /** Index into `variantNames`. */
  readonly variantId: number;
  readonly threads: number;
  readonly reason: string;
  /** Features besides those of the variant, e.g. 'threads'. */
  readonly extraFeatures?: readonly string[];
  /** Called once by close(), after the border's own close. */
  readonly onClose?: () => void;
}

/** Features of a variant by its number. */
export function variantFeatures(border: Border, variantId: number): string[] {
  const text = new Uint8Array(200);
  const length = border.features(variantId, text);
  return length < 0 ? [] : String.fromCharCode(...text.subarray(0, length)).split(',');
}

/** The kernel contract over a border (native or WebAssembly): names the verbs, turns failures into errors. */
export class BoundKernel implements Kernel {
  readonly variant: KernelVariant;
  readonly features: readonly string[];
  readonly reason: string;
  readonly threads: number;
  readonly #border: Border;
  readonly #instance: number;
  readonly #onClose: (() => void) | undefined;
  #closed = false;

  constructor(border: Border, facts: Facts) {
    this.variant = facts.variant;
    this.features = [...variantFeatures(border, facts.variantId), ...(facts.extraFeatures ?? [])];
    this.reason = facts.reason;
    this.threads = facts.threads;
    this.#border = border;
    this.#onClose = facts.onClose;
    this.#instance = checkStatus(border, 'open', border.open(facts.variantId, facts.threads));
  }

  #call(name: Name, ...args: Parameters<Border[Name]>): number {
    if (this.#closed) throw new HesperError('disposed', 'The kernel was closed', { remedy: 'Load a kernel again.' });
    return checkStatus(this.#border, name, this.#border[name](...args));
  }

  createRing(n: number, primes: readonly number[], roots: readonly number[]): RingId {
    const tables = Number.isInteger(n) && n >= 2 && n <= 65536 ? slotRoots(n) : new Float64Array(0);
    return this.#call('createRing', this.#instance, n, Float64Array.from(primes), Float64Array.from(roots), tables);
  }
  destroyRing(ring: RingId): void {
    this.#call('destroyRing', ring);
  }

  allocate(doubles: number): Handle {
    return this.#call('allocate', this.#instance, doubles);
  }
  release(handle: Handle): void {
    this.#call('release', handle);
  }
  wipe(handle: Handle): void {
    this.#call('wipe', handle);
  }
  read(handle: Handle, offset: number, out: Float64Array): void {
    this.#call('read', handle, offset, out);
  }
  write(handle: Handle, offset: number, data: Float64Array): void {
    this.#call('write', handle, offset, data);
  }
  poolStats(): PoolStats {
    const out = new Float64Array(4);
    this.#call('poolStats', this.#instance, out);
    return { liveBytes: out[0]!, liveBuffers: out[1]!, idleBytes: out[2]!, peakBytes: out[3]! };
  }
  trim(): void {
    this.#call('trim');
  }

  nttForward(ring: RingId, list: Int32Array, basis: Int32Array, parts: number): void {
    this.#call('nttForward', ring, list, basis, parts);
  }
  nttInverse(ring: RingId, list: Int32Array, basis: Int32Array, parts: number): void {
    this.#call('nttInverse', ring, list, basis, parts);
  }
  add(
    ring: RingId,
    out: Int32Array,
    a: Int32Array,
    b: Int32Array,
    basis: Int32Array,
    parts: number,
    bParts: number,
  ): void {
    this.#call('add', ring, out, a, b, basis, parts, bParts);
  }
  subtract(
    ring: RingId,
    out: Int32Array,
    a: Int32Array,
    b: Int32Array,
    basis: Int32Array,
    parts: number,
    bParts: number,
  ): void {
    this.#call('subtract', ring, out, a, b, basis, parts, bParts);
  }
  multiply(
    ring: RingId,
    out: Int32Array,
    a: Int32Array,
    b: Int32Array,
    basis: Int32Array,
    parts: number,
    bParts: number,
  ): void {
    this.#call('multiply', ring, out, a, b, basis, parts, bParts);
  }
  multiplyAdd(
    ring: RingId,
    out: Int32Array,
    a: Int32Array,
    b: Int32Array,
    basis: Int32Array,
    parts: number,
    bParts: number,
  ): void {
    this.#call('multiplyAdd', ring, out, a, b, basis, parts, bParts);
  }
  negate(ring: RingId, out: Int32Array, a: Int32Array, basis: Int32Array, parts: number): void {
    this.#call('negate', ring, out, a, basis, parts);
  }
  multiplyParts(
    ring: RingId,
    out: Int32Array,
    a: Int32Array,
    b: Int32Array,
    basis: Int32Array,
    partsA: number,
    partsB: number,
  ): void {
    this.#call('multiplyParts', ring, out, a, b, basis, partsA, partsB);
  }
  dotParts(ring: RingId, out: Int32Array, a: Int32Array, b: Handle, basis: Int32Array, parts: number): void {
    this.#call('dotParts', ring, out, a, b, basis, parts);
  }
  multiplyScalars(
    ring: RingId,
    out: Int32Array,
    a: Int32Array,
    scalars: Float64Array,
    basis: Int32Array,
    parts: number,
  ): void {
    this.#call('multiplyScalars', ring, out, a, scalars, basis, parts);
  }
  addScalars(
    ring: RingId,
    out: Int32Array,
    a: Int32Array,
    scalars: Float64Array,
    basis: Int32Array,
    parts: number,
  ): void {
    this.#call('addScalars', ring, out, a, scalars, basis, parts);
  }
  addSparse(
    ring: RingId,
    out: Int32Array,
    a: Int32Array,
    start: Int32Array,
    positions: Int32Array,
    values: Float64Array,
    basis: Int32Array,
    parts: number,
  ): void {
    this.#call('addSparse', ring, out, a, start, positions, values, basis, parts);
  }
  extractPart(ring: RingId, out: Int32Array, a: Int32Array, basis: Int32Array, parts: number, part: number): void {
    this.#call('extractPart', ring, out, a, basis, parts, part);
  }
  insertPart(ring: RingId, out: Int32Array, a: Int32Array, basis: Int32Array, parts: number, part: number): void {
    this.#call('insertPart', ring, out, a, basis, parts, part);
  }
  divideByLast(ring: RingId, out: Int32Array, a: Int32Array, basis: Int32Array, parts: number): void {
    this.#call('divideByLast', ring, out, a, basis, parts);
  }
  divideByLastCoefficient(ring: RingId, out: Int32Array, a: Int32Array, basis: Int32Array, parts: number): void {
    this.#call('divideByLastCoefficient', ring, out, a, basis, parts);
  }
  convertBasis(ring: RingId, out: Int32Array, a: Int32Array, from: Int32Array, to: Int32Array, parts: number): void {
    this.#call('convertBasis', ring, out, a, from, to, parts);
  }
  automorphism(ring: RingId, out: Int32Array, a: Int32Array, basis: Int32Array, parts: number, exponent: number): void {
    this.#call('automorphism', ring, out, a, basis, parts, exponent);
  }
  relinearize(
    ring: RingId,
    out: Int32Array,
    a: Int32Array,
    basis: Int32Array,
    parts: number,
    keys: Int32Array,
    special: Int32Array,
  ): void {
    this.#call('relinearize', ring, out, a, basis, parts, keys, special);
  }
  rotateMany(
    ring: RingId,
    out: Int32Array,
    a: Int32Array,
    basis: Int32Array,
    exponents: Int32Array,
    keys: Int32Array,
    special: Int32Array,
  ): void {
    this.#call('rotateMany', ring, out, a, basis, exponents, keys, special);
  }
  rotateSum(
    ring: RingId,
    out: Int32Array,
    a: Int32Array,
    basis: Int32Array,
    exponents: Int32Array,
    keys: Int32Array,
    special: Int32Array,
  ): void {
    this.#call('rotateSum', ring, out, a, basis, exponents, keys, special);
  }
  relinearizeCoefficient(
    ring: RingId,
    out: Int32Array,
    a: Int32Array,
    basis: Int32Array,
    parts: number,
    keys: Int32Array,
    special: Int32Array,
  ): void {
    this.#call('relinearizeCoefficient', ring, out, a, basis, parts, keys, special);
  }
  multiplyScaled(
    ring: RingId,
    out: Int32Array,
    a: Int32Array,
    b: Int32Array,
    basis: Int32Array,
    auxiliary: Int32Array,
    t: number,
    partsA: number,
    partsB: number,
  ): void {
    this.#call('multiplyScaled', ring, out, a, b, basis, auxiliary, t, partsA, partsB);
  }
  workStats(): WorkStats {
    const out = new Float64Array(3);
    this.#call('workStats', this.#instance, out);
    return { transforms: out[0]!, keyProducts: out[1]!, conversions: out[2]! };
  }

  linearPlain(
    ring: RingId,
    out: Int32Array,
    a: Int32Array,
    rowStart: Int32Array,
    columns: Int32Array,
    plaintexts: Int32Array,
    scalars: Float64Array,
    basis: Int32Array,
    parts: number,
  ): void {
    this.#call('linearPlain', ring, out, a, rowStart, columns, plaintexts, scalars, basis, parts);
  }
  linearMonomial(
    ring: RingId,
    out: Int32Array,
    a: Int32Array,
    rowStart: Int32Array,
    columns: Int32Array,
    shifts: Int32Array,
    basis: Int32Array,
    parts: number,
  ): void {
    this.#call('linearMonomial', ring, out, a, rowStart, columns, shifts, basis, parts);
  }
  maskSymmetric(
    ring: RingId,
    out: Int32Array,
    messages: Int32Array,
    secret: Handle,
    uniformSeeds: Uint8Array,
    errorSeeds: Uint8Array,
    basis: Int32Array,
  ): void {
    this.#call('maskSymmetric', ring, out, messages, secret, uniformSeeds, errorSeeds, basis);
  }
  maskPublic(
    ring: RingId,
    out: Int32Array,
    messages: Int32Array,
    publicKey: Handle,
    ternarySeeds: Uint8Array,
    errorSeeds: Uint8Array,
    basis: Int32Array,
  ): void {
    this.#call('maskPublic', ring, out, messages, publicKey, ternarySeeds, errorSeeds, basis);
  }
  maskSymmetricCoefficient(
    ring: RingId,
    out: Int32Array,
    messages: Int32Array,
    secret: Handle,
    uniformSeeds: Uint8Array,
    errorSeeds: Uint8Array,
    basis: Int32Array,
    parts: number,
  ): void {
    this.#call('maskSymmetricCoefficient', ring, out, messages, secret, uniformSeeds, errorSeeds, basis, parts);
  }

  createWeights(
    outputs: number,
    inputs: number,
    rowStart: Int32Array,
    columns: Int32Array,
    values: Int32Array,
  ): WeightsId {
    return this.#call('createWeights', this.#instance, outputs, inputs, rowStart, columns, values);
  }
  destroyWeights(weights: WeightsId): void {
    this.#call('destroyWeights', weights);
  }
  pointwise(
    ring: RingId,
    out: Int32Array,
    a: Int32Array,
    basis: Int32Array,
    parts: number,
    program: Int32Array,
    constants: Float64Array,
  ): void {
    this.#call('pointwise', ring, out, a, basis, parts, program, constants);
  }

  sampleUniform(
    ring: RingId,
    out: Int32Array,
    seeds: Uint8Array,
    basis: Int32Array,
    parts: number,
    part: number,
  ): void {
    this.#call('sampleUniform', ring, out, seeds, basis, parts, part);
  }
  sampleUniformCoefficient(
    ring: RingId,
    out: Int32Array,
    seeds: Uint8Array,
    basis: Int32Array,
    parts: number,
    part: number,
  ): void {
    this.#call('sampleUniformCoefficient', ring, out, seeds, basis, parts, part);
  }
  sampleTernary(ring: RingId, out: Int32Array, seeds: Uint8Array): void {
    this.#call('sampleTernary', ring, out, seeds);
  }
  sampleError(ring: RingId, out: Int32Array, seeds: Uint8Array): void {
    this.#call('sampleError', ring, out, seeds);
  }
  spread(ring: RingId, out: Int32Array, a: Int32Array, basis: Int32Array): void {
    this.#call('spread', ring, out, a, basis);
  }
  compose(ring: RingId, out: Int32Array, a: Int32Array, basis: Int32Array): void {
    this.#call('compose', ring, out, a, basis);
  }
  liftPlain(ring: RingId, out: Int32Array, a: Int32Array, basis: Int32Array, t: number): void {
    this.#call('liftPlain', ring, out, a, basis, t);
  }
  roundPlain(ring: RingId, out: Int32Array, a: Int32Array, basis: Int32Array, t: number): void {
    this.#call('roundPlain', ring, out, a, basis, t);
  }
  encode(ring: RingId, out: Int32Array, real: Float64Array, imaginary: Float64Array, scale: number): void {
    this.#call('encode', ring, out, real, imaginary, scale);
  }
  decode(ring: RingId, real: Float64Array, imaginary: Float64Array, a: Int32Array, scale: number): void {
    this.#call('decode', ring, real, imaginary, a, scale);
  }
  pack(ring: RingId, bytes: Uint8Array, a: Int32Array, basis: Int32Array, parts: number, part: number): void {
    this.#call('pack', ring, bytes, a, basis, parts, part);
  }
  unpack(ring: RingId, out: Int32Array, bytes: Uint8Array, basis: Int32Array, parts: number, part: number): void {
    this.#call('unpack', ring, out, bytes, basis, parts, part);
  }
  sealSecret(
    ring: RingId,
    bytes: Uint8Array,
    a: Handle,
    key: Uint8Array,
    nonce: Uint8Array,
    associated: Uint8Array,
  ): void {
    this.#call('sealSecret', ring, bytes, a, key, nonce, associated);
  }
  openSecret(
    ring: RingId,
    out: Handle,
    bytes: Uint8Array,
    key: Uint8Array,
    nonce: Uint8Array,
    associated: Uint8Array,
  ): void {
    this.#call('openSecret', ring, out, bytes, key, nonce, associated);
  }

  measureFma(milliseconds: number): number {
    const start = performance.now();
    let best = 0;
    for (let iterations = 1000; ; ) {
      const before = performance.now();
      const lanes = this.#call('fmaRun', this.#instance, iterations);
      const elapsed = performance.now() - before;
      if (elapsed < 1) iterations *= 2;
      else best = Math.max(best, lanes / elapsed / 1e6);
      if (performance.now() - start > milliseconds && best > 0) return best;
    }
  }
  close(): void {
    if (this.#closed) return;
    this.#call('close', this.#instance);
    this.#closed = true;
    this.#onClose?.();
  }
}

const cachedRoots = new Map<number, Float64Array>();

/**
 * Roots of the slot transform, [real, imaginary][n / 2]: index h + j, j < h, is exp(2 pi i (5^j mod 8h) / 8h). Made here
 * and not in the kernel, so that every variant works on the same bits.
 */
export function slotRoots(n: number): Float64Array {
  const cached = cachedRoots.get(n);
  if (cached) return cached;
  const size = n / 2;
  const roots = new Float64Array(n);
  const order = Math.max(8, 2 * n);
  const octant = firstOctant(order);
  for (let h = 1; h < size; h *= 2)
    for (let j = 0, power = 1; j < h; j++, power = (power * 5) % (8 * h)) {
      const [real, imaginary] = fromOctant(octant, order, power * (order / (8 * h)));
      roots[h + j] = real;
      roots[size + h + j] = imaginary;
    }
  cachedRoots.set(n, roots);
  return roots;
}
