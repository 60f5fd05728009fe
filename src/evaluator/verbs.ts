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

/** Steps that act on each coefficient of the NTT domain by itself; a run of them is one native job. */
export type PointwiseStep =
  | { readonly verb: 'linear'; readonly argument: LinearRows }
  | { readonly verb: 'squareAll'; readonly argument: undefined }
  | { readonly verb: 'addPlain'; readonly argument: readonly number[] };

/** What each verb takes besides its list of ciphertexts. The one place where the set of verbs is written. */
export interface Arguments {
  /** Weighted sums. Any number of parts, kept; scale grows by the weights' scale. One job: a modular GEMM. */
  linear: LinearRows;
  /** One real constant per ciphertext, added to every slot. */
  addPlain: readonly number[];
  /** Slot-wise squares: parts k -> 2k - 1, scale squared. */
  squareAll: undefined;
  /** Slot-wise products of pairs of list indices: parts k, m -> k + m - 1, scales multiplied. */
  multiplyPairs: readonly (readonly [number, number])[];
  /** Any parts -> 2. Needs the relinearisation key. */
  relinearizeAll: undefined;
  /** Drops the last prime: level - 1, scale divided by that prime. Message unchanged. */
  rescaleAll: undefined;
  /** To the given level, scale kept. A view, no work. */
  dropLevelAll: number;
  /** A run of pointwise verbs as one job; by default its steps one after the other. */
  pointwise: readonly PointwiseStep[];
}

export type Verb = keyof Arguments;

/** How many ciphertexts come out: all that a recorder has to know of a verb. */
export const outputs: { readonly [V in Verb]: (n: number, argument: Arguments[V]) => number } = {
  linear: (_, rows) => rows.outputs,
  addPlain: (n) => n,
  squareAll: (n) => n,
  multiplyPairs: (_, pairs) => pairs.length,
  relinearizeAll: (n) => n,
  rescaleAll: (n) => n,
  dropLevelAll: (n) => n,
  pointwise: (n, steps) => steps.reduce((width, s) => (s.verb === 'linear' ? s.argument.outputs : width), n),
};
