import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bigintsOf, createIntegerEvaluator, type Integers } from './clear-integer.ts';
import type { Evaluator } from './evaluator.ts';
import { createRandom } from './random.ts';
import { linearRows } from './rows.ts';
import { outputs, type PlainRows, type Verb } from './verbs.ts';

/** Rotations that the suite takes: a subject with slots needs their Galois keys, and the one that swaps rows. */
export const INTEGER_STEPS = [1, -1, -3, 5] as const;

/** One evaluator of integers under test, with a way in and a way out. */
export interface IntegerSubject<C> {
  readonly ev: Evaluator<C>;
  /** Columns of `ev.slots` integers to values at the highest level. */
  encrypt(columns: readonly (readonly bigint[])[], scale: number): C[];
  decrypt(cts: readonly C[]): (readonly bigint[])[];
  scaleOf(ct: C): number;
  /** Integers are known modulo this odd number, in (-T/2, T/2). */
  readonly modulus: bigint;
  /** Levels that the suite may drop. */
  readonly levels: number;
  readonly release?: (ct: C) => void;
  readonly close?: () => void;
}

type Circuit = <C>(ev: Evaluator<C>, cts: readonly C[]) => C[];

/**
 * The suite of every interpreter of integers: each verb, and circuits of several, against the integer model in the
 * clear, equal in every slot; scales, and inputs left untouched. Without slots there are no vectors and no rotations.
 */
