import { HesperError } from '../errors.ts';
import type { Traced } from './traced.ts';
import type { PlainTerm } from './verbs.ts';

interface Setting {
  readonly primes: readonly number[];
  readonly maxParts?: number;
}

/** Scales that differ by less count as equal: they come from the same primes in another order of division. */
const SCALE_TOLERANCE = 2 ** -40;

/** What checks have to know of any scheme's ciphertext. */
type Shape = Pick<Traced, 'level' | 'parts' | 'scale'>;

export type TraceChecks = ReturnType<typeof createTraceChecks>;

/** What a scheme refuses, each before any work. */
export function createTraceChecks({ primes, maxParts = 9 }: Setting) {
  const bits = logModuli(primes);
  return {
    fits: (ct: Traced): Traced => {
      const needed = Math.log2(ct.scale) + Math.max(Math.log2(Math.max(ct.bound, 2 ** -60)) + 1, 0);
      const available = bits[ct.level]!;
      if (needed <= available && Math.log2(ct.scale) < available) return ct;
      throw overflow(needed, available, ct.level);
    },
    partsFit: <C extends Pick<Shape, 'parts'>>(ct: C): C => {
      if (ct.parts > maxParts) throw partsOf('product', ct.parts, `at most ${maxParts}`);
      return ct;
    },
    twoParts: (verb: string, cts: readonly Shape[]): void => {
      const long = cts.find((ct) => ct.parts !== 2);
      if (long) throw partsOf(verb, long.parts, 2);
    },
    /** The first of the list; throws where another one differs in level or one of `keys`. */
    alike: <C extends Shape>(verb: string, cts: readonly C[], keys: readonly ('scale' | 'parts')[]): C | undefined => {
      const first = cts[0];
      for (const ct of cts) {
        if (ct.level !== first!.level) throw levels(verb, ct.level, first!.level);
        if (keys.includes('parts') && ct.parts !== first!.parts) throw partsOf(verb, ct.parts, first!.parts);
        if (keys.includes('scale')) equalScales(verb, ct.scale, first!.scale);
      }
      return first;
    },
    /** A row of linearPlain: all terms come to one scale. */
    rowScales: (cts: readonly Shape[], row: readonly PlainTerm[], scale: number): void => {
      const [first, ...others] = row.map((term) => cts[term.from]!.scale * (term.scale ?? scale));
      for (const other of others) equalScales('linearPlain', other, first!);
    },
    primeToDrop: (ct: Shape): void => {
      if (ct.level === 0) throw exhausted();
    },
    lowerLevel: (ct: Shape, level: number): void => {
      if (!(Number.isInteger(level) && level >= 0 && level <= ct.level))
        throw levels('dropLevelAll', level, `0 to ${ct.level}`);
    },
  };
}

/** log2 of the product of the first primes: index = level. */
export function logModuli(primes: readonly number[]): number[] {
  let sum = 0;
  return primes.map((q) => (sum += Math.log2(q)));
}

function equalScales(verb: string, met: number, wanted: number): void {
  if (Math.abs(met / wanted - 1) <= SCALE_TOLERANCE) return;
  throw new HesperError('scale-mismatch', `${verb}: terms of different scales`, {
    met,
    wanted,
    remedy: 'Rescale the same way on all branches, or give the weights the scales that make up for it.',
  });
}

const overflow = (needed: number, available: number, level: number): HesperError =>
  new HesperError('scale-overflow', 'The message does not fit its modulus', {
    met: `${needed.toFixed(1)} bits`,
    wanted: `at most ${available.toFixed(1)} bits at level ${level}`,
    remedy: 'Rescale earlier, use a smaller input scale, or more primes.',
  });

const partsOf = (verb: string, met: number, wanted: number | string): HesperError =>
  new HesperError('parts-mismatch', `${verb}: wrong number of ciphertext parts`, {
    met,
    wanted,
    remedy: 'Relinearise before.',
  });

const levels = (verb: string, met: number, wanted: number | string): HesperError =>
  new HesperError('level-mismatch', `${verb}: wrong level`, {
    met,
    wanted,
    remedy: 'Bring all operands to one level.',
  });

const exhausted = (): HesperError =>
  new HesperError('level-exhausted', 'rescaleAll: no prime left to drop', {
    met: 'level 0',
    wanted: 'level 1 or more',
    remedy: 'Start with more primes, or rescale less often.',
  });
