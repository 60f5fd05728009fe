interface SpecialPrimes {
  readonly specialPrimes: readonly number[];
}

/** Data primes start .. end - 1, by index. */
export interface Digit {
  readonly start: number;
  readonly end: number;
}

/**
 * How key switching cuts a polynomial over `limbs` primes: neighbouring runs of as many primes as there are special
 * ones, the last run shorter where they do not come out even (eprint 2019/688).
 */
export const cutIntoDigits = (limbs: number, special: number): Digit[] =>
  Array.from({ length: special === 0 ? 0 : Math.ceil(limbs / special) }, (_, d) => ({
    start: d * special,
    end: Math.min((d + 1) * special, limbs),
  }));

/** The digits of a level: as many as a key for that level has encryptions. None without special primes. */
export const digitsAt = ({ specialPrimes }: SpecialPrimes, level: number): Digit[] =>
  cutIntoDigits(level + 1, specialPrimes.length);

export const digitCount = (parameters: SpecialPrimes, level: number): number => digitsAt(parameters, level).length;
