import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Evaluator } from './evaluator.ts';
import { createRandom } from './random.ts';
import { record } from './record.ts';
import { replay } from './replay.ts';
import { linearRows } from './rows.ts';
import type { Plain, PlainRows, Verb } from './verbs.ts';

/** Rotations that the suites take: a subject needs their Galois keys (beside the conjugation) or declares the gap. */
export const CONFORMANCE_STEPS = [1, -1, -3, 5] as const;

/** One evaluator under test, with a way in and a way out. */
export interface Subject<C> {
  readonly ev: Evaluator<C>;
  /** Vectors of `ev.slots` numbers, |x| <= 2, to ciphertexts at the highest level and a scale of about 2^20. */
  encrypt(columns: readonly Float64Array[]): C[];
  decrypt(cts: readonly C[]): Float64Array[];
  /** Largest absolute error of results of size about 16. */
  readonly tolerance: number;
  /** Primes that the suite may drop, at most; 0 leaves rescaling out. */
  readonly levels: number;
  readonly release?: (ct: C) => void;
  readonly close?: () => void;
}

export interface Gaps {
  /** Verbs that this evaluator cannot do, each with the reason. */
  readonly gaps?: Partial<Record<Verb, string>>;
}

/**
 * The suite of every interpreter that computes values. Each verb against the definition on numbers, inputs left
 * untouched, wrong arguments refused, and a recorded program equal to direct calls.
 */
