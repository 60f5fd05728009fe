import { HesperError } from '../../errors.ts';
import { checkPlainRows } from '../../evaluator/check.ts';
import { nonAdjacentForm } from '../../evaluator/integers.ts';
import type { LinearRows, PlainRows } from '../../evaluator/verbs.ts';
import { handles, makeCiphertexts } from '../../rlwe/ciphertext.ts';
import { requireAlike } from '../common/checks.ts';
import { scalesOfRows, type Terms, termsOf } from '../common/linear-plain.ts';
import { type Any, inForm } from './forms.ts';
import { type IntegerCode, integerOf } from './rules.ts';

/** Rows of signed shifts: each weight as its non-adjacent form, 2^k being X^k at X = 2 and -2^k being X^(n + k). */
interface Program {
  readonly rowStart: Int32Array;
  readonly columns: Int32Array;
  readonly shifts: Int32Array;
}

/** Weighted sums of integers that stand as polynomials in 2: no products and no transforms, only additions. */
export class MonomialPrograms {
  readonly #code: IntegerCode;
  readonly #known = new WeakMap<LinearRows | PlainRows, Program>();

  constructor(code: IntegerCode) {
    this.#code = code;
  }

  /** Makes the program of rows that do not change. @throws 'invalid-argument' */
  prepare(rows: LinearRows | PlainRows): Program {
    const known = this.#known.get(rows);
    if (known !== undefined) return known;
    const made = 'rows' in rows ? this.#ofPlain(rows) : this.#ofIntegers(rows);
    this.#known.set(rows, made);
    return made;
  }

  /** One kernel job on ciphertexts of one level and number of parts, at least one. The scales are those of the rows. */
  run(cts: readonly Any[], rows: LinearRows | PlainRows, scales: readonly number[]): Any[] {
    const { context } = this.#code;
    const { rowStart, columns, shifts } = this.prepare(rows);
    return inForm(cts, 'coefficient', (list) => {
      const { level, parts, shape } = list[0]!;
      const shapes = scales.map((scale) => ({ ...shape, scale }));
      return makeCiphertexts(context, shapes, (made) => {
        const [out, a, basis] = [handles(made), handles(list), context.basis(level)];
        context.kernel.linearMonomial(context.ring, out, a, rowStart, columns, shifts, basis, parts);
      });
    });
  }

  /**
   * `linearPlain` of numbers.
   * @throws 'shape-mismatch', 'invalid-argument', 'non-finite-value', 'level-mismatch', 'parts-mismatch',
   *   'scale-mismatch'
   */
  linearPlain(cts: readonly Any[], rows: PlainRows): Any[] {
    checkPlainRows(cts.length, rows, 1);
    if (cts.length === 0 || rows.rows.length === 0) return [];
    requireAlike('linearPlain', cts);
    return this.run(cts, rows, scalesOfRows(this.#code, cts, termsOf(rows, this.#code.standardScale(0))));
  }

  #ofPlain(rows: PlainRows): Program {
    const terms = termsOf(rows, this.#code.standardScale(0));
    const weights = rows.rows.flat().map(({ weight }, t) => integerOf(weight, terms.scales[t]!, 'linearPlain'));
    return this.#expanded(terms, weights);
  }

  #ofIntegers({ rowStart, columns, values }: LinearRows): Program {
    return this.#expanded({ rowStart, columns }, values);
  }

  #expanded({ rowStart, columns }: Pick<Terms, 'rowStart' | 'columns'>, weights: ArrayLike<number | bigint>): Program {
    const known = new Map<number | bigint, readonly number[]>();
    const shiftsOf = (weight: number | bigint): readonly number[] => {
      const shifts = known.get(weight) ?? signedShifts(weight, this.#code.context.n);
      known.set(weight, shifts);
      return shifts;
    };
    const [sources, all, starts]: [number[], number[], Int32Array] = [[], [], new Int32Array(rowStart.length)];
    for (let r = 0; r + 1 < rowStart.length; r++) {
      for (let k = rowStart[r]!; k < rowStart[r + 1]!; k++)
        for (const shift of shiftsOf(weights[k]!)) {
          sources.push(columns[k]!);
          all.push(shift);
        }
      starts[r + 1] = sources.length;
    }
    return { rowStart: starts, columns: Int32Array.from(sources), shifts: Int32Array.from(all) };
  }
}

function signedShifts(weight: number | bigint, n: number): number[] {
  return nonAdjacentForm(weight).map(({ shift, sign }) => {
    if (shift < n) return sign > 0 ? shift : n + shift;
    throw new HesperError('invalid-argument', 'a weight has more digits than the ring has coefficients', {
      met: `2^${shift}`,
      wanted: `powers below 2^${n}`,
      remedy: 'Use smaller weights',
    });
  });
}
