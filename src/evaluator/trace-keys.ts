import { HesperError } from '../errors.ts';
import { rotationOf } from './check.ts';
import type { Traced } from './traced.ts';

type Shape = Pick<Traced, 'level' | 'parts'>;

/** A key that was cut: the highest level at which it serves. */
interface Cut {
  readonly level?: number;
}

/** Evaluation keys that will be there; without special primes there are none at all. */
export interface KeysPresent {
  /** Steps with a key; default: any, for all levels. */
  readonly rotations?: readonly (number | (Cut & { readonly step: number }))[] | 'any';
  /** Default: true, for all levels. */
  readonly conjugation?: boolean | Cut;
  /** Default: of all levels, for up to the most parts that there are. */
  readonly relinearization?: boolean | (Cut & { readonly parts?: number });
}

export interface KeySetting extends KeysPresent {
  readonly ringDegree: number;
  readonly special?: readonly number[];
}

/** Each throws 'missing-evaluation-key', with what was wanted and what there is. */
export interface TraceKeys {
  /** For ciphertexts of three parts or more. */
  relinearization(cts: readonly Shape[]): void;
  /** For steps that are not 0. */
  rotations(steps: readonly number[], cts: readonly Shape[]): void;
  conjugation(cts: readonly Shape[]): void;
}

const ALWAYS = Number.POSITIVE_INFINITY;

export function createTraceKeys(setting: KeySetting): TraceKeys {
  const { ringDegree, special = [], rotations = 'any', conjugation = true, relinearization = true } = setting;
  const slots = ringDegree / 2;
  const none = special.length === 0;
  const list = rotations === 'any' ? [] : rotations.map((key) => (typeof key === 'number' ? { step: key } : key));
  const levelOf = new Map<number, number>();
  for (const { step, level = ALWAYS } of list) {
    const by = rotationOf(step, slots);
    levelOf.set(by, Math.max(level, levelOf.get(by) ?? 0));
  }
  const present = () => ({
    steps: none ? [] : rotations === 'any' ? 'any' : [...levelOf.keys()].map((step) => nameOf(step, slots)),
    conjugation: !none && conjugation !== false,
  });
  const require = (name: string, level: number | undefined, cts: readonly Shape[]): void => {
    if (cts.length === 0) return;
    if (none || level === undefined) throw missing(present(), name);
    const highest = Math.max(...cts.map((ct) => ct.level));
    if (highest > level) throw missing(`${name} up to level ${level}`, `${name} at level ${highest}`);
  };
  return {
    relinearization: (cts) => {
      const key = cutOf(relinearization);
      if (cts.length > 0 && (none || !key)) throw missing('no relinearisation key', 'a relinearisation key');
      require('relinearisation', key?.level ?? ALWAYS, cts);
      const [most, parts] = [Math.max(0, ...cts.map((ct) => ct.parts)), key?.parts ?? ALWAYS];
      if (most > parts) throw missing(`relinearisation of up to ${parts} parts`, `relinearisation of ${most} parts`);
    },
    rotations: (steps, cts) => {
      for (const step of steps) {
        const level = rotations === 'any' ? ALWAYS : levelOf.get(rotationOf(step, slots));
        require(`rotation by ${nameOf(step, slots)}`, level, cts);
      }
    },
    conjugation: (cts) => {
      const key = cutOf(conjugation);
      require('the conjugation', key && (key.level ?? ALWAYS), cts);
    },
  };
}

const cutOf = <T extends Cut>(key: boolean | T): Partial<T> | undefined => {
  if (key === false) return undefined;
  return key === true ? {} : key;
};

/** -slots/2 < step <= slots/2 */
function nameOf(step: number, slots: number): number {
  const by = rotationOf(step, slots);
  return by > slots / 2 ? by - slots : by;
}

const missing = (met: unknown, wanted: string): HesperError =>
  new HesperError('missing-evaluation-key', `there is no key for ${wanted}`, {
    met,
    wanted,
    remedy: 'Ask the secret-key owner for it, or plan without it.',
  });
