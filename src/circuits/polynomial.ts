import type { Evaluator } from '../evaluator/evaluator.ts';
import type { PlainTerm } from '../evaluator/verbs.ts';
import { type Series, toUnit } from './approximate/series.ts';
import { affine } from './combine.ts';
import { type Node, type PolynomialPlan, type Power, planPolynomial } from './polynomial-plan.ts';

/** Levels that `evaluatePolynomial` takes for a degree, on [-1, 1] or in the monomial basis. */
export const polynomialDepth = (degree: number): number => Math.ceil(Math.log2(degree + 1));

/**
 * p(x) for every slot of every ciphertext. Paterson-Stockmeyer with baby steps and giant steps that are powers of two;
 * the split follows the levels, so that the depth is the least there is. Even and odd polynomials compute even or odd
 * basis polynomials only. Chebyshev: eprint 2018/1043, 2020/1203; lazily relinearised sums: eprint 2020/1203.
 *
 * Levels: ceil(log2(degree + 1)), the degree counted without leading zeros, and one more for a Chebyshev series on an
 * interval other than [-1, 1]. On encrypted values by a managed evaluator. Keys: relinearisation. Cost: `planPolynomial`
 * counts products and relinearisations, about 2 sqrt(degree) + log2(degree) of them.
 *
 * Precision: about the scale's bits less 19; 26 bits in the worst slot at degree 31, n = 16384, scale 2^45.
 * x outside the interval gives no error, but numbers that grow like the leading power.
 */
export function evaluatePolynomial<C>(ev: Evaluator<C>, series: Series, xs: readonly C[]): C[] {
  const plan = planPolynomial(series.basis, series.coefficients);
  const [a, b] = series.interval ?? [-1, 1];
  const { slope, shift } = toUnit([a, b]);
  const unit = series.basis === 'monomial' || (slope === 1 && shift === 0);
  const basis = powersOf(ev, plan, unit ? xs : affine(ev, xs, slope, shift));
  return nodeValue(ev, plan.root, basis);
}

/** T_k or x^k of each ciphertext. */
type Basis<C> = ReadonlyMap<number, readonly C[]>;

function powersOf<C>(ev: Evaluator<C>, plan: PolynomialPlan, xs: readonly C[]): Basis<C> {
  const basis = new Map<number, readonly C[]>([[1, xs]]);
  for (const group of plan.powers) {
    const squares = group.filter(({ a, b }) => a === b);
    const products = group.filter(({ a, b }) => a !== b);
    const raised = [
      ...ev.squareAll(
        squares.flatMap(({ a }) => basis.get(a)!),
        undefined,
      ),
      ...productsOf(
        ev,
        products.map(({ a, b }) => [basis.get(a)!, basis.get(b)!]),
      ),
    ];
    const made = plan.basis === 'chebyshev' ? doubled(ev, [...squares, ...products], raised, basis) : raised;
    [...squares, ...products].forEach(({ k }, i) => {
      basis.set(k, made.slice(i * xs.length, (i + 1) * xs.length));
    });
  }
  return basis;
}

/** T_(a + b) = 2 T_a T_b - T_|a - b|; T_0 = 1. */
function doubled<C>(ev: Evaluator<C>, powers: readonly Power[], raised: readonly C[], basis: Basis<C>): C[] {
  const width = basis.get(1)!.length;
  const inputs = [...raised];
  const rows = raised.map((_, i): PlainTerm[] => {
    const { a, b } = powers[Math.floor(i / width)]!;
    const rest = a === b ? undefined : basis.get(Math.abs(a - b))![i % width]!;
    const terms = [{ from: i, weight: 2 }];
    return rest === undefined ? terms : [...terms, { from: inputs.push(rest) - 1, weight: -1 }];
  });
  const sums = ev.linearPlain(inputs, { inputs: inputs.length, rows });
  return ev.addPlain(
    sums,
    sums.map((_, i) => (powers[Math.floor(i / width)]!.a === powers[Math.floor(i / width)]!.b ? -1 : 0)),
  );
}

/** Sum of the node's products, its terms and its constant: one weighted sum, products relinearised behind it. */
function nodeValue<C>(ev: Evaluator<C>, { products, terms, constant }: Node, basis: Basis<C>): C[] {
  const width = basis.get(1)!.length;
  const factors = products.map(({ factor, power }) => [nodeValue(ev, factor, basis), basis.get(power)!] as const);
  const inputs = [productsOf(ev, factors), ...terms.map(({ power }) => basis.get(power)!)].flat();
  const weights = [...products.map(() => 1), ...terms.map(({ weight }) => weight)];
  const row = (i: number): PlainTerm[] => weights.map((weight, t) => ({ from: t * width + i, weight }));
  if (inputs.length === 0) return affine(ev, basis.get(1)!, 0, constant);
  const rows = Array.from({ length: width }, (_, i) => row(i));
  const sums = ev.linearPlain(inputs, { inputs: inputs.length, rows });
  return ev.addPlain(
    sums,
    sums.map(() => constant),
  );
}

/** Products of lists, element by element, all in one job. */
function productsOf<C>(ev: Evaluator<C>, factors: readonly (readonly [readonly C[], readonly C[]])[]): C[] {
  if (factors.length === 0) return [];
  const left = factors.flatMap(([a]) => a);
  const right = factors.flatMap(([, b]) => b);
  return ev.multiplyPairs(
    [...left, ...right],
    left.map((_, i) => [i, left.length + i]),
  );
}
