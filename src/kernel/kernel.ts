/**
 * The contract of the arithmetic kernel. `reference.ts` (BigInt) is the oracle, `native.ts` and `wasm.ts` bind the
 * C++ of `kernel/`; one conformance suite runs over all. Nothing here knows of schemes or keys.
 *
 * Residues: integers of (-p/2, p/2] held in f64 ("balanced"); p odd, so |x| <= (p-1)/2. Every verb takes and returns
 * canonical balanced residues.
 *
 * Buffers: a `Handle` names a pooled buffer of f64. A list of ring elements over a basis of `limbs` primes with
 * `parts` components lies as [limb][part][n]: dropping the last primes is using a prefix of the buffer, and one limb
 * of all parts is one row of parts * n numbers. Inputs may be longer than the verb needs (a dropped level).
 *
 * `basis`: indices into the primes of the ring, one per limb. Lists: `out`, `a`, ... hold one handle per element;
 * unless said otherwise `out[i]` may be the same handle as `a[i]`, and no handle may occur twice in `out`.
 *
 * Domains: 'coefficient' order is the canonical one. The order inside the NTT domain belongs to the kernel and its
 * variant: data in it never leaves the process.
 *
 * Calls are synchronous and parallel inside (fork and join over the kernel's threads). Errors: `HesperError` with
 * 'invalid-argument', 'kernel-failure', 'out-of-memory', 'disposed', 'residue-out-of-range', 'authentication-failed'.
 */
export type Handle = number;
export type RingId = number;
export type WeightsId = number;

/** Instruction sets that a kernel is built for, WebAssembly, and the slow one in BigInt that all are compared with. */
export type KernelVariant = 'avx512' | 'avx2' | 'neon' | 'scalar' | 'wasm' | 'reference';

export interface PoolStats {
  /** Bytes in buffers that are handed out. */
  readonly liveBytes: number;
  readonly liveBuffers: number;
  /** Bytes kept for reuse. */
  readonly idleBytes: number;
  /** Highest liveBytes + idleBytes so far. */
  readonly peakBytes: number;
}

export interface WorkStats {
  /** NTTs of one prime, both directions. */
  readonly transforms: number;
  /** Products of a digit row with one key row in key switching. */
  readonly keyProducts: number;
  /** Source rows times target rows of base conversions in key switching (raising digits, division by P) and multiplyScaled. */
  readonly conversions: number;
}

/** Primes must satisfy p = 1 mod 2n and p < 2^49 (exactness of the products, kernel/README.md). */
export const MODULUS_LIMIT = 2 ** 49;
/**
 * Below this limit residues have int16 digits, on which linear layers with small weights run; plaintext moduli are below it.
 * Beyond, linear layers take FP64 halves, which are slower.
 */
export const PRIME_LIMIT = 2 ** 48 - 2 ** 33;
export const MIN_RING_DEGREE = 1024;
export const MAX_RING_DEGREE = 65536;

/**
 * Steps of a pointwise program, flattened into an Int32Array. Each maps a list of `width` elements of `parts`
 * components (NTT form; see `pointwise` for coefficient form) to another:
 *   [0, weights]  linear: width -> outputs of the weights, parts kept
 *   [1]           square every element: parts -> 2 * parts - 1
 *   [2]           add a constant to part 0 of every element: takes limbs * width numbers from `constants`,
 *                 in the order [limb][element], balanced residues
 */
export const POINTWISE = { linear: 0, square: 1, addConstants: 2 } as const;

/** The arithmetic: opaque to most programs, which load one and hand it to `createContext`. Lists are handles of buffers of doubles, residues balanced; a basis is a list of prime indices of the ring; every call is one job. What does not fit is refused before any work, or a HesperError tells that it failed. */
export interface Kernel {
  readonly variant: KernelVariant;
  /** Instruction sets in use, e.g. ['avx512f', ..., 'avx512vnni'] or ['simd128', 'threads']. */
  readonly features: readonly string[];
  /** Why this variant was chosen, for `hesper doctor`. */
  readonly reason: string;
  readonly threads: number;

