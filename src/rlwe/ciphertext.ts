import { HesperError } from '../errors.ts';
import type { Handle } from '../kernel/kernel.ts';
import { disposed, fill, SharedBuffer } from './buffers.ts';
import type { Context } from './context.ts';
import type { Scheme } from './parameters.ts';

/** The domain of a ciphertext's polynomials: their coefficients, or their values after the number-theoretic transform. */
export type Form = 'ntt' | 'coefficient';

/** The forms in which a scheme's evaluator takes and gives ciphertexts. */
export type FormOf<S extends Scheme> = S extends 'ckks' ? 'ntt' : Form;

export const MIN_PARTS = 2;
export const MAX_PARTS = 9;

export interface Shape<F extends Form = Form> {
  /** Primes left - 1. */
  readonly level: number;
  /** Components: 2 .. 9; the phase is the sum of part[i] * s^i. */
  readonly parts: number;
  /** What the message was multiplied by. */
  readonly scale: number;
  readonly form: F;
  /** t of a BFV ciphertext, which holds integers modulo t; none in CKKS. */
  readonly plaintextModulus?: number | undefined;
}

/**
 * An encryption of n / 2 numbers, or in BFV of a polynomial modulo t: metadata, and a pooled kernel buffer [limb][part][n]. Several ciphertexts may share
 * one buffer (dropped levels); the data is never changed after making. `dispose()` gives the buffer back.
 */
export class Ciphertext<S extends Scheme = Scheme, F extends Form = FormOf<S>> implements Shape<F> {
  readonly context: Context<S>;
  readonly level: number;
  readonly parts: number;
  readonly scale: number;
  readonly form: F;
  readonly plaintextModulus: number | undefined;
  #buffer: SharedBuffer | undefined;

  constructor(context: Context<S>, shape: Shape<F>, buffer?: SharedBuffer) {
    const { level, parts, scale, form, plaintextModulus } = shape;
    context.requireLevel(level);
    requireParts(parts);
    requireScale(scale);
    requireModulus(context, plaintextModulus);
    this.context = context;
    this.plaintextModulus = plaintextModulus;
    this.level = level;
    this.parts = parts;
    this.scale = scale;
    this.form = form;
    this.#buffer = buffer?.share() ?? SharedBuffer.take(context.kernel, (level + 1) * parts * context.n, 'ciphertext');
  }

  /** @throws 'disposed' */
  get handle(): Handle {
    if (this.#buffer === undefined) throw disposed('ciphertext');
    return this.#buffer.handle;
  }

  /** Whether its memory was given back: everything else then throws 'disposed'. */
  get isDisposed(): boolean {
    return this.#buffer === undefined;
  }

  /**
   * The same ciphertext at a lower (or the same) level, sharing the memory. In BFV the message is a multiple of Q / t, so
   * that only the same level is possible: others are reached by switching the modulus.
   * @throws 'disposed', 'level-mismatch'
   */
  atLevel(level: number): Ciphertext<S, F> {
    if (this.#buffer === undefined) throw disposed('ciphertext');
    if (level < this.level && this.plaintextModulus !== undefined) {
      throw new HesperError('level-mismatch', 'exact integers do not survive dropped primes', {
        met: level,
        wanted: this.level,
        remedy: 'Switch the modulus: rescaleAll of the evaluator',
      });
    }
    if (level > this.level) {
      throw new HesperError('level-mismatch', 'a level cannot be raised by dropping primes', {
        met: level,
        wanted: `0 .. ${this.level}`,
        remedy: 'Drop to a lower level',
      });
    }
    return new Ciphertext(this.context, { ...this.shape, level }, this.#buffer);
  }

  /** All of it but the contents. */
  get shape(): Shape<F> {
    const { level, parts, scale, form, plaintextModulus } = this;
    return plaintextModulus === undefined
      ? { level, parts, scale, form }
      : { level, parts, scale, form, plaintextModulus };
  }

  /** A second call does nothing. */
  dispose(): void {
    this.#buffer?.letGo();
    this.#buffer = undefined;
  }

  /** For `using`: the same as `dispose()`. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}

/**
 * New ciphertexts with undefined contents that `body` has to fill; if it throws, they are disposed.
 * @throws 'out-of-memory', and what `body` throws
 */
export function makeCiphertexts<S extends Scheme, F extends Form>(
  context: Context<S>,
  shapes: readonly Shape<F>[],
  body: (made: Ciphertext<S, F>[]) => void,
): Ciphertext<S, F>[] {
  return fill<Ciphertext<S, F>>([], (made) => {
    for (const shape of shapes) made.push(new Ciphertext(context, shape));
    body(made);
  });
}

/** The same shape `count` times. */
export const repeat = <F extends Form>(count: number, shape: Shape<F>): Shape<F>[] =>
  new Array<Shape<F>>(count).fill(shape);

/** The handles of a list, for a kernel call. @throws 'disposed' */
export function handles(list: readonly { readonly handle: Handle }[]): Int32Array {
  const out = new Int32Array(list.length);
  for (let i = 0; i < list.length; i++) out[i] = list[i]!.handle;
  return out;
}

/** Copies in coefficient form (or back): where BFV ciphertexts are at home, and CKKS ones are stored or shown. */
export const toCoefficient = <S extends Scheme>(cts: readonly Ciphertext<S, 'ntt'>[]): Ciphertext<S, 'coefficient'>[] =>
  cts.flatMap((ct) => transformed([ct], 'coefficient'));

export const toNtt = <S extends Scheme>(cts: readonly Ciphertext<S, 'coefficient'>[]): Ciphertext<S, 'ntt'>[] =>
  cts.flatMap((ct) => transformed([ct], 'ntt'));

/** Copies in a form that they do not have; all of one level, form and number of parts. */
export function transformed<S extends Scheme, F extends Form>(
  cts: readonly Ciphertext<S, Form>[],
  form: F,
): Ciphertext<S, F>[] {
  const [first] = cts;
  if (first === undefined) return [];
  const { context, level, parts } = first;
  const { kernel, ring } = context;
  const basis = context.basis(level);
  const shapes = cts.map(({ shape }) => ({ ...shape, form }));
  return makeCiphertexts(context, shapes, (made) => {
    const out = handles(made);
    const ones = new Float64Array(cts.length * basis.length).fill(1);
    kernel.multiplyScalars(ring, out, handles(cts), ones, basis, parts);
    if (form === 'ntt') kernel.nttForward(ring, out, basis, parts);
    else kernel.nttInverse(ring, out, basis, parts);
  });
}

/** Every ciphertext of BFV parameters has a modulus, and none of CKKS. */
function requireModulus(context: Context, t: number | undefined): void {
  if (t !== undefined) context.requirePlaintextModulus(t);
  else context.requireScheme('ckks');
}

function requireParts(parts: number): void {
  if (Number.isInteger(parts) && parts >= MIN_PARTS && parts <= MAX_PARTS) return;
  throw new HesperError('parts-mismatch', 'a ciphertext cannot have this many parts', {
    met: parts,
    wanted: `${MIN_PARTS} .. ${MAX_PARTS}`,
    remedy: 'Relinearise before multiplying further',
  });
}

export function requireScale(scale: number): void {
  if (Number.isFinite(scale) && scale > 0) return;
  throw new HesperError('invalid-argument', 'the scale must be a positive number', {
    met: scale,
    remedy: 'Use a power of two such as 2 ** 30',
  });
}
