import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createClearEvaluator } from '../evaluator/clear.ts';
import { chebyshevFit } from './approximate/chebyshev.ts';
import { largestError, type Series, seriesValue } from './approximate/series.ts';
import { managedPairs } from './managed-pairs.conformance.ts';
import { evaluatePolynomial, polynomialDepth } from './polynomial.ts';
import { planPolynomial } from './polynomial-plan.ts';

const slots = 16;
const coefficients = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 1, maxLength: 70 });
const series = fc.record({
  basis: fc.constantFrom('chebyshev', 'monomial'),
  coefficients,
}) as fc.Arbitrary<Series>;
const points = Float64Array.from({ length: slots }, (_, j) => Math.cos((j * Math.PI) / (slots - 1)));

describe('polynomials in the clear', () => {
  it('are the naive sums, in both bases, on lists', () => {
    const ev = createClearEvaluator(slots);
    fc.assert(
      fc.property(series, (p) => {
        const out = evaluatePolynomial(ev, p, [points, points.map((x) => -x / 2)]);
        for (let j = 0; j < slots; j++) {
          expect(out[0]![j]).toBeCloseTo(seriesValue(p, points[j]!), 9);
          expect(out[1]![j]).toBeCloseTo(seriesValue(p, -points[j]! / 2), 9);
        }
      }),
    );
  });

  it('map their interval to [-1, 1]', () => {
    const fit = chebyshevFit(Math.exp, 12, [-3, 5]);
    expect(largestError(fit, Math.exp, [-3, 5])).toBeLessThan(1e-4);
    const [out] = evaluatePolynomial(createClearEvaluator(1), fit, [Float64Array.of(1.75)]);
    expect(out![0]).toBeCloseTo(Math.exp(1.75), 4);
  });
});

describe('plans of polynomials', () => {
  it('take ceil(log2(degree + 1)) levels and no needless powers', () => {
    fc.assert(
      fc.property(series, (p) => {
        const plan = planPolynomial(p.basis, p.coefficients);
        expect(plan.depth).toBe(Math.ceil(Math.log2(plan.degree + 1)));
      }),
    );
    const odd = planPolynomial(
      'chebyshev',
      Array.from({ length: 32 }, (_, k) => k % 2),
    );
    const evenPowers = odd.powers.flat().filter(({ k }) => k % 2 === 0 && !Number.isInteger(Math.log2(k)));
    expect(evenPowers).toEqual([]);
    const full = planPolynomial(
      'chebyshev',
      Array.from({ length: 32 }, (_, k) => Math.sin(k + 1)),
    );
    expect(odd.relinearizations).toBeLessThanOrEqual(full.relinearizations);
    expect(full).toMatchObject({ depth: 5, products: 13, relinearizations: 10 });
  });

  it('refuse what is no polynomial', () => {
    const code = (wanted: string) => expect.objectContaining({ code: wanted });
    expect(() => planPolynomial('monomial', [])).toThrowError(code('invalid-argument'));
    expect(() => planPolynomial('monomial', [1, Number.NaN])).toThrowError(code('non-finite-value'));
    const empty = { basis: 'chebyshev', coefficients: [1, 2], interval: [1, 1] } as const;
    expect(() => evaluatePolynomial(createClearEvaluator(slots), empty, [points])).toThrowError(
      code('invalid-argument'),
    );
  });
});

describe('managed polynomials', () => {
  it('take exactly the levels of their degree, whatever it is', () => {
    for (let degree = 1; degree <= 40; degree++) {
      for (const basis of ['chebyshev', 'monomial'] as const) {
        const { ev, fresh, level, tracer } = managedPairs({ slots, levels: 7 });
        const p: Series = { basis, coefficients: Array.from({ length: degree + 1 }, (_, k) => Math.sin(k + degree)) };
        const [out] = ev.settle(evaluatePolynomial(ev, p, [fresh(points)]));
        expect({ degree, used: level - out!.level, parts: out!.parts }).toEqual({
          degree,
          used: polynomialDepth(degree),
          parts: 2,
        });
        for (let j = 0; j < slots; j++) expect(out!.values[j]).toBeCloseTo(seriesValue(p, points[j]!), 6);
        const plan = planPolynomial(basis, p.coefficients);
        expect([degree, tracer.count.relinearizations <= plan.relinearizations]).toEqual([degree, true]);
      }
    }
  });

  it('a wide interval takes one level more', () => {
    const { ev, fresh, level } = managedPairs({ slots, levels: 7 });
    const fit = chebyshevFit((x) => 1 / (1 + Math.exp(-x)), 15, [-8, 8]);
    const xs = points.map((x) => 8 * x);
    const [out] = ev.settle(evaluatePolynomial(ev, fit, [fresh(xs)]));
    expect(level - out!.level).toBe(5);
    for (let j = 0; j < slots; j++) expect(out!.values[j]).toBeCloseTo(seriesValue(fit, xs[j]!), 6);
  });
});
