import { HesperError } from '../errors.ts';
import type { Evaluator } from '../evaluator/evaluator.ts';
import type { ComplexVector, PlainRows } from '../evaluator/verbs.ts';

/** One number for each slot; shorter vectors are filled up with zeros. */
export type Diagonal = Float64Array | ComplexVector;

/** Non-zero generalised diagonals of a slots x slots matrix M: index k (any integer) -> the numbers M[t][t + k]. */
export type Diagonals = ReadonlyMap<number, Diagonal>;

/** A matrix made ready: prepared once, applied to any number of ciphertexts. */
export interface LinearTransform {
  readonly slots: number;
  /** Baby steps, hoisted; giant steps, one for each row of the plaintexts. */
  readonly babies: readonly number[];
  readonly giants: readonly number[];
  readonly plaintexts: PlainRows;
  /** Steps that need a Galois key, 1 .. slots - 1. */
  readonly rotations: readonly number[];
}

/** How rotations are shared out between baby steps and giant steps. */
export interface TransformOptions {
  /** Number of baby steps, a power of two; by default the cheapest. */
  readonly width?: number;
  /** What a giant step costs in baby steps: it cuts a ciphertext of its own into digits. */
  readonly giantCost?: number;
}

/**
 * Splits each diagonal index into giant + baby, 0 <= baby < width, and turns each diagonal back by its giant step.
 * Memory: one vector for each diagonal, which evaluators encode at first use and keep.
 *
 * @throws 'invalid-argument' for a matrix without diagonals, or longer ones than there are slots
 */
export function prepareLinearTransform(
  slots: number,
  diagonals: Diagonals,
  { giantCost = 1.5, width = cheapestWidth(slots, [...diagonals.keys()], giantCost) }: TransformOptions = {},
): LinearTransform {
  if (diagonals.size === 0) throw wrong('the matrix has no diagonal that is not zero', 0, 'at least one');
  const split = [...diagonals].map(([k, values]) => ({ ...splitStep(centered(k, slots), width), values }));
  const babies = ascending(split.map((d) => d.baby));
  const giants = ascending(split.map((d) => d.giant));
  const rows = giants.map((giant) =>
    split
      .filter((d) => d.giant === giant)
      .map((d) => ({ from: babies.indexOf(d.baby), weight: turned(d.values, -giant, slots) })),
  );
  const steps = [...babies, ...giants].map((step) => modulo(step, slots));
  const rotations = ascending(steps).filter((step) => step !== 0);
  return { slots, babies, giants, plaintexts: { inputs: babies.length, rows }, rotations };
}

/**
 * M x by baby steps and giant steps over diagonals, three jobs: hoisted rotations, weighted sums of them, and one sum of
 * rotations with one division by the special primes.
 * Diagonals: Halevi and Shoup, eprint 2014/106; baby steps, hoisting: eprint 2018/244.
 *
 * Levels: 1. Keys: `transform.rotations`. Cost: babies + giants rotations, and one plaintext product per diagonal.
 */
export function linearTransform<C>(ev: Evaluator<C>, transform: LinearTransform, x: C): C {
  if (ev.slots !== transform.slots) throw wrong('the matrix was prepared for other slots', transform.slots, ev.slots);
  const turnedInputs = ev.rotateMany([x], transform.babies);
  return ev.rotateSum(ev.linearPlain(turnedInputs, transform.plaintexts), transform.giants)[0]!;
}

/**
 * The diagonals of a matrix that maps x, in the first slots, to y, in the first slots. `rows` and `columns` are at most
 * `slots`; of the rows + columns - 1 diagonals those that are all zeros are left out.
 */
export function diagonalsOf(
  slots: number,
  { rows, columns, values }: { readonly rows: number; readonly columns: number; readonly values: ArrayLike<number> },
): Diagonals {
  const diagonals = new Map<number, Float64Array>();
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const value = values[i * columns + j]!;
      if (value === 0) continue;
      const k = modulo(j - i, slots);
      if (!diagonals.has(k)) diagonals.set(k, new Float64Array(slots));
      diagonals.get(k)![i] = value;
    }
  }
  return diagonals;
}

/** Powers of two only: then babies and giants of a full matrix share no step. */
function cheapestWidth(slots: number, keys: readonly number[], giantCost: number): number {
  let best = { width: 1, cost: Number.POSITIVE_INFINITY };
  for (let width = 1; width <= slots; width *= 2) {
    const split = keys.map((k) => splitStep(centered(k, slots), width));
    const babies = new Set(split.map((d) => d.baby).filter((step) => step !== 0)).size;
    const giants = new Set(split.map((d) => d.giant).filter((step) => step !== 0)).size;
    const cost = babies + giantCost * giants;
    if (cost < best.cost) best = { width, cost };
  }
  return best.width;
}

function splitStep(k: number, width: number): { baby: number; giant: number } {
  const baby = modulo(k, width);
  return { baby, giant: k - baby };
}

/** The representative of k in (-slots / 2, slots / 2], so that bands around the main diagonal stay together. */
function centered(k: number, slots: number): number {
  const step = modulo(k, slots);
  return step > slots / 2 ? step - slots : step;
}

function turned(values: Diagonal, steps: number, slots: number): Diagonal {
  if (values instanceof Float64Array) return turnedNumbers(values, steps, slots);
  return { re: turnedNumbers(values.re, steps, slots), im: turnedNumbers(values.im, steps, slots) };
}

function turnedNumbers(values: Float64Array, steps: number, slots: number): Float64Array {
  if (values.length > slots) throw wrong('a diagonal is longer than the ciphertext', values.length, `at most ${slots}`);
  return Float64Array.from({ length: slots }, (_, t) => values[modulo(t + steps, slots)] ?? 0);
}

const modulo = (k: number, m: number): number => ((k % m) + m) % m;

const ascending = (steps: readonly number[]): number[] => [...new Set(steps)].sort((a, b) => a - b);

const wrong = (summary: string, met: unknown, wanted: unknown): HesperError =>
  new HesperError('invalid-argument', summary, { met, wanted, remedy: 'Prepare the transform for this evaluator' });
