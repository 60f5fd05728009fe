/**
 * A sparse matrix of small integers, row-compressed. The weight it stands for is values[k] / scale, `scale` a power of
 * two: applying it multiplies a ciphertext's scale by `scale` and costs no level.
 */
export interface LinearRows {
  readonly outputs: number;
  readonly inputs: number;
  readonly rowStart: Int32Array;
  readonly columns: Int32Array;
  readonly values: Int32Array;
  readonly scale: number;
}

/** Steps that act on each slot by itself; in CKKS a run of them is one native job. */
export type PointwiseStep =
  | { readonly verb: 'linear'; readonly argument: LinearRows }
  | { readonly verb: 'squareAll'; readonly argument: undefined }
  | { readonly verb: 'addPlain'; readonly argument: readonly number[] };

/** One complex number for every slot: a + b i costs no more than a real one. */
export interface Complex {
  readonly re: number;
  readonly im: number;
}

/** One complex number per slot; both arrays of one length. */
export interface ComplexVector {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/**
 * A plaintext operand, held by reference and never changed: one number for every slot, or one per slot (shorter vectors
 * are filled up with zeros). Evaluators encode at the level of the operand and may cache by identity.
 */
export type Plain = number | Complex | Float64Array | ComplexVector;

/** One product of a ciphertext and a plaintext in a sum. */
export interface PlainTerm {
  /** Index into the list. */
  readonly from: number;
  readonly weight: Plain;
  /** Factor of this weight before rounding; default: that of the rows. */
  readonly scale?: number;
}

/** Sparse matrix of plaintexts. Output r is the sum of its terms, at least one; their scales must come out equal. */
export interface PlainRows {
  readonly inputs: number;
  readonly rows: readonly (readonly PlainTerm[])[];
  /**
   * Default: in CKKS the last prime at the list's level, so that one rescaling gives back exactly the scale of the
   * inputs; in BFV 1.
   */
  readonly scale?: number;
}

/** What each verb takes besides its list of ciphertexts. The one place where the set of verbs is written. */
export interface Arguments {
  /** Weighted sums. Any number of parts, kept; scale grows by the weights' scale. One job: a modular GEMM. */
  linear: LinearRows;
  /** Weights per slot or in full precision: scale of the input times scale of the weight; no level by itself. */
  linearPlain: PlainRows;
  /** One plaintext per ciphertext, added at the ciphertext's scale. */
  addPlain: readonly Plain[];
  /** Slot-wise squares: parts k -> 2k - 1, scale squared. */
  squareAll: undefined;
  /** Slot-wise products of pairs of list indices: parts k, m -> k + m - 1, scales multiplied. */
  multiplyPairs: readonly (readonly [number, number])[];
  /**
   * Every ciphertext by every step, ciphertext-major: out[i * steps.length + j]. Slot k of the result is slot
   * k + step (mod slots; in BFV two rows of slots / 2 turn, each by itself); steps are any integers. 2 parts. Needs the
   * Galois key of each step that is not 0. Each ciphertext is cut into digits once ("hoisting", eprint 2018/244).
   */
  rotateMany: readonly number[];
  /** One ciphertext: the sum of ciphertext i rotated by steps[i], with one division by the special primes. 2 parts. */
  rotateSum: readonly number[];
  /** Complex conjugate of every slot; in BFV the two rows change places. 2 parts. Needs the conjugation key. */
  conjugateAll: undefined;
  /** Any parts -> 2. Needs the relinearisation key. */
  relinearizeAll: undefined;
  /** Drops the last prime: level - 1, scale divided by that prime (in BFV kept). Message unchanged. */
  rescaleAll: undefined;
  /** To the given level, scale kept. In CKKS a view, no work; in BFV a division by each prime that goes. */
  dropLevelAll: number;
  /** A run of pointwise verbs as one job; by default its steps one after the other. */
  pointwise: readonly PointwiseStep[];
}

export type Verb = keyof Arguments;

/** How many ciphertexts come out: all that a recorder has to know of a verb. */
export const outputs: { readonly [V in Verb]: (n: number, argument: Arguments[V]) => number } = {
  linear: (_, rows) => rows.outputs,
  linearPlain: (_, { rows }) => rows.length,
  addPlain: (n) => n,
  squareAll: (n) => n,
  multiplyPairs: (_, pairs) => pairs.length,
  rotateMany: (n, steps) => n * steps.length,
  rotateSum: () => 1,
  conjugateAll: (n) => n,
  relinearizeAll: (n) => n,
  rescaleAll: (n) => n,
  dropLevelAll: (n) => n,
  pointwise: (n, steps) => steps.reduce((width, s) => (s.verb === 'linear' ? s.argument.outputs : width), n),
};
