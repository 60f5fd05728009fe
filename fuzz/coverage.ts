/**
 * What instrumented code reports (build.mjs puts the calls in): how often each branch ran, and how close the sides of
 * each comparison were. Without instrumentation nothing is reported and every input looks like every other.
 */
const MOST_EDGES = 1 << 17;
const MOST_COMPARISONS = 1 << 14;
const DISTANCES = 34;
const PAIRS = 256;

const counters = new Uint8Array(MOST_EDGES);
const words = new Uint32Array(counters.buffer);
const distances = new Uint8Array(MOST_COMPARISONS * DISTANCES);
let edges = 0;
let comparisons = 0;
let closer = 0;

/** Numbers that were compared lately and differed: [met, wanted, ...]. */
export const pairs = new Float64Array(2 * PAIRS);
let pairsMade = 0;
export const pairCount = (): number => Math.min(pairsMade, PAIRS);

function compared(a: unknown, b: unknown, place: number): void {
  if (typeof a !== 'number' || typeof b !== 'number' || a === b) return;
  const distance = Number.isInteger(a - b) ? 32 - Math.clz32(a ^ b) : 33;
  const key = place * DISTANCES + distance;
  if (distances[key] === 0) {
    distances[key] = 1;
    closer++;
  }
  const at = (pairsMade++ % PAIRS) * 2;
  pairs[at] = a;
  pairs[at + 1] = b;
}

/** What instrumented modules call. */
export function installCoverage(): void {
  Object.assign(globalThis, {
    hesperCounters: (count: number): Uint8Array => counters.subarray(edges, (edges += count)),
    hesperPlaces: (count: number): number => (comparisons += count) - count,
    hesperCompared: compared,
  });
}

/** Bits of a count: 1, 2, 3, 4-7, 8-15, 16-31, 32-127, 128-255, as libFuzzer has them. */
const buckets = Uint8Array.from({ length: 256 }, (_, x) => {
  const limits = [1, 2, 3, 4, 8, 16, 32, 128];
  return x === 0 ? 0 : 1 << (limits.filter((limit) => x >= limit).length - 1);
});

/** What has been seen of one target. */
export class Coverage {
  readonly #seen = new Uint8Array(MOST_EDGES);

  /** Forgets what ran until now: before each input. */
  begin(): void {
    words.fill(0, 0, (edges + 3) >> 2);
    closer = 0;
  }

  /** How much of what ran since then was new: a branch, its count, or the distance of a comparison. */
  fresh({ comparisons: counted = true } = {}): number {
    let found = counted ? closer : 0;
    for (let word = 0; word < (edges + 3) >> 2; word++) {
      if (words[word] === 0) continue;
      for (let edge = 4 * word; edge < 4 * word + 4; edge++) {
        const bucket = buckets[counters[edge]!]!;
        if ((bucket & ~this.#seen[edge]!) === 0) continue;
        this.#seen[edge]! |= bucket;
        found++;
      }
    }
    return found;
  }

  get edges(): number {
    return this.#seen.reduce((sum, bits) => sum + (bits === 0 ? 0 : 1), 0);
  }

  static get instrumented(): boolean {
    return edges > 0;
  }
}
