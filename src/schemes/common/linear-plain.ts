import { checkPlainRows } from '../../evaluator/check.ts';
import { isVector } from '../../evaluator/plain.ts';
import type { PlainRows } from '../../evaluator/verbs.ts';
import { type Ciphertext, type Form, handles, makeCiphertexts } from '../../rlwe/ciphertext.ts';
import type { Scheme } from '../../rlwe/parameters.ts';
import { requireAlike, requireEqualScales } from './checks.ts';
import type { PlaintextCache, Wanted } from './plaintext-cache.ts';
import type { Rules } from './rules.ts';

/** The terms of all rows, one behind the other. */
export interface Terms {
  readonly rowStart: Int32Array;
  readonly columns: Int32Array;
  /** Scale of each term's weight. */
  readonly scales: Float64Array;
  /** Whether all weights have one scale. */
  readonly even: boolean;
}

/** Rows as the kernel takes them, at one level; what does not depend on the ciphertexts. */
interface Program extends Terms {
  /** [term without a vector][limb][2] */
  readonly scalars: Float64Array;
  readonly vectors: readonly Wanted[];
  /** For each term its index in `vectors`, or -1. */
  readonly vectorOf: Int32Array;
}

/** Sparse matrices of plaintexts, prepared once for each `PlainRows` object and level. */
export class PlainPrograms<S extends Scheme> {
  readonly #rules: Rules<S>;
  readonly #cache: PlaintextCache;
  readonly #known = new WeakMap<PlainRows, Map<number, Program>>();

  constructor(rules: Rules<S>, cache: PlaintextCache) {
    this.#rules = rules;
    this.#cache = cache;
  }

  /** Prepares rows for ciphertexts of a level and encodes their vectors. */
  prepare(rows: PlainRows, level: number): void {
    const { vectors } = this.#programOf(rows, level);
    this.#cache.with(level, vectors, () => {});
  }

  /**
   * One kernel job. The ciphertexts are alive, of this context and form: NTT form where a weight is a vector.
   * @throws 'shape-mismatch', 'invalid-argument', 'non-finite-value', 'level-mismatch', 'parts-mismatch',
   *   'scale-mismatch', 'scale-overflow'
   */
  run<F extends Form>(cts: readonly Ciphertext<S, F>[], rows: PlainRows): Ciphertext<S, F>[] {
    const { context } = this.#rules;
    if (cts.length === 0 || rows.rows.length === 0) {
      checkPlainRows(cts.length, rows, context.parameters.slots);
      return [];
    }
    requireAlike('linearPlain', cts);
    const { level, parts, shape } = cts[0]!;
    const program = this.#programOf(rows, level, cts.length);
    const scales = scalesOfRows(this.#rules, cts, program);
    return this.#cache.with(level, program.vectors, (plaintexts) => {
      const encoded = handles(plaintexts);
      const terms = program.vectorOf.map((v) => (v < 0 ? -1 : encoded[v]!));
      const shapes = scales.map((scale) => ({ ...shape, scale }));
      return makeCiphertexts(context, shapes, (made) => {
        const { rowStart, columns, scalars } = program;
        const [out, a, basis] = [handles(made), handles(cts), context.basis(level)];
        context.kernel.linearPlain(context.ring, out, a, rowStart, columns, terms, scalars, basis, parts);
      });
    });
  }

  #programOf(rows: PlainRows, level: number, width = rows.inputs): Program {
    const byLevel = this.#known.get(rows) ?? new Map<number, Program>();
    const known = byLevel.get(level);
    if (known !== undefined && width === rows.inputs) return known;
    checkPlainRows(width, rows, this.#rules.context.parameters.slots);
    const made = programOf(this.#rules, rows, level);
    this.#known.set(rows, byLevel.set(level, made));
    return made;
  }
}

function programOf(rules: Rules, rows: PlainRows, level: number): Program {
  const terms = termsOf(rows, rules.standardScale(level));
  const vectors: Wanted[] = [];
  const scalars: number[] = [];
  const vectorOf = Int32Array.from(rows.rows.flat(), (term, t) => {
    const scale = terms.scales[t]!;
    const weight = rules.spell(term.weight, scale);
    if (isVector(weight)) return vectors.push({ vector: weight, scale }) - 1;
    scalars.push(...rules.weightResidues(level, weight, scale));
    return -1;
  });
  return { ...terms, scalars: Float64Array.from(scalars), vectors, vectorOf };
}

/** @param standard scale of weights where none is named */
export function termsOf({ rows, scale }: PlainRows, standard: number): Terms {
  const terms = rows.flat();
  const scales = Float64Array.from(terms, (term) => term.scale ?? scale ?? standard);
  const rowStart = new Int32Array(rows.length + 1);
  rows.forEach((row, r) => {
    rowStart[r + 1] = rowStart[r]! + row.length;
  });
  return {
    rowStart,
    columns: Int32Array.from(terms, (term) => term.from),
    scales,
    even: scales.every((each) => each === scales[0]),
  };
}

/** The scale of each row. @throws 'scale-mismatch' where the terms of a row differ, 'scale-overflow' */
export function scalesOfRows(rules: Rules, cts: readonly Ciphertext[], terms: Terms): number[] {
  const { rowStart, columns, scales, even } = terms;
  const { level, scale: first } = cts[0]!;
  const rows = rowStart.length - 1;
  if (even && cts.every((ct) => ct.scale === first)) {
    rules.requireFits(level, first * scales[0]!);
    return new Array<number>(rows).fill(first * scales[0]!);
  }
  return Array.from({ length: rows }, (_, r) => {
    const products = Array.from(columns.subarray(rowStart[r], rowStart[r + 1]), (c, k) => {
      return cts[c]!.scale * scales[rowStart[r]! + k]!;
    });
    requireEqualScales('linearPlain', products);
    rules.requireFits(level, products[0]!);
    return products[0]!;
  });
}