  /** `roots[i]`: a primitive 2n-th root of unity mod primes[i]. Makes NTT tables and the encoder's FFT tables. */
  createRing(n: number, primes: readonly number[], roots: readonly number[]): RingId;
  /** Frees the tables of a ring. */
  destroyRing(ring: RingId): void;

  /** Contents are undefined. */
  allocate(doubles: number): Handle;
  /** Back to the pool. A second release throws 'disposed'. */
  release(handle: Handle): void;
  /** Overwrites with zeros, in a way the compiler may not remove, then releases. For secrets. */
  wipe(handle: Handle): void;
  /** Copies doubles out of a buffer, from an offset on, as many as `out` has. */
  read(handle: Handle, offset: number, out: Float64Array): void;
  /** Copies doubles into a buffer, from an offset on. */
  write(handle: Handle, offset: number, data: Float64Array): void;
  /** Buffers in use, and memory held for them. */
  poolStats(): PoolStats;
  /** Gives idle memory back to the operating system where that is possible. */
  trim(): void;

  /** In place, coefficient -> NTT form and back. */
  nttForward(ring: RingId, list: Int32Array, basis: Int32Array, parts: number): void;
  /** In place, NTT -> coefficient form. */
  nttInverse(ring: RingId, list: Int32Array, basis: Int32Array, parts: number): void;

  /**
   * Element-wise, either domain. `b` has one handle per element, or a single one for all. `bParts` is `parts`, or 1:
   * then its one component serves every part of `a`.
   */
  add(
    ring: RingId,
    out: Int32Array,
    a: Int32Array,
    b: Int32Array,
    basis: Int32Array,
    parts: number,
    bParts: number,
  ): void;
  /** a - b, as `add`. */
  subtract(
    ring: RingId,
    out: Int32Array,
    a: Int32Array,
    b: Int32Array,
    basis: Int32Array,
    parts: number,
    bParts: number,
  ): void;
  /** Products of polynomials of parts: parts k and m to k + m - 1. NTT form, as `add`. */
  multiply(
    ring: RingId,
    out: Int32Array,
    a: Int32Array,
    b: Int32Array,
    basis: Int32Array,
    parts: number,
    bParts: number,
  ): void;
  /** out += a * b. */
  multiplyAdd(
    ring: RingId,
    out: Int32Array,
    a: Int32Array,
    b: Int32Array,
    basis: Int32Array,
    parts: number,
    bParts: number,
  ): void;
  /** -a. */
  negate(ring: RingId, out: Int32Array, a: Int32Array, basis: Int32Array, parts: number): void;

  /** Product as polynomials in the secret: out has partsA + partsB - 1 parts. NTT form; `out` is not an input. */
  multiplyParts(
    ring: RingId,
    out: Int32Array,
    a: Int32Array,
    b: Int32Array,
    basis: Int32Array,
    partsA: number,
    partsB: number,
  ): void;
  /** out (1 part) = sum over parts of a[part] * b[part]; `b` is one buffer of `parts` parts over the same basis. */
  dotParts(ring: RingId, out: Int32Array, a: Int32Array, b: Handle, basis: Int32Array, parts: number): void;
  /**
   * out = a * scalars, balanced residues; every part. `scalars`: [element][limb], or [element][limb][2]: one number for
   * the first half of each row and one for the second. In NTT form the halves are the values at the roots with
   * X^(n/2) = +r and = -r, r = root^(n/2): so a pair (x + r y, x - r y) is the constant x + y X^(n/2), the complex
   * number x + i y in every slot. In coefficient form both numbers are equal (not checked).
   */
  multiplyScalars(
    ring: RingId,
    out: Int32Array,
    a: Int32Array,
    scalars: Float64Array,
    basis: Int32Array,
    parts: number,
  ): void;
  /** out = a, with `scalars` (shaped as in multiplyScalars) added to every value of part 0: a constant, in NTT form. */
  addScalars(
    ring: RingId,
    out: Int32Array,
    a: Int32Array,
    scalars: Float64Array,
    basis: Int32Array,
    parts: number,
  ): void;
  /** Copies one part of each element: out is [limb][n]. */
  extractPart(ring: RingId, out: Int32Array, a: Int32Array, basis: Int32Array, parts: number, part: number): void;
  /** The reverse: writes [limb][n] into one part of each element of `out`. */
  insertPart(ring: RingId, out: Int32Array, a: Int32Array, basis: Int32Array, parts: number, part: number): void;