export function describeEvaluator<C>(
  name: string,
  make: () => Subject<C> | Promise<Subject<C>>,
  { gaps = {} }: Gaps = {},
): void {
  describe(`evaluator ${name}`, () => {
    let subject: Subject<C>;
    beforeAll(async () => {
      subject = await make();
    });
    afterAll(() => subject?.close?.());

    const columns = (count: number, seed: number): Float64Array[] => {
      const random = createRandom(seed);
      return Array.from({ length: count }, () =>
        Float64Array.from({ length: subject.ev.slots }, () => 4 * random.uniform() - 2),
      );
    };
    const expectClose = (cts: readonly C[], wanted: readonly Float64Array[]): void => {
      const met = subject.decrypt(cts);
      expect(met.length).toBe(wanted.length);
      met.forEach((column, i) => {
        expect(largestError(column, wanted[i]!)).toBeLessThanOrEqual(subject.tolerance);
      });
    };
    /** Runs one verb on fresh ciphertexts, checks the result and that the inputs kept their values. */
    const check = (
      inputs: readonly Float64Array[],
      verb: (cts: readonly C[]) => C[],
      wanted: readonly Float64Array[],
    ): void => {
      const cts = subject.encrypt(inputs);
      const out = verb(cts);
      expectClose(out, wanted);
      expectClose(cts, inputs);
      for (const ct of [...out, ...cts]) subject.release?.(ct);
    };
    /** A gap is tested as well: the verb must be refused with a typed error. */
    const unlessGap = (verb: keyof typeof gapArguments) => (title: string, test: () => void) => {
      const reason = gaps[verb];
      if (reason === undefined) return it(title, test);
      return it(`${verb} is refused: ${reason}`, () => {
        const fresh = subject.encrypt(columns(1, 11));
        const cts = verb === 'relinearizeAll' ? subject.ev.squareAll(fresh, undefined) : fresh;
        const refusal = expect.objectContaining({ name: 'HesperError' });
        const refused = subject.ev[verb] as (cts: readonly C[], argument: unknown) => C[];
        expect(() => refused(cts, gapArguments[verb])).toThrowError(refusal);
        for (const ct of new Set([...fresh, ...cts])) subject.release?.(ct);
      });
    };

    it('gives back what was encrypted', () => {
      const x = columns(3, 1);
      check(x, (cts) => subject.ev.dropLevelAll(cts, 0), x);
    });

    it('linear: weighted sums with weights over a power of two, zero rows included', () => {
      const [a, b, c] = columns(3, 2) as [Float64Array, Float64Array, Float64Array];
      const rows = linearRows(
        [
          [4, -2, 0],
          [0, 0, 0],
          [1, 1, 7],
        ],
        3,
        4,
      ); // prettier-ignore
      check([a, b, c], (cts) => subject.ev.linear(cts, rows), [
        a.map((v, i) => v - b[i]! / 2),
        new Float64Array(a.length),
        a.map((v, i) => (v + b[i]! + 7 * c[i]!) / 4),
      ]);
    });

    it('addPlain: one constant per ciphertext', () => {
      const [a, b] = columns(2, 3) as [Float64Array, Float64Array];
      check([a, b], (cts) => subject.ev.addPlain(cts, [1.25, -3]), [a.map((v) => v + 1.25), b.map((v) => v - 3)]);
    });

    it('squareAll and multiplyPairs: slot-wise products', () => {
      const [a, b] = columns(2, 4) as [Float64Array, Float64Array];
      check([a, b], (cts) => subject.ev.squareAll(cts, undefined), [a.map((v) => v * v), b.map((v) => v * v)]);
      check(
        [a, b],
        (cts) =>
          subject.ev.multiplyPairs(cts, [
            [0, 1],
            [1, 1],
          ]),
        [a.map((v, i) => v * b[i]!), b.map((v) => v * v)],
      ); // prettier-ignore
    });

    unlessGap('relinearizeAll')('relinearizeAll keeps the message and allows another product', () => {
      const [a] = columns(1, 5) as [Float64Array];
      const half = linearRows([[1]], 1, 2);
      const circuit = (cts: readonly C[]): C[] => {
        const low = subject.ev.relinearizeAll(subject.ev.squareAll(subject.ev.linear(cts, half), undefined), undefined);
        return subject.ev.relinearizeAll(subject.ev.squareAll(low, undefined), undefined);
      };
      check([a], circuit, [a.map((v) => (v / 2) ** 4)]);
    });

    unlessGap('rescaleAll')('rescaleAll keeps the message, here at 2^48 times the scale', () => {
      const x = columns(2, 6);
      const up = linearRows(
        [
          [2 ** 24, 0],
          [0, 2 ** 24],
        ],
        2,
        2 ** 24,
      );
      const circuit = (cts: readonly C[]): C[] =>
        subject.ev.rescaleAll(subject.ev.linear(subject.ev.linear(cts, up), up), undefined);
      if (subject.levels > 0) check(x, circuit, x);
      else expect(subject.levels).toBe(0);
    });

    it('linearPlain: numbers and vectors as weights, sparse rows, short vectors filled up with zeros', () => {
      const [a, b, c] = columns(3, 12) as [Float64Array, Float64Array, Float64Array];
      const w = columns(1, 13)[0]!;
      const short = w.slice(0, 5);
      const rows: PlainRows = {
        inputs: 3,
        rows: [
          [
            { from: 0, weight: 0.3 },
            { from: 2, weight: w },
          ],
          [{ from: 1, weight: short }],
          [
            { from: 1, weight: -1.5 },
            { from: 1, weight: w },
            { from: 0, weight: { re: 0.25, im: 0 } },
          ],
        ],
      };
      const wanted = [
        a.map((v, j) => 0.3 * v + w[j]! * c[j]!),
        b.map((v, j) => (short[j] ?? 0) * v),
        b.map((v, j) => (w[j]! - 1.5) * v + a[j]! / 4),
      ];
      check([a, b, c], (cts) => subject.ev.linearPlain(cts, rows), wanted);
      if (subject.levels === 0) return;
      check([a, b, c], (cts) => subject.ev.rescaleAll(subject.ev.linearPlain(cts, rows), undefined), wanted);
    });

    it('linearPlain: scales of the rows and of single terms', () => {
      const [a, b] = columns(2, 14) as [Float64Array, Float64Array];
      const w = columns(1, 15)[0]!;
      const rows: PlainRows = {
        inputs: 2,
        scale: 2 ** 16,
        rows: [
          [
            { from: 0, weight: 0.5 },
            { from: 1, weight: w },
          ],
          [
            { from: 0, weight: w, scale: 2 ** 20 },
            { from: 0, weight: 3, scale: 2 ** 20 },
          ],
        ],
      };
      check([a, b], (cts) => subject.ev.linearPlain(cts, rows), [
        a.map((v, j) => v / 2 + w[j]! * b[j]!),
        a.map((v, j) => (w[j]! + 3) * v),
      ]);
    });

    it('linearPlain on products of three parts', () => {
      const [a] = columns(1, 16) as [Float64Array];
      const w = columns(1, 17)[0]!;
      const rows: PlainRows = { inputs: 1, scale: 2 ** 16, rows: [[{ from: 0, weight: w }]] };
      check([a], (cts) => subject.ev.linearPlain(subject.ev.squareAll(cts, undefined), rows), [
        a.map((v, j) => v * v * w[j]!),
      ]);
    });

    it('addPlain: vectors, one of them short', () => {
      const [a, b, c] = columns(3, 18) as [Float64Array, Float64Array, Float64Array];
      const w = columns(1, 19)[0]!;
      const short = w.slice(0, 3);
      check([a, b, c], (cts) => subject.ev.addPlain(cts, [w, short, { re: -2, im: 0 }]), [
        a.map((v, j) => v + w[j]!),
        b.map((v, j) => v + (short[j] ?? 0)),
        c.map((v) => v - 2),
      ]);
    });

    unlessGap('rotateMany')('rotateMany: every ciphertext by every step, steps of any sign and size', () => {
      const x = columns(2, 20);
      const { slots } = subject.ev;
      const steps = [1, -3, 0, 5 + slots, -1 - 2 * slots, slots];
      check(
        x,
        (cts) => subject.ev.rotateMany(cts, steps),
        x.flatMap((a) => steps.map((step) => turn(a, step))),
      );
    });

    unlessGap('rotateSum')('rotateSum: each by its own step, some not at all, a step twice', () => {
      const x = columns(4, 21).map((column) => column.map((v) => v / 2));
      const steps = [5, 0, -3, 5];
      const wanted = x.map((a, i) => turn(a, steps[i]!)).reduce(plus);
      check(x, (cts) => subject.ev.rotateSum(cts, steps), [wanted]);
      check(x.slice(0, 1), (cts) => subject.ev.rotateSum(cts, [1]), [turn(x[0]!, 1)]);
      check(x.slice(0, 2), (cts) => subject.ev.rotateSum(cts, [0, 0]), [plus(x[0]!, x[1]!)]);
    });

    unlessGap('conjugateAll')('conjugateAll leaves real slots as they are', () => {
      const x = columns(2, 22);
      check(x, (cts) => subject.ev.conjugateAll(cts, undefined), x);
    });

    unlessGap('rotateMany')('diagonals of a matrix: rotateMany, linearPlain, rotateSum', () => {
      const [a] = columns(1, 23) as [Float64Array];
      const [v, w] = columns(2, 24) as [Float64Array, Float64Array];
      const rows: PlainRows = {
        inputs: 2,
        scale: 2 ** 16,
        rows: [
          [
            { from: 0, weight: v },
            { from: 1, weight: 0.5 },
          ],
          [{ from: 1, weight: w }],
        ],
      };
      const circuit = (cts: readonly C[]): C[] =>
        subject.ev.rotateSum(subject.ev.linearPlain(subject.ev.rotateMany(cts, [0, 1]), rows), [0, 5]);
      const one = turn(a, 1);
      const wanted = plus(
        a.map((x, j) => v[j]! * x + one[j]! / 2),
        turn(
          one.map((x, j) => w[j]! * x),
          5,
        ),
      );
      check([a], circuit, [wanted]);
    });

    it('does nothing for empty lists', () => {
      const { ev } = subject;
      expect(ev.rotateMany([], [1])).toEqual([]);
      expect(ev.addPlain([], [])).toEqual([]);
      expect(ev.multiplyPairs([], [])).toEqual([]);
      expect(ev.linearPlain([], { inputs: 0, rows: [] })).toEqual([]);
      for (const verb of ['squareAll', 'conjugateAll', 'relinearizeAll', 'rescaleAll'] as const)
        expect(ev[verb]([], undefined)).toEqual([]);
      const cts = subject.encrypt(columns(1, 25));
      expect(ev.rotateMany(cts, [])).toEqual([]);
      expect(ev.linearPlain(cts, { inputs: 1, rows: [] })).toEqual([]);
      for (const ct of cts) subject.release?.(ct);
    });

    it('pointwise equals its steps', () => {
      const [a, b] = columns(2, 7) as [Float64Array, Float64Array];
      const rows = linearRows([[1, 1]], 2, 2);
      const steps = [
        { verb: 'squareAll', argument: undefined },
        { verb: 'linear', argument: rows },
        { verb: 'addPlain', argument: [0.5] },
      ] as const;
      check([a, b], (cts) => subject.ev.pointwise(cts, steps), [a.map((v, i) => (v * v + b[i]! ** 2) / 2 + 0.5)]);
    });

    it('a recorded program replays to the same values, each intermediate released once', () => {
      const x = columns(3, 8);
      const rows = linearRows(
        [
          [1, 1, 0],
          [0, 1, -1],
        ],
        3,
      ); // prettier-ignore
      const program = record(subject.ev.slots, 3, (ev, cts) =>
        ev.addPlain(ev.linear(ev.squareAll(cts, undefined), rows), [1, 2]),
      );
      const released = new Set<C>();
      const cts = subject.encrypt(x);
      const results = replay(subject.ev, program, cts, {
        release: (ct) => {
          expect(released.has(ct)).toBe(false);
          released.add(ct);
          subject.release?.(ct);
        },
      });
      const square = (i: number, j: number): number => x[i]![j]! ** 2;
      expectClose(results, [
        x[0]!.map((_, j) => square(0, j) + square(1, j) + 1),
        x[0]!.map((_, j) => square(1, j) - square(2, j) + 2),
      ]);
      expect(released.size).toBe(5);
      for (const ct of [...results, ...cts]) subject.release?.(ct);
    });

    it('refuses arguments that do not fit', () => {
      const cts = subject.encrypt(columns(2, 9));
      const typed = expect.objectContaining({ name: 'HesperError' });
      expect(() => subject.ev.linear(cts, linearRows([[1, 1, 1]], 3))).toThrowError(typed);
      expect(() => subject.ev.addPlain(cts, [1])).toThrowError(typed);
      expect(() => subject.ev.addPlain(cts, [1, Number.NaN])).toThrowError(typed);
      expect(() => subject.ev.multiplyPairs(cts, [[0, 2]])).toThrowError(typed);
      const long = new Float64Array(subject.ev.slots + 1);
      expect(() => subject.ev.addPlain(cts, [1, long])).toThrowError(typed);
      expect(() => subject.ev.addPlain(cts, [1, Float64Array.of(0, Number.POSITIVE_INFINITY)])).toThrowError(typed);
      const weight = (from: number, by: Plain): PlainRows => ({ inputs: 2, rows: [[{ from, weight: by }]] });
      expect(() => subject.ev.linearPlain(cts, { inputs: 3, rows: [] })).toThrowError(typed);
      expect(() => subject.ev.linearPlain(cts, { inputs: 2, rows: [[]] })).toThrowError(typed);
      for (const [from, by] of [
        [2, 1],
        [-1, 1],
        [0.5, 1],
        [0, long],
        [0, Number.NaN],
        [1, Float64Array.of(1, Number.NaN)],
      ] as const)
        expect(() => subject.ev.linearPlain(cts, weight(from, by))).toThrowError(typed);
      expect(() => subject.ev.linearPlain(cts, { ...weight(0, 1), scale: 0 })).toThrowError(typed);
      expect(() => subject.ev.rotateMany(cts, [0.5])).toThrowError(typed);
      expect(() => subject.ev.rotateMany(cts, [Number.NaN])).toThrowError(typed);
      expect(() => subject.ev.rotateSum(cts, [1])).toThrowError(typed);
      expect(() => subject.ev.rotateSum([], [])).toThrowError(typed);
      for (const ct of cts) subject.release?.(ct);
    });
  });
}

/** What a verb that is missing is called with. */
const gapArguments = {
  relinearizeAll: undefined,
  rescaleAll: undefined,
  conjugateAll: undefined,
  rotateMany: [1],
  rotateSum: [1],
} as const;

/** Slot k of the result is slot k + step. */
const turn = (a: Float64Array, step: number): Float64Array =>
  a.map((_, k) => a[(((k + step) % a.length) + a.length) % a.length]!);

const plus = (a: Float64Array, b: Float64Array): Float64Array => a.map((v, j) => v + b[j]!);

function largestError(met: Float64Array, wanted: Float64Array): number {
  let worst = met.length === wanted.length ? 0 : Number.POSITIVE_INFINITY;
  for (let j = 0; j < met.length; j++) {
    const error = Math.abs(met[j]! - wanted[j]!);
    if (!(error <= worst)) worst = Number.isNaN(error) ? Number.POSITIVE_INFINITY : error;
  }
  return worst;
}
