import { HesperError } from '../errors.ts';
import type { Series } from './approximate/series.ts';

/** T_k or x^k as the product of a and b, a + b = k. */
export interface Power {
  readonly k: number;
  readonly a: number;
  readonly b: number;
}

/** constant + sum of weight * basis[power] + sum of factor * basis[power]. */
export interface Node {
  readonly constant: number;
  readonly terms: readonly { readonly power: number; readonly weight: number }[];
  readonly products: readonly { readonly factor: Node; readonly power: number }[];
}

/** How a polynomial is computed: which powers, and what it costs. Made by `planPolynomial`. */
export interface PolynomialPlan {
  readonly basis: Series['basis'];
  readonly degree: number;
  readonly depth: number;
  /** Basis polynomials to be computed, group by group: those of a group need earlier groups only. */
  readonly powers: readonly (readonly Power[])[];
  readonly root: Node;
  /** Products of two ciphertexts, and relinearisations when sums of products are relinearised once. */
  readonly products: number;
  readonly relinearizations: number;
}

/**
 * How to evaluate a polynomial in ceil(log2(degree + 1)) levels with few products: p = q T_g + r with g the largest
 * power of two up to the degree, q one level earlier, r split on; what is below the baby width is a weighted sum of basis
 * polynomials, unless that would come a level too late. The baby width is the cheapest one.
 *
 * @throws 'invalid-argument' without coefficients, 'non-finite-value'
 */
export function planPolynomial(basis: Series['basis'], coefficients: readonly number[]): PolynomialPlan {
  const trimmed = withoutLeadingZeros(coefficients);
  const plans: PolynomialPlan[] = [];
  for (let width = 2; width < 2 * trimmed.length || plans.length === 0; width *= 2)
    plans.push(planFor(basis, trimmed, width));
  return plans.reduce((best, plan) => (priceOf(plan) < priceOf(best) ? plan : best));
}

/** A relinearisation costs several products. */
const priceOf = (plan: PolynomialPlan): number => 4 * plan.relinearizations + plan.products;

function planFor(basis: Series['basis'], coefficients: readonly number[], width: number): PolynomialPlan {
  const degree = coefficients.length - 1;
  const depth = depthOf(degree);
  const root = split(basis, coefficients, width, depth);
  const powers = powersFor(basis, powersIn(root));
  const nodes = nodesIn(root);
  return {
    basis,
    degree,
    depth,
    powers,
    root,
    products: powers.flat().length + nodes.flatMap((node) => node.products).length,
    relinearizations: powers.flat().length + nodes.filter((node) => node.products.length > 0).length,
  };
}

/** Levels of a polynomial of that degree; of the basis polynomial alone: depthOf(k - 1). */
const depthOf = (degree: number): number => Math.ceil(Math.log2(degree + 1));

/** `budget`: the level, counted from x, at which the value has to be there. */
function split(basis: Series['basis'], coefficients: readonly number[], width: number, budget: number): Node {
  const products: { factor: Node; power: number }[] = [];
  const terms: { power: number; weight: number }[] = [];
  let rest = coefficients;
  for (;;) {
    rest = withoutLeadingZeros(rest);
    const degree = rest.length - 1;
    if (degree < width && depthOf(degree - 1) + 1 <= budget) break;
    const power = 2 ** Math.floor(Math.log2(degree));
    const { quotient, remainder } = divide(basis, rest, power);
    if (quotient.length === 1) terms.push({ power, weight: quotient[0]! });
    else products.push({ factor: split(basis, quotient, width, budget - 1), power });
    rest = remainder;
  }
  const [constant, ...others] = rest;
  others.forEach((weight, i) => {
    if (weight !== 0) terms.push({ power: i + 1, weight });
  });
  return { constant: constant!, terms, products };
}

/** p = quotient * basis[power] + remainder, power <= degree < 2 power. Chebyshev: T_(g+i) = 2 T_g T_i - T_(g-i). */
function divide(
  basis: Series['basis'],
  coefficients: readonly number[],
  power: number,
): { quotient: number[]; remainder: number[] } {
  const [remainder, quotient] = [coefficients.slice(0, power), coefficients.slice(power)];
  if (basis === 'monomial') return { quotient, remainder };
  for (let i = 1; i < quotient.length; i++) remainder[power - i] = remainder[power - i]! - quotient[i]!;
  return { quotient: quotient.map((c, i) => (i === 0 ? c : 2 * c)), remainder };
}

const nodesIn = (node: Node): Node[] => [node, ...node.products.flatMap(({ factor }) => nodesIn(factor))];

function powersIn(root: Node): number[] {
  return nodesIn(root).flatMap(({ terms, products }) => [...terms, ...products].map(({ power }) => power));
}

/** With all that they are made of, grouped by depth. Even powers are squares; odd ones stay odd in their second factor. */
function powersFor(basis: Series['basis'], wanted: readonly number[]): Power[][] {
  const groups: Power[][] = [];
  const seen = new Set([1]);
  const add = (k: number): void => {
    if (seen.has(k)) return;
    seen.add(k);
    const a = k % 2 === 0 ? k / 2 : 2 ** (depthOf(k - 1) - 1);
    const b = k - a;
    for (const part of basis === 'chebyshev' && a !== b ? [a, b, Math.abs(a - b)] : [a, b]) add(part);
    (groups[depthOf(k - 1) - 1] ??= []).push({ k, a, b });
  };
  for (const k of wanted) add(k);
  return groups.filter((group) => group.length > 0);
}

function withoutLeadingZeros(coefficients: readonly number[]): readonly number[] {
  if (coefficients.length === 0) throw refused('invalid-argument', 'a polynomial needs coefficients', 0);
  const bad = coefficients.findIndex((c) => !Number.isFinite(c));
  if (bad >= 0) throw refused('non-finite-value', 'a coefficient is not finite', `index ${bad}`);
  let length = coefficients.length;
  while (length > 1 && coefficients[length - 1] === 0) length--;
  return coefficients.slice(0, length);
}

const refused = (code: 'invalid-argument' | 'non-finite-value', summary: string, met: unknown): HesperError =>
  new HesperError(code, summary, { met, wanted: 'finite coefficients', remedy: 'Check what made the polynomial' });