export function describeIntegerEvaluator<C>(
  name: string,
  make: () => IntegerSubject<C> | Promise<IntegerSubject<C>>,
  { hasSlots }: { readonly hasSlots: boolean },
): void {
  describe(`integers: ${name}`, () => {
    let subject: IntegerSubject<C>;
    beforeAll(async () => {
      subject = await make();
    });
    afterAll(() => subject?.close?.());

    const columns = (count: number, seed: number, bits = 9): bigint[][] => {
      const random = createRandom(seed);
      const integer = (): bigint => BigInt(Math.floor((2 * random.uniform() - 1) * 2 ** bits));
      return Array.from({ length: count }, () => Array.from({ length: subject.ev.slots }, integer));
    };
    const numbers = (seed: number, length = subject.ev.slots): Float64Array =>
      Float64Array.from(columns(1, seed)[0]!.slice(0, length), Number);
    const reduced = (x: bigint): bigint => {
      const t = subject.modulus;
      const r = ((x % t) + t) % t;
      return 2n * r > t ? r - t : r;
    };
    /** Runs a circuit on fresh values at a scale of 4, here and in the clear. */
    const check = (inputs: readonly (readonly bigint[])[], circuit: Circuit): void => {
      const clear = createIntegerEvaluator(subject.ev.slots);
      const wanted = circuit<Integers>(
        clear,
        inputs.map((column) => clear.fresh(column, 4)),
      );
      const cts = subject.encrypt(inputs, 4);
      const made: C[] = [...cts];
      const out = circuit(noting(subject.ev, made), cts);
      expect(subject.decrypt(out)).toEqual(wanted.map((each) => bigintsOf(each).map(reduced)));
      expect(out.map((ct) => subject.scaleOf(ct))).toEqual(wanted.map(({ scale }) => scale));
      expect(subject.decrypt(cts)).toEqual(inputs);
      for (const ct of made) subject.release?.(ct);
    };
    const withSlots = (title: string, test: () => void): void => {
      if (hasSlots) it(title, test);
    };

    it('gives back what was encrypted, at every level', () => {
      for (let level = subject.levels; level >= 0; level--)
        check(columns(3, 1), (ev, cts) => ev.dropLevelAll(cts, level));
    });

    it('linear: weights of either sign, powers of two, empty rows; the scale grows', () => {
      const rows = linearRows(
        [
          [4, -2, 0],
          [0, 0, 0],
          [1, -37, 255],
          [-1, 0, 0],
        ],
        3,
        4,
      );
      check(columns(3, 2), (ev, cts) => ev.linear(cts, rows));
    });

    it('linear: sums and differences of two', () => {
      const rows = linearRows(
        [
          [1, 1, 0],
          [1, 0, -1],
          [0, -1, 1],
        ],
        3,
      );
      check(columns(3, 3), (ev, cts) => ev.linear(cts, rows));
    });

    it('addPlain: numbers that are integers at the scale', () => {
      check(columns(5, 4), (ev, cts) => ev.addPlain(cts, [1.25, -3, 0, 0.25, { re: -100.5, im: 0 }]));
    });

    it('squareAll and multiplyPairs, never relinearised: up to five parts', () => {
      const pairs = [
        [0, 1],
        [1, 1],
      ] as const;
      check(columns(2, 5), (ev, cts) => ev.squareAll(cts, undefined));
      check(columns(2, 6), (ev, cts) => ev.multiplyPairs(cts, pairs));
      check(columns(1, 7, 5), (ev, cts) => ev.multiplyPairs([...ev.squareAll(cts, undefined), ...cts], [[0, 1]]));
      check(columns(1, 8, 4), (ev, cts) => ev.squareAll(ev.squareAll(cts, undefined), undefined));
    });

    it('sums, constants and lower levels of products of three parts', () => {
      const rows = linearRows([[3, -5]], 2);
      check(columns(2, 9), (ev, cts) =>
        ev.dropLevelAll(ev.addPlain(ev.linear(ev.squareAll(cts, undefined), rows), [2.5]), 0),
      );
    });

    it('relinearizeAll keeps the message and allows another product', () => {
      check(columns(2, 10, 5), (ev, cts) => {
        const low = ev.relinearizeAll(ev.multiplyPairs(cts, [[0, 1]]), undefined);
        return ev.relinearizeAll(ev.squareAll(low, undefined), undefined);
      });
    });

    it('rescaleAll keeps message and scale', () => {
      check(columns(2, 11), (ev, cts) =>
        ev.linear(ev.rescaleAll(ev.squareAll(cts, undefined), undefined), linearRows([[1, 2]], 2)),
      );
    });

    it('pointwise equals its steps', () => {
      const rows = linearRows(
        [
          [1, -3],
          [8, 0],
        ],
        2,
        2,
      );
      const steps = [
        { verb: 'linear', argument: rows },
        { verb: 'addPlain', argument: [0.5, -0.25] },
        { verb: 'squareAll', argument: undefined },
        { verb: 'addPlain', argument: [1, 2] },
      ] as const;
      check(columns(2, 12, 6), (ev, cts) => ev.pointwise(cts, steps));
      check(columns(2, 12, 6), (ev, cts) => ev.pointwise(cts, steps.slice(1, 2)));
    });

    it('linearPlain: numbers, at scales of their own', () => {
      const rows: PlainRows = {
        inputs: 3,
        rows: [
          [
            { from: 0, weight: 3 },
            { from: 2, weight: -7 },
          ],
          [{ from: 1, weight: 0.5, scale: 4 }],
          [
            { from: 1, weight: 2 ** 30 },
            { from: 1, weight: { re: -1, im: 0 } },
          ],
        ],
      };
      check(columns(3, 13), (ev, cts) => ev.linearPlain(cts, rows));
      check(columns(3, 14), (ev, cts) => ev.linearPlain(ev.squareAll(cts, undefined), { ...rows, scale: 2 }));
    });

    withSlots('linearPlain: vectors as weights, short ones filled up with zeros', () => {
      const [w, short] = [numbers(15), numbers(16, 5)];
      const rows: PlainRows = {
        inputs: 3,
        rows: [
          [
            { from: 0, weight: 3 },
            { from: 2, weight: w },
          ],
          [{ from: 1, weight: short }],
          [{ from: 1, weight: w.map((v) => v / 8), scale: 8 }],
        ],
      };
      check(columns(3, 17), (ev, cts) => ev.linearPlain(cts, rows));
      check(columns(3, 18), (ev, cts) => ev.rescaleAll(ev.linearPlain(ev.squareAll(cts, undefined), rows), undefined));
    });

    withSlots('addPlain: vectors, one of them short, beside numbers', () => {
      const [w, short] = [numbers(19).map((v) => v / 4), numbers(20, 3)];
      check(columns(3, 21), (ev, cts) => ev.addPlain(cts, [w, short, 2]));
      check(columns(1, 22), (ev, cts) => ev.addPlain(ev.rotateMany(cts, [1]), [w]));
    });

    withSlots('rotateMany turns both rows, conjugateAll swaps them', () => {
      const { slots } = subject.ev;
      const steps = [1, -3, 0, 5 + slots / 2, -1 - slots, slots];
      check(columns(2, 23), (ev, cts) => ev.rotateMany(cts, steps));
      check(columns(2, 24), (ev, cts) => ev.conjugateAll(cts, undefined));
      check(columns(1, 25), (ev, cts) => ev.conjugateAll(ev.rotateMany(cts, [5]), undefined));
    });

    withSlots('rotateSum: each by its own step, some not at all, a step twice', () => {
      check(columns(4, 26), (ev, cts) => ev.rotateSum(cts, [5, 0, -3, 5]));
      check(columns(2, 27), (ev, cts) => ev.rotateSum(cts, [0, 0]));
    });

    withSlots('what was rotated meets what was not: sums, products, lower levels', () => {
      const rows = linearRows([[1, 2, -3]], 3);
      check(columns(1, 28), (ev, cts) => {
        const [left, right] = ev.rotateMany(cts, [1, -1]);
        return ev.squareAll(ev.addPlain(ev.linear([left!, cts[0]!, right!], rows), [3]), undefined);
      });
      check(columns(2, 29), (ev, cts) => {
        const products = ev.multiplyPairs([...ev.rotateMany(cts, [5]), ...cts], [[0, 3]]);
        return ev.rescaleAll(ev.relinearizeAll(products, undefined), undefined);
      });
      check(columns(1, 30), (ev, cts) => ev.dropLevelAll(ev.addPlain(ev.rotateMany(cts, [1]), [-1.5]), 0));
    });

    it('does nothing for empty lists', () => {
      const { ev } = subject;
      expect(ev.addPlain([], [])).toEqual([]);
      expect(ev.multiplyPairs([], [])).toEqual([]);
      expect(ev.linearPlain([], { inputs: 0, rows: [] })).toEqual([]);
      expect(ev.pointwise([], [])).toEqual([]);
      for (const verb of ['squareAll', 'relinearizeAll', 'rescaleAll'] as const)
        expect(ev[verb]([], undefined)).toEqual([]);
      if (!hasSlots) return;
      expect(ev.rotateMany([], [1])).toEqual([]);
      expect(ev.conjugateAll([], undefined)).toEqual([]);
    });

    it('refuses what does not fit or is no integer', () => {
      const cts = subject.encrypt(columns(2, 31), 4);
      const { ev } = subject;
      const weight = (from: number, by: number): PlainRows => ({ inputs: 2, rows: [[{ from, weight: by }]] });
      const typed = (code: string) => expect.objectContaining({ name: 'HesperError', code });
      expect(() => ev.linear(cts, linearRows([[1, 1, 1]], 3))).toThrowError(typed('shape-mismatch'));
      expect(() => ev.addPlain(cts, [1])).toThrowError(typed('shape-mismatch'));
      expect(() => ev.addPlain(cts, [1, 0.1])).toThrowError(typed('invalid-argument'));
      expect(() => ev.addPlain(cts, [1, { re: 1, im: 1 }])).toThrowError(typed('invalid-argument'));
      expect(() => ev.pointwise(cts, [{ verb: 'addPlain', argument: [1, 0.1] }])).toThrowError(
        typed('invalid-argument'),
      );
      expect(() => ev.addPlain(cts, [1, Number.NaN])).toThrowError(typed('non-finite-value'));
      expect(() => ev.linearPlain(cts, weight(0, 0.5))).toThrowError(typed('invalid-argument'));
      expect(() => ev.linearPlain(cts, weight(2, 1))).toThrowError(typed('invalid-argument'));
      expect(() => ev.linearPlain(cts, { inputs: 2, rows: [[]] })).toThrowError(typed('invalid-argument'));
      expect(() => ev.multiplyPairs(cts, [[0, 2]])).toThrowError(typed('invalid-argument'));
      const long = new Float64Array(ev.slots + 1);
      expect(() => ev.addPlain(cts, [1, long])).toThrowError(typed('shape-mismatch'));
      const turns = [() => ev.rotateMany(cts, [0.5]), () => ev.rotateSum(cts, [1, 0.5])];
      for (const turn of turns) expect(turn).toThrowError(typed('invalid-argument'));
      if (!hasSlots) {
        const rotations = [
          () => ev.rotateMany(cts, [1]),
          () => ev.rotateSum(cts, [1, 1]),
          () => ev.conjugateAll(cts, undefined),
        ];
        for (const rotation of rotations) expect(rotation).toThrowError(typed('invalid-argument'));
      }
      for (const ct of cts) subject.release?.(ct);
    });
  });
}

/** The same evaluator; what it makes is noted. */
function noting<C>(ev: Evaluator<C>, made: C[]): Evaluator<C> {
  const verbs = (Object.keys(outputs) as Verb[]).map((verb) => {
    const run = ev[verb] as (cts: readonly C[], argument: unknown) => C[];
    return [
      verb,
      (cts: readonly C[], argument: unknown): C[] => {
        const out = run(cts, argument);
        made.push(...out);
        return out;
      },
    ];
  });
  return { slots: ev.slots, ...Object.fromEntries(verbs) };
}
