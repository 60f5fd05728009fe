import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Evaluator } from './evaluator.ts';
import { createRandom } from './random.ts';
import { linearRows } from './rows.ts';
import type { Complex, ComplexVector, Plain, PlainRows } from './verbs.ts';

/** An evaluator of complex slots under test; keys for CONFORMANCE_STEPS and the conjugation. */
export interface ComplexSubject<C> {
  readonly ev: Evaluator<C>;
  /** Vectors of `ev.slots` numbers, components of at most 2, at the highest level and a scale of about 2^20. */
  encrypt(columns: readonly ComplexVector[]): C[];
  decrypt(cts: readonly C[]): ComplexVector[];
  /** Largest absolute error of results of size about 16. */
  readonly tolerance: number;
  readonly release?: (ct: C) => void;
  readonly close?: () => void;
}

/** What complex slots add to the suite of all evaluators; `needsScale`: where i is no unit of the ring's slots. */
export function describeComplexEvaluator<C>(
  name: string,
  make: () => ComplexSubject<C> | Promise<ComplexSubject<C>>,
  { needsScale = false }: { readonly needsScale?: boolean } = {},
): void {
  describe(`complex evaluator ${name}`, () => {
    let subject: ComplexSubject<C>;
    beforeAll(async () => {
      subject = await make();
    });
    afterAll(() => subject?.close?.());

    const columns = (count: number, seed: number): ComplexVector[] => {
      const random = createRandom(seed);
      const numbers = () => Float64Array.from({ length: subject.ev.slots }, () => 4 * random.uniform() - 2);
      return Array.from({ length: count }, () => ({ re: numbers(), im: numbers() }));
    };
    const check = (
      inputs: readonly ComplexVector[],
      verb: (cts: readonly C[]) => C[],
      wanted: readonly ComplexVector[],
    ): void => {
      const cts = subject.encrypt(inputs);
      const out = verb(cts);
      for (const [list, values] of [
        [out, wanted],
        [cts, inputs],
      ] as const) {
        const met = subject.decrypt(list);
        expect(met.length).toBe(values.length);
        met.forEach((column, i) => {
          expect(largestError(column, values[i]!)).toBeLessThanOrEqual(subject.tolerance);
        });
      }
      for (const ct of [...out, ...cts]) subject.release?.(ct);
    };

    it('linear, squareAll and multiplyPairs', () => {
      const [a, b] = columns(2, 1) as [ComplexVector, ComplexVector];
      const rows = linearRows([[2, -1]], 2, 2);
      check([a, b], (cts) => subject.ev.linear(cts, rows), [join(a, b, (x, y) => plus(x, times(y, real(-0.5))))]);
      check([a], (cts) => subject.ev.squareAll(cts, undefined), [join(a, a, times)]);
      check([a, b], (cts) => subject.ev.multiplyPairs(cts, [[1, 0]]), [join(a, b, times)]);
    });

    it('linearPlain and addPlain by constants and vectors of complex numbers', () => {
      const [a, b, w] = columns(3, 2) as [ComplexVector, ComplexVector, ComplexVector];
      const c = { re: 0.75, im: -1.25 };
      const short = { re: w.re.slice(0, 3), im: w.im.slice(0, 3) };
      const rows: PlainRows = {
        inputs: 2,
        scale: 2 ** 16,
        rows: [
          [
            { from: 0, weight: c },
            { from: 1, weight: w },
          ],
          [{ from: 1, weight: short }],
          [{ from: 0, weight: w.re }],
        ],
      };
      const bw = join(b, w, times);
      check([a, b], (cts) => subject.ev.linearPlain(cts, rows), [
        join(a, bw, (x, y) => plus(times(x, c), y)),
        map(bw, (x, k) => (k < 3 ? x : real(0))),
        map(a, (x, k) => times(x, real(w.re[k]!))),
      ]);
      check([a, b, a, b], (cts) => subject.ev.addPlain(cts, [c, w, short, w.im]), [
        map(a, (x) => plus(x, c)),
        join(b, w, plus),
        map(a, (x, k) => (k < 3 ? plus(x, at(w, k)) : x)),
        map(b, (x, k) => plus(x, real(w.im[k]!))),
      ]);
    });

    it(`multiplication by i ${needsScale ? 'is refused without a scale' : 'is exact and needs no scale'}`, () => {
      const [a] = columns(1, 3) as [ComplexVector];
      const rows: PlainRows = { inputs: 1, scale: 1, rows: [[{ from: 0, weight: { re: 0, im: 1 } }]] };
      const wanted = [map(a, ({ re, im }) => ({ re: -im, im: re }))];
      if (!needsScale) return check([a], (cts) => subject.ev.linearPlain(cts, rows), wanted);
      const refused = expect.objectContaining({ code: 'invalid-argument' });
      check(
        [a],
        (cts) => {
          expect(() => subject.ev.linearPlain(cts, rows)).toThrowError(refused);
          return subject.ev.linearPlain(cts, { ...rows, scale: 2 ** 20 });
        },
        wanted,
      );
    });

    it('rotations keep real and imaginary parts together', () => {
      const [a, b] = columns(2, 4) as [ComplexVector, ComplexVector];
      check([a], (cts) => subject.ev.rotateMany(cts, [-3, 0, 5]), [turn(a, -3), a, turn(a, 5)]);
      check([a, b], (cts) => subject.ev.rotateSum(cts, [1, -1]), [join(turn(a, 1), turn(b, -1), plus)]);
    });

    it('conjugateAll, and the real part by it', () => {
      const [a] = columns(1, 5) as [ComplexVector];
      check([a], (cts) => subject.ev.conjugateAll(cts, undefined), [map(a, conjugate)]);
      const half = linearRows([[1, 1]], 2, 2);
      check([a], (cts) => subject.ev.linear([...cts, ...subject.ev.conjugateAll(cts, undefined)], half), [
        map(a, ({ re }) => real(re)),
      ]);
    });

    it('refuses complex numbers that are not finite, and parts of different lengths', () => {
      const cts = subject.encrypt(columns(1, 6));
      const typed = expect.objectContaining({ name: 'HesperError' });
      const bad: Plain[] = [
        { re: 1, im: Number.NaN },
        { re: Float64Array.of(1), im: Float64Array.of(Number.NaN) },
        { re: Float64Array.of(1), im: Float64Array.of(1, 2) },
      ];
      for (const plain of bad) expect(() => subject.ev.addPlain(cts, [plain])).toThrowError(typed);
      for (const ct of cts) subject.release?.(ct);
    });
  });
}