  /**
   * out = a, with constants added at few coefficients of part 0 (coefficient form): terms start[e] .. start[e+1] - 1 add
   * values[term][limb], balanced residues, at coefficient positions[term], 0 .. n-1. A position may occur again.
   */
  addSparse(
    ring: RingId,
    out: Int32Array,
    a: Int32Array,
    start: Int32Array,
    positions: Int32Array,
    values: Float64Array,
    basis: Int32Array,
    parts: number,
  ): void;

  /**
   * Divides by the last prime of `basis` and rounds to nearest (NTT form in and out): out has one limb less.
   * out = (a - [a]_q) / q with [a]_q balanced. `out` is not an input. Rescaling, and mod-down by one special prime.
   */
  divideByLast(ring: RingId, out: Int32Array, a: Int32Array, basis: Int32Array, parts: number): void;
  /** The same in coefficient form, without transforms; `out[i]` may be `a[i]`. Switching of the modulus. */
  divideByLastCoefficient(ring: RingId, out: Int32Array, a: Int32Array, basis: Int32Array, parts: number): void;
  /**
   * The same integers over another basis (coefficient form). Each value is the balanced representative in
   * (-Q/2, Q/2); exact while |value| <= Q/2 * (1 - 2^-40). `out` is not an input.
   */
  convertBasis(ring: RingId, out: Int32Array, a: Int32Array, from: Int32Array, to: Int32Array, parts: number): void;
  /** X -> X^exponent (odd, 1 .. 2n-1), coefficient form. `out` is not an input. For secrets; see rotateMany. */
  automorphism(ring: RingId, out: Int32Array, a: Int32Array, basis: Int32Array, parts: number, exponent: number): void;
  /**
   * out[r] = the sum over the terms t of row r (rowStart[r] <= t < rowStart[r+1]; at least one) of a[columns[t]] times
   * weight t; NTT form, every part. Weight t is the ring element plaintexts[t] ([limb][n], NTT form), or, where
   * plaintexts[t] is -1, the next entry of `scalars`, [such term][limb][2] (see multiplyScalars); where all are, in
   * either form. No handle of `out` is an input.
   */
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
  ): void;
  /**
   * out[r] = the sum over the terms t of row r (rowStart[r] <= t < rowStart[r+1]; none: zero) of X^shifts[t] *
   * a[columns[t]]; coefficient form, every part. X^n = -1: shifts are 0 .. 2n-1, and from n on they negate. No handle of
   * `out` is an input.
   */
  linearMonomial(
    ring: RingId,
    out: Int32Array,
    a: Int32Array,
    rowStart: Int32Array,
    columns: Int32Array,
    shifts: Int32Array,
    basis: Int32Array,
    parts: number,
  ): void;

  /**
   * Hybrid key switching (eprint 2019/688), NTT form. `special`: ring indices of k >= 1 special primes, none in
   * `basis`; P is their product. A polynomial over `basis` is cut into ceil(limbs / k) digits: digit d is its residue
   * modulo the product Q_d of basis primes dk .. min(dk + k, limbs) - 1, as the balanced integer (exact while
   * |value| <= Q_d/2 * (1 - 2^-40)), taken over special and basis. A key is one buffer per digit, [k + basis primes][2][n],
   * NTT form: first the special primes in the order of `special`, then row k + j for the prime with ring index j; it
   * may be longer than needed. The sum of digit * key is divided by P: (x - [x]_P) / P, [x]_P balanced, exact while
   * |[x]_P| <= P/2 * (1 - 2^-40).
   *
   * relinearize: parts >= 3 -> 2. `keys`: [power, s^2 first][digit]. out = a[0..1] + the switched parts 2 .. parts-1,
   * all powers in one sum with one division.
   */
  relinearize(
    ring: RingId,
    out: Int32Array,
    a: Int32Array,
    basis: Int32Array,
    parts: number,
    keys: Int32Array,
    special: Int32Array,
  ): void;
  /**
   * Every element of `a` (2 parts) by every exponent: out[e * exponents.length + r] = X -> X^exponents[r] of
   * (a0 + u0, u1), u the switched part 1 under keys [r][digit]. Digits of an element are made once for
   * every 256 MiB of sums modulo P (fast kernels). Exponents are odd, 3 .. 2n-1. `out` is not an input.
   */
  rotateMany(
    ring: RingId,
    out: Int32Array,
    a: Int32Array,
    basis: Int32Array,
    exponents: Int32Array,
    keys: Int32Array,
    special: Int32Array,
  ): void;
  /**
   * One ciphertext: the sum of X -> X^exponents[e] of a[e] (2 parts), each switched as in rotateMany, all in one sum
   * with one division by P. An exponent of 1 adds the element as it is and has no key; `keys`: [e with exponent > 1][digit].
   * A key may serve several elements. `out` holds one handle, not an input.
   */
  rotateSum(
    ring: RingId,
    out: Int32Array,
    a: Int32Array,
    basis: Int32Array,
    exponents: Int32Array,
    keys: Int32Array,
    special: Int32Array,
  ): void;

  /**
   * relinearize with coefficient form in and out, under the same keys (NTT form): out = a[0..1] + (x - [x]_P) / P, x the
   * sum of digit * key. `out[i]` may be `a[i]`.
   */
  relinearizeCoefficient(
    ring: RingId,
    out: Int32Array,
    a: Int32Array,
    basis: Int32Array,
    parts: number,
    keys: Int32Array,
    special: Int32Array,
  ): void;
  /**
   * The product of BFV ciphertexts, t / Q times that of the integers and rounded (eprint 2018/117); coefficient form in
   * and out. Q is the product of `basis`. out has partsA + partsB - 1 parts: part k is (t x - [t x]_Q) / Q over `basis`,
   * x the sum over i + j = k of a[i] * b[j] modulo X^n + 1, not modulo Q: the parts are integers of (-Q/2, Q/2), and so
   * is [t x]_Q. b[i] may be the handle a[i] (partsA = partsB): a square, for less.
   *
   * `auxiliary`: ring indices of primes with product R, none in `basis`, R >= t n min(partsA, partsB) Q / 2 * (1 + 2^-38)
   * (refused otherwise). t: odd, 3 <= t < PRIME_LIMIT, coprime to the primes of `basis`. Values of a, b and [t x]_Q beyond
   * Q/2 * (1 - 2^-40) may be taken as the representative on the other side. `out` is not an input.
   */
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
  ): void;

  /**
   * Encryptions under a secret, NTT form, [limb][2][n]: part 1 = a, the expansion of uniformSeeds (as
   * sampleUniform), part 0 = message + e - a * secret, e from errorSeeds (as sampleError). `messages`: one element each
   * ([limb][n], NTT form), or empty for zeros. `secret`: row j belongs to the prime with ring index j, NTT form. `out` is not an input.
   */
  maskSymmetric(
    ring: RingId,
    out: Int32Array,
    messages: Int32Array,
    secret: Handle,
    uniformSeeds: Uint8Array,
    errorSeeds: Uint8Array,
    basis: Int32Array,
  ): void;
  /**
   * Encryptions under a public key ([limb][2][n], NTT form, row pair j for ring index j): part 0 = message + e0 + key0 u,
   * part 1 = e1 + key1 u; u from ternarySeeds (32 bytes an element), e0, e1 from errorSeeds (64 bytes an element). `out` is not an input.
   */
  maskPublic(
    ring: RingId,
    out: Int32Array,
    messages: Int32Array,
    publicKey: Handle,
    ternarySeeds: Uint8Array,
    errorSeeds: Uint8Array,
    basis: Int32Array,
  ): void;

  /**
   * The same encryptions in coefficient form, messages too ([limb][n]); `parts` is 2, or 1 for part 0 alone (what a seed
   * completes): [limb][parts][n]. One transform per limb and part.
   */
  maskSymmetricCoefficient(
    ring: RingId,
    out: Int32Array,
    messages: Int32Array,
    secret: Handle,
    uniformSeeds: Uint8Array,
    errorSeeds: Uint8Array,
    basis: Int32Array,
    parts: number,
  ): void;

  /** Rows of n residues worked on so far, by all calls together: what cost models are checked against. */
  workStats(): WorkStats;

  /**
   * Sparse integer matrix in CSR form, |value| < 2^26. Weights are packed here, once. Up to 12 bits they run on int16
   * digits, beyond on FP64 halves.
   */
  createWeights(
    outputs: number,
    inputs: number,
    rowStart: Int32Array,
    columns: Int32Array,
    values: Int32Array,
  ): WeightsId;
  /** Frees packed weights. */
  destroyWeights(weights: WeightsId): void;
  /**
   * Runs a pointwise program (see POINTWISE) over blocks of coefficients, so that intermediate lists are never held
   * whole. `a`: NTT form, `parts` components. `out`: as many as the last width, with the final number of parts;
   * no handle of `out` is an input. A program of linear steps only works on coefficient form as well: the result has the
   * form of the input.
   */
  pointwise(
    ring: RingId,
    out: Int32Array,
    a: Int32Array,
    basis: Int32Array,
    parts: number,
    program: Int32Array,
    constants: Float64Array,
  ): void;

  /**
   * ChaCha20 (RFC 8439) keyed by the 32-byte seed of each element, block counter from 0, nonce =
   * LE32(domain) | LE32(prime index in the ring, or 0) | LE32(0). `seeds`: 32 bytes per element.
   *
   * Uniform (domain 1), written into `part` of each element, limb by limb, in NTT form: little-endian 64-bit words of
   * the stream, masked to ceil(log2 p) bits; words >= p are skipped; v > (p-1)/2 becomes v - p. The words kept are, in
   * order, the values at root^(2 r + 1) for r = the bit reversals of 0 .. n-1.
   */
  sampleUniform(ring: RingId, out: Int32Array, seeds: Uint8Array, basis: Int32Array, parts: number, part: number): void;
  /** The same polynomials in coefficient form: one transform per element and limb. */
  sampleUniformCoefficient(
    ring: RingId,
    out: Int32Array,
    seeds: Uint8Array,
    basis: Int32Array,
    parts: number,
    part: number,
  ): void;
  /**
   * Ternary (domain 2), one row of n small integers: each stream byte gives four 2-bit fields, low first;
   * 0, 1, 2 -> -1, 0, 1; 3 is skipped.
   */
  sampleTernary(ring: RingId, out: Int32Array, seeds: Uint8Array): void;
  /**
   * Centred binomial of 2 x 21 coins, std-dev 3.24 (domain 3), one row of n small integers: one little-endian 64-bit
   * word each, popcount(bits 0..20) - popcount(bits 21..41). Branch-free.
   */
  sampleError(ring: RingId, out: Int32Array, seeds: Uint8Array): void;
  /** One row of n integers held in f64, |x| < 2^90, to balanced residues over the basis ([limb][n]). */
  spread(ring: RingId, out: Int32Array, a: Int32Array, basis: Int32Array): void;
  /**
   * Residues ([limb][n], coefficient form) to one row of f64: the balanced representative of (-Q/2, Q/2), by mixed
   * radix with balanced digits: exact below 2^53, relative error below limbs * 2^-52 above.
   */
  compose(ring: RingId, out: Int32Array, a: Int32Array, basis: Int32Array): void;
  /**
   * Plaintexts modulo t, odd, 3 <= t < PRIME_LIMIT, coprime to the primes of `basis`, whose product is Q.
   *
   * liftPlain: one row of n integers, |m| <= (t-1)/2, to the residues ([limb][n], coefficient form) of round(Q m / t),
   * exactly (Q m - [Q m]_t) / t.
   */
  liftPlain(ring: RingId, out: Int32Array, a: Int32Array, basis: Int32Array, t: number): void;
  /**
   * The reverse: residues ([limb][n], coefficient form) of x, to one row of n integers: round(t x / Q) modulo t,
   * balanced, that is -[t x]_Q Q^-1 mod t. Exact while |[t x]_Q| <= Q/2 * (1 - 2^-40), else perhaps the integer beside it.
   */
  roundPlain(ring: RingId, out: Int32Array, a: Int32Array, basis: Int32Array, t: number): void;

  /**
   * Slots to coefficients: n/2 complex values per element, slot j at the root zeta^(5^j), zeta = exp(i pi / n); out is
   * one row of n integers in f64, round(scale * coefficient), ties to even. `imaginary` may be empty (zeros).
   * Error of each scaled coefficient before rounding <= 2^-52 * log2(n) * 8 * scale * max|value|.
   */
  encode(ring: RingId, out: Int32Array, real: Float64Array, imaginary: Float64Array, scale: number): void;
  /** Coefficients (one row of n) to slots, divided by scale. `imaginary` may be empty (not wanted). */
  decode(ring: RingId, real: Float64Array, imaginary: Float64Array, a: Int32Array, scale: number): void;

  /**
   * Coefficient form to bytes: one part of each element, limb by limb, value v in [0, p) in ceil(log2 p) bits,
   * little-endian bit order, no gaps (n is a multiple of 8, so each limb ends on a byte). `bytes` has the exact length.
   */
  pack(ring: RingId, bytes: Uint8Array, a: Int32Array, basis: Int32Array, parts: number, part: number): void;
  /** The reverse. Throws 'residue-out-of-range' if a value is not below its prime. `bytes` has the exact length. */
  unpack(ring: RingId, out: Int32Array, bytes: Uint8Array, basis: Int32Array, parts: number, part: number): void;

  /**
   * A secret as sealed bytes: one row of n integers -1, 0, 1 under ChaCha20-Poly1305 (RFC 8439), `key` 32 bytes, `nonce` 12
   * bytes, never used twice with one key, `associated` authenticated with it. The plaintext is n / 4 bytes: four 2-bit
   * fields each, low first, 0, 1, 2 for -1, 0, 1. `bytes`: n / 4 + 16, the tag last.
   */
  sealSecret(
    ring: RingId,
    bytes: Uint8Array,
    a: Handle,
    key: Uint8Array,
    nonce: Uint8Array,
    associated: Uint8Array,
  ): void;
  /**
   * The reverse. Throws 'authentication-failed' for another key, nonce or associated data, for changed bytes and for a field
   * of 3, always after the same work; `out` is then as it was.
   */
  openSecret(
    ring: RingId,
    out: Handle,
    bytes: Uint8Array,
    key: Uint8Array,
    nonce: Uint8Array,
    associated: Uint8Array,
  ): void;

  /** Sustained FMA rate of one core in G/s (lanes * instructions), measured over about `milliseconds`. */
  measureFma(milliseconds: number): number;
  /** Ends the threads. Rings, weights and buffers are gone afterwards. */
  close(): void;
}
