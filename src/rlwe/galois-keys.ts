import { HesperError } from '../errors.ts';
import type { Handle } from '../kernel/kernel.ts';
import { conjugationExponent, rotationExponent, stepOfExponent } from '../ring/galois.ts';
import { disposeAll } from './buffers.ts';
import type { Context } from './context.ts';
import type { Scheme } from './parameters.ts';
import type { SwitchingKey } from './switching-key.ts';

/** A rotation asked for; `level` is the highest at which it will be used. */
export interface RotationDemand {
  readonly step: number;
  readonly level?: number;
}

/** Which rotations keys are made for, and up to which level. */
export interface GaloisKeyOptions {
  /** Rotations of slots, any integers; a step of 0 (mod slots) needs no key and is passed over. */
  readonly steps?: readonly (number | RotationDemand)[];
  /** Also the complex conjugation. Default false. */
  readonly conjugation?: boolean;
  /** The highest level of use where a step names none. Default: the highest of the parameters. */
  readonly level?: number;
}

/**
 * Keys for the automorphisms X -> X^g that were asked for: rotations (g = c^step, c the rotation generator of the parameters) and the conjugation (g = 2n - 1).
 * The key of g leads from s to the image of s under X -> X^(1/g), which the automorphism turns into s: so it comes last,
 * and all rotations of one ciphertext share its digits ("hoisting", eprint 2018/244).
 */
export class GaloisKeys<S extends Scheme = Scheme> {
  readonly context: Context<S>;
  readonly #keys: ReadonlyMap<number, SwitchingKey>;

  /** Takes the keys over: they are disposed of with the set. */
  constructor(context: Context<S>, keys: ReadonlyMap<number, SwitchingKey>) {
    this.context = context;
    this.#keys = new Map([...keys].sort(([a], [b]) => a - b));
  }

  /** Each g with its key, ascending. */
  get entries(): readonly (readonly [number, SwitchingKey])[] {
    return [...this.#keys];
  }

  /** Steps that can be taken, -slots/2 < step <= slots/2, ascending. */
  get steps(): number[] {
    const { n, parameters } = this.context;
    const steps = [...this.#keys.keys()].map((g) => stepOfExponent(g, n, parameters.rotationGenerator));
    return steps.filter((step) => step !== undefined).sort((a, b) => a - b);
  }

  /** Whether the conjugation (in BFV: the swap of rows) has its key. */
  get hasConjugation(): boolean {
    return this.#keys.has(conjugationExponent(this.context.n));
  }

  /** The highest level at which an automorphism can be applied; undefined without its key. */
  levelOf(exponent: number): number | undefined {
    return this.#keys.get(exponent)?.level;
  }

  /**
   * Handles for the kernel, [exponent][digit of the level].
   * @throws 'missing-evaluation-key' naming the step wanted and the steps present, 'disposed'
   */
  handlesFor(exponents: readonly number[], level: number): Int32Array {
    const handles: Handle[] = [];
    for (const exponent of exponents) handles.push(...this.#keyFor(exponent, level).handlesFor(level));
    return Int32Array.from(handles);
  }

  #keyFor(exponent: number, level: number): SwitchingKey {
    const key = this.#keys.get(exponent);
    if (key !== undefined && key.level >= level) return key;
    const action = actionOf(exponent, this.context);
    if (key === undefined) throw missing(action, this);
    throw new HesperError('missing-evaluation-key', `the Galois key of ${action} was cut to a lower level`, {
      met: `level ${key.level}`,
      wanted: `level ${level}`,
      remedy: 'Drop the ciphertext to that level first, or make the key for the higher one',
    });
  }

  /** A second call does nothing. */
  dispose(): void {
    disposeAll([...this.#keys.values()]);
  }

  /** For `using`: the same as `dispose()`. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}

/**
 * One set with the keys of several, e.g. of several files; of two keys for one rotation the one of the higher level.
 * The memory is shared: every set is disposed of by itself.
 * @throws 'invalid-argument' for an empty list, 'context-mismatch', 'disposed'
 */
export function mergeGaloisKeys<S extends Scheme>(sets: readonly GaloisKeys<S>[]): GaloisKeys<S> {
  const [first] = sets;
  if (first === undefined) {
    throw new HesperError('invalid-argument', 'nothing to merge', {
      met: 0,
      wanted: 'at least one set of Galois keys',
      remedy: 'Give the sets to be merged',
    });
  }
  const best = new Map<number, SwitchingKey>();
  for (const set of sets) {
    first.context.requireOwn('set of Galois keys', set.context);
    for (const [g, key] of set.entries) if ((best.get(g)?.level ?? -1) < key.level) best.set(g, key);
  }
  const shared = new Map<number, SwitchingKey>();
  try {
    for (const [g, key] of best) shared.set(g, key.share());
  } catch (error) {
    disposeAll([...shared.values()]);
    throw error;
  }
  return new GaloisKeys(first.context, shared);
}

/** The automorphisms asked for, each with its highest level. @throws 'invalid-argument' */
export function galoisDemand(context: Context, options: GaloisKeyOptions): ReadonlyMap<number, number> {
  const { steps = [], conjugation = false, level = context.parameters.maxLevel } = options;
  const demand = new Map<number, number>();
  const ask = (exponent: number, at: number): void => {
    context.requireLevel(at);
    if (exponent !== 1) demand.set(exponent, Math.max(at, demand.get(exponent) ?? 0));
  };
  for (const one of steps) {
    const { step, level: at = level } = typeof one === 'number' ? { step: one } : one;
    ask(rotationExponent(step, context.n, context.parameters.rotationGenerator), at);
  }
  if (conjugation) ask(conjugationExponent(context.n), level);
  return demand;
}

/**
 * The keys, if they serve these automorphisms at a level.
 * @throws 'missing-evaluation-key' also where there are no keys at all
 */
export function requireGaloisKeys(
  keys: GaloisKeys | undefined,
  exponents: readonly number[],
  { context, level }: { readonly context: Context; readonly level: number },
): GaloisKeys {
  if (keys === undefined) throw missing(actionOf(exponents[0]!, context), undefined);
  context.requireOwn('set of Galois keys', keys.context);
  keys.handlesFor(exponents, level);
  return keys;
}

function actionOf(exponent: number, { n, parameters }: Context): string {
  if (exponent === conjugationExponent(n)) return 'the conjugation';
  return `rotation by ${stepOfExponent(exponent, n, parameters.rotationGenerator)}`;
}

const missing = (action: string, keys: GaloisKeys | undefined): HesperError =>
  new HesperError('missing-evaluation-key', `there is no Galois key for ${action}`, {
    met: { steps: keys?.steps ?? [], conjugation: keys?.hasConjugation ?? false },
    wanted: action,
    remedy: 'Ask the secret-key owner for it: galoisKeys(secretKey, { steps, conjugation })',
  });