const real = (re: number): Complex => ({ re, im: 0 });
const plus = (a: Complex, b: Complex): Complex => ({ re: a.re + b.re, im: a.im + b.im });
const times = (a: Complex, b: Complex): Complex => ({
  re: a.re * b.re - a.im * b.im,
  im: a.re * b.im + a.im * b.re,
});
const conjugate = ({ re, im }: Complex): Complex => ({ re, im: -im });
const at = ({ re, im }: ComplexVector, k: number): Complex => ({ re: re[k]!, im: im[k]! });

const map = (a: ComplexVector, f: (x: Complex, k: number) => Complex): ComplexVector => {
  const values = Array.from(a.re, (_, k) => f(at(a, k), k));
  return { re: Float64Array.from(values, (x) => x.re), im: Float64Array.from(values, (x) => x.im) };
};

const join = (a: ComplexVector, b: ComplexVector, f: (x: Complex, y: Complex) => Complex): ComplexVector =>
  map(a, (x, k) => f(x, at(b, k)));

const turn = (a: ComplexVector, step: number): ComplexVector =>
  map(a, (_, k) => at(a, (((k + step) % a.re.length) + a.re.length) % a.re.length));

function largestError(met: ComplexVector, wanted: ComplexVector): number {
  let worst = met.re.length === wanted.re.length ? 0 : Number.POSITIVE_INFINITY;
  for (let k = 0; k < wanted.re.length; k++) {
    const error = Math.hypot(met.re[k]! - wanted.re[k]!, met.im[k]! - wanted.im[k]!);
    if (!(error <= worst)) worst = Number.isNaN(error) ? Number.POSITIVE_INFINITY : error;
  }
  return worst;
}
