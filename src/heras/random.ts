import { HesperError } from '../errors.ts';

/** Uniform numbers of [0, 1). */
export type Random = () => number;

/**
 * A small, fast, seeded generator (mulberry32) for initial weights, shuffling and augmentation: good enough for
 * training, never for keys. `path` separates streams: equal (seed, path) give equal numbers on every machine.
 */
export function randomFrom(seed: number, ...path: readonly number[]): Random {
  let state = [...path, path.length].reduce(
    (mixed, part) => mix((mixed ^ (part | 0)) + 0x9e3779b9),
    mix(checkSeed(seed)),
  );
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A seed nobody chose. */
export const freshSeed = (): number => crypto.getRandomValues(new Uint32Array(1))[0]!;

/** A standard normal number, by Box and Muller. */
export function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** The numbers 0 .. count - 1 in random order (Fisher and Yates). */
export function permutation(count: number, random: Random): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

/** The finaliser of MurmurHash3: every bit of the input moves every bit of the output. */
function mix(value: number): number {
  let x = value | 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return x ^ (x >>> 16);
}

function checkSeed(seed: number): number {
  if (Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32) return seed;
  throw new HesperError('invalid-argument', 'A seed is an integer', {
    met: seed,
    wanted: '0 .. 2^32 - 1',
    remedy: 'Give another seed, or none for a random one.',
  });
}
