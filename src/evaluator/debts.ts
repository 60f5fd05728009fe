import { HesperError } from '../errors.ts';
import type { Evaluator } from './evaluator.ts';
import type { Rung } from './scale-ladder.ts';

/** What the ciphertexts of all interpreters but the clear one say of themselves. */
export interface Metadata {
  readonly level: number;
  readonly parts: number;
  readonly scale: number;
  readonly isDisposed?: boolean;
}

/** Scales that differ by less are equal for all evaluators: they come from the same numbers in another order. */
const TOLERANCE = 2 ** -40;

/** Squaring doubles such differences; sums put the scale right again while they are below this. */
export const DRIFT = 2 ** -34;

/** What is owed for ciphertexts, and how it is paid; every payment is remembered while its ciphertext lives. */
export type Debts<C> = ReturnType<typeof createDebts<C & Metadata>>;

/** @param rungs of `scaleLadder`; see `managed` for when each payment is due */
export function createDebts<C extends Metadata>(ev: Evaluator<C>, primes: readonly number[], rungs: readonly Rung[]) {
  const rungOf = (ct: C): number => {
    const rung = rungs.findIndex(({ level }) => level <= ct.level);
    return rung < 0 ? exhausted(primes.length) : rung;
  };
  /** Nearer to the square of the rung's scale than to the scale, in bits. */
  const isPending = (ct: C): boolean => ct.scale > rungs[rungOf(ct)]!.scale ** 1.5;
  const drop = (ct: C, level: number): C => (ct.level === level ? ct : ev.dropLevelAll([ct], level)[0]!);

  const shorten = remembered<C>((cts) => ev.relinearizeAll(cts, undefined));
  /** Relinearised before: rounding in a third part would be multiplied by the square of the secret. */
  const toNextRung = remembered<C>((cts) => {
    const goals = cts.map((ct) => rungBelow(rungOf(ct)).level);
    const out = relinearized(cts);
    for (;;) {
      const above = out.flatMap((ct, i) => (ct.level > goals[i]! ? [i] : []));
      if (above.length === 0) return out;
      const list = above.map((i) => out[i]!);
      ev.rescaleAll(list, undefined).forEach((ct, k) => {
        out[above[k]!] = ct;
      });
    }
  });
  const rungBelow = (rung: number): Rung => rungs[rung + 1] ?? exhausted(primes.length);
  const relinearized = (cts: readonly C[]): C[] => where(cts, (ct) => ct.parts > 2, shorten);
  const rescaled = (cts: readonly C[]): C[] => {
    let out = [...cts];
    while (out.some(isPending)) out = where(out, isPending, toNextRung);
    return out;
  };
  const settle = (cts: readonly C[]): C[] => relinearized(rescaled(cts));

  /** @throws 'level-exhausted' where a product of ciphertexts of that size could never be rescaled, nor left as it is */
  const requireRoom = (cts: readonly C[]): void => {
    for (const ct of cts) {
      const modulus = primes.slice(0, ct.level + 1).reduce((product, prime) => product * prime, 1);
      if (ct.scale ** 2 >= modulus) rungBelow(rungOf(ct));
    }
  };

  const lowered = new WeakMap<C, Map<string, C>>();
  /** Exactly to a rung below, at the given scale. `ct` is not pending. */
  const lower = (ct: C, rung: number, wanted: number): C => {
    const known = lowered.get(ct) ?? new Map<string, C>();
    lowered.set(ct, known);
    const key = `${rung} ${wanted}`;
    const before = known.get(key);
    if (before !== undefined && !before.isDisposed) return before;
    const { level } = rungs[rung]!;
    const high = drop(relinearized([ct])[0]!, rungs[rung - 1]!.level);
    let factor = wanted / ct.scale;
    for (let l = high.level; l > level; l--) factor *= primes[l]!;
    let [out] = ev.linearPlain([high], { inputs: 1, rows: [[{ from: 0, weight: 1, scale: factor }]] });
    while (out!.level > level) [out] = ev.rescaleAll([out!], undefined);
    known.set(key, out!);
    return out!;
  };
  /** To a rung at or below its own; from above, at the rung's scale. */
  const toRung = (ct: C, rung: number): C =>
    rungOf(ct) < rung ? lower(ct, rung, rungs[rung]!.scale) : drop(ct, rungs[rung]!.level);

  return {
    rungs,
    rungOf,
    rungBelow,
    isPending,
    drop,
    relinearized,
    rescaled,
    settle,
    toNextRung,
    lower,
    toRung,
    requireRoom,
    shorten,
  };
}

/** A list verb whose result for a ciphertext is kept while that ciphertext lives. */
function remembered<C extends Metadata>(verb: (cts: readonly C[]) => C[]): Remembered<C> {
  const known = new WeakMap<C, C>();
  const knows = (ct: C): boolean => known.has(ct) && !known.get(ct)!.isDisposed;
  const run = (cts: readonly C[]): C[] => {
    const missing = [...new Set(cts)].filter((ct) => !knows(ct));
    const made = missing.length > 0 ? verb(missing) : [];
    missing.forEach((ct, i) => {
      known.set(ct, made[i]!);
    });
    return cts.map((ct) => known.get(ct)!);
  };
  return Object.assign(run, { knows });
}

type Remembered<C> = ((cts: readonly C[]) => C[]) & { readonly knows: (ct: C) => boolean };

/** Replaces those that need it, in one call. */
export function where<C>(
  cts: readonly C[],
  needs: (ct: C, index: number) => boolean,
  verb: (cts: readonly C[]) => C[],
): C[] {
  const needy = cts.map(needs);
  const made = verb(cts.filter((_, i) => needy[i])).values();
  return cts.map((ct, i) => (needy[i] ? made.next().value! : ct));
}

const differBy = (a: number, b: number): number => Math.abs(a / b - 1);

export const undrifted = (scale: number, wanted: number): number => (differBy(scale, wanted) <= DRIFT ? wanted : scale);

export const sameScale = (cts: readonly Metadata[], tolerance = TOLERANCE): boolean =>
  cts.every((ct) => differBy(ct.scale, cts[0]!.scale) <= tolerance);

export const allEqual = (cts: readonly Metadata[]): boolean =>
  sameScale(cts) && cts.every((ct) => ct.level === cts[0]!.level && ct.parts === cts[0]!.parts);

/** But for drift. */
export const isInteger = (x: number): boolean => Math.abs(x - Math.round(x)) <= DRIFT * x;

function exhausted(primes: number): never {
  throw new HesperError('level-exhausted', 'the circuit is deeper than the primes allow', {
    met: `${primes} data primes`,
    wanted: 'one more level',
    remedy: 'Start with more primes, all but the first of about the size of the scale',
  });
}
